import { describe, expect, it, jest } from '@jest/globals';
import { noGates } from './no-gates.ts';
import { createReconcile, orphansKey, type ReconcileOptions } from '../../src/control/reconcile.ts';
import { Memory } from '../../src/control/memory.ts';
import { ViewWriter } from '../../src/control/view-writer.ts';
import type { NodeView } from '../../src/plan/facts.ts';
import type { ClusterReader, ClusterWriter, Guard } from '../../src/ports/cluster.ts';
import { StaleError } from '../../src/ports/errors.ts';
import { aClaim, anEntry, aNode, aPod, aPolicy, aSnapshot, aView, noon } from '../support/builders.ts';

const node = aNode('n1');
const policy = aPolicy();
const view: NodeView = { ...aView(node), resourceVersion: '1' };

/** One pass over a node that has a new story, with `meanwhile` happening while the status of the policy is written. */
async function passWith(meanwhile: (views: Map<string, NodeView>) => void) {
  const stored = new Map([[node.name, view]]);
  const reader = {
    views: () => stored,
    nodes: () => new Map([[node.name, node]]),
    watchPodsOf: () => undefined,
  } satisfies Partial<ClusterReader>;
  const writer = {
    putPolicyStatus: async () => {
      await Promise.resolve();
      meanwhile(stored);
    },
    announce: () => undefined,
  } satisfies Partial<ClusterWriter>;
  const views = new ViewWriter({
    reader,
    writer: { putView: () => Promise.resolve() },
    clock: { monotonic: () => 0 },
    gatherMs: 0,
    most: 1,
    onFailure: (_node, error) => {
      throw error;
    },
  });
  const gather = jest.spyOn(views, 'gather');
  const again = jest.fn();
  const reconcile = createReconcile({
    reader: reader as Partial<ClusterReader> as ClusterReader,
    writer: writer as Partial<ClusterWriter> as ClusterWriter,
    leadership: { assertLeading: () => undefined },
    memory: new Memory(),
    gates: noGates,
    views,
    clock: { now: () => noon, monotonic: () => 0 },
    narrator: { tell: () => undefined, did: () => undefined, failed: () => undefined },
    // As in the operator: the snapshot shows the caches as they are, not as they were.
    observe: () => ({ ...aSnapshot({ nodes: [node], policies: [policy] }), views: stored }),
    apply: () => Promise.resolve(),
    again,
    failed: (_key, _what, error) => {
      throw error;
    },
  });
  await reconcile(policy.uid);
  return { gathered: gather.mock.calls.map(([write]) => write.node), again };
}

/** Passes over a world that changes between them, with nothing sent. */
function passes(memory: Memory, more: Partial<ReconcileOptions> = {}) {
  const watched: ReadonlySet<string>[] = [];
  let snapshot = aSnapshot();
  const reader = {
    views: () => snapshot.views,
    watchPodsOf: (nodes: ReadonlySet<string>) => void watched.push(nodes),
  } satisfies Partial<ClusterReader>;
  const nothing = (): undefined => undefined;
  const reconcile = createReconcile({
    reader: reader as Partial<ClusterReader> as ClusterReader,
    writer: {
      putPolicyStatus: () => Promise.resolve(),
      announce: nothing,
    } as Partial<ClusterWriter> as ClusterWriter,
    leadership: { assertLeading: nothing },
    memory,
    gates: noGates,
    views: { gather: nothing, write: () => Promise.resolve() } as Partial<ViewWriter> as ViewWriter,
    clock: { now: () => noon, monotonic: () => 0 },
    narrator: { tell: nothing, did: nothing, failed: nothing },
    observe: () => snapshot,
    apply: () => Promise.resolve(),
    again: nothing,
    failed: nothing,
    ...more,
  });
  return async (key: string, world: Parameters<typeof aSnapshot>[0]): Promise<readonly string[]> => {
    snapshot = aSnapshot(world);
    await reconcile(key);
    return [...(watched.at(-1) ?? [])];
  };
}

it('the Pods of nodes of a policy that is gone are not watched any more, nor is anything of it remembered', async () => {
  const memory = new Memory();
  const pass = passes(memory);
  const claimed = aNode('n1', { claim: aClaim('n1') });
  const holding = aPolicy({ status: { observedGeneration: 1, claims: [anEntry('n1')] } });
  expect(await pass(holding.uid, { nodes: [claimed], policies: [holding] })).toEqual(['n1']);
  memory.refuse(holding.uid, new Set(['uid-n2']), noon);
  expect(await pass(orphansKey, { nodes: [node], policies: [] })).toEqual([]);
  expect(memory.refusedSince(holding.uid).size).toBe(0);
});

it('what a pass is about to send counts in a pass over another policy, and no longer when it fails', async () => {
  const memory = new Memory();
  const inspected = [aNode('n1'), aNode('n2')];
  let seen: ReadonlySet<string> = new Set();
  const pass = passes(memory, {
    writer: {
      putPolicyStatus: () => {
        seen = memory.underWay();
        return Promise.reject(new StaleError('not leading'));
      },
    } as Partial<ClusterWriter> as ClusterWriter,
  });
  await expect(pass(policy.uid, { nodes: inspected, policies: [policy] })).rejects.toThrow(StaleError);
  expect([...seen].toSorted()).toEqual(['n1', 'n2']);
  expect(memory.underWay().size).toBe(0);
});

describe('what a pass sends', () => {
  it.each([
    { name: 'goes out at once', ticks: 0, leading: true },
    { name: 'goes out within a second of the reading of the clock', ticks: 1000, leading: true },
    { name: 'does not go out later', ticks: 1001, leading: true, refusal: 'too long ago' },
    { name: 'does not go out once the lease is lost', ticks: 0, leading: false, refusal: 'not leading' },
  ])('$name', async ({ ticks, leading, refusal }) => {
    const now = { ticks: 500, leading: true };
    const guards: Guard[] = [];
    const pass = passes(new Memory(), {
      clock: { now: () => noon, monotonic: () => now.ticks },
      leadership: {
        assertLeading: () => {
          if (!now.leading) throw new StaleError('not leading');
        },
      },
      apply: async (_step, guard) => void guards.push(guard),
    });
    const claimed = aNode('n1', { claim: aClaim('n1') });
    const holding = aPolicy({ status: { observedGeneration: 1, claims: [anEntry('n1')] } });
    const pods = new Map([['n1', [aPod('p', 'n1')]]]);
    await pass(holding.uid, { nodes: [claimed], policies: [holding], pods });
    now.ticks += ticks;
    now.leading = leading;
    const [guard] = guards;
    if (guard === undefined) throw new Error('nothing was sent');
    if (refusal === undefined) expect(guard).not.toThrow();
    else {
      expect(guard).toThrow(StaleError);
      expect(guard).toThrow(refusal);
    }
  });
});

describe('a pass', () => {
  it('writes the new story of a node', async () => {
    const { gathered, again } = await passWith(() => undefined);
    expect(gathered).toEqual(['n1']);
    expect(again).not.toHaveBeenCalled();
  });

  it('leaves a view alone in which something was recorded since it looked, and looks again', async () => {
    const { gathered, again } = await passWith((views) => {
      views.set('n1', { ...view, resourceVersion: '2', status: { ...view.status, retrySeen: 'yes' } });
    });
    expect(gathered).toEqual([]);
    expect(again).toHaveBeenCalledWith(policy.uid);
  });
});
