/** Evictions between the plan and the request: what a pass may send while others wait for their turn. */
import { noGates } from './no-gates.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { createApplier } from '../../src/control/apply-step.ts';
import { Memory } from '../../src/control/memory.ts';
import { createReconcile } from '../../src/control/reconcile.ts';
import { ViewWriter } from '../../src/control/view-writer.ts';
import type { PodFacts } from '../../src/plan/facts.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { ClusterReader, ClusterWriter, EvictionResult, Guard } from '../../src/ports/cluster.ts';
import { StaleError } from '../../src/ports/errors.ts';
import { aClaim, anEntry, aNode, aPod, aPolicy, aSnapshot, noon } from '../support/builders.ts';

const node = aNode('n1', { claim: aClaim('n1') });
const policy = aPolicy({ status: { observedGeneration: 1, claims: [anEntry('n1')] } });

/** A claimed node with these Pods; `evictionsAtOnce` requests are answered when the test says so. */
function aDrain(names: readonly string[], evictionsAtOnce: number) {
  const present = new Map<string, PodFacts>(names.map((name) => [name, aPod(name, 'n1')]));
  const sent: string[] = [];
  const held: (() => void)[] = [];
  const failures: unknown[] = [];
  const memory = new Memory();
  const clock = { now: () => noon, monotonic: () => 0 };
  const reader = {
    views: () => new Map(),
    nodes: () => new Map([[node.name, node]]),
    pods: () => new Map([[node.name, [...present.values()]]]),
    watchPodsOf: () => undefined,
  } satisfies Partial<ClusterReader>;
  const writer = {
    putPolicyStatus: () => Promise.resolve(),
    putView: () => Promise.resolve(),
    announce: () => undefined,
    evict: async (pod: PodFacts, _grace: number | undefined, guard: Guard): Promise<EvictionResult> => {
      guard();
      sent.push(pod.name);
      await new Promise<void>((resolve) => held.push(resolve));
      present.delete(pod.name);
      return { kind: 'Accepted' };
    },
  } satisfies Partial<ClusterWriter>;
  const apply = createApplier({
    reader,
    writer: writer as Partial<ClusterWriter> as ClusterWriter,
    memory,
    clock,
    adapters: osAdapters,
    settings: defaultSettings,
    handOver: () => undefined,
    evicted: () => undefined,
    views: { views: () => new Map() },
    evictionsAtOnce,
  });
  const reconcile = createReconcile({
    reader: reader as Partial<ClusterReader> as ClusterReader,
    writer: writer as Partial<ClusterWriter> as ClusterWriter,
    leadership: { assertLeading: () => undefined },
    memory,
    gates: noGates,
    views: new ViewWriter({
      reader,
      writer,
      clock,
      gatherMs: 0,
      most: 1,
      onFailure: (_node, error) => failures.push(error),
    }),
    clock,
    narrator: { tell: () => undefined, did: () => undefined, failed: () => undefined },
    observe: () => ({
      ...aSnapshot({ nodes: [node], policies: [policy], evictions: memory.evictions, busy: memory.busy }),
      pods: reader.pods(),
    }),
    apply,
    again: () => undefined,
    failed: (_key, _what, error) => failures.push(error),
  });
  const pass = async (): Promise<void> => {
    await reconcile(policy.uid);
    await sleep(0);
  };
  const answerAll = async (): Promise<void> => {
    while (held.length > 0) {
      held.shift()?.();
      await sleep(0);
    }
  };
  return { present, sent, failures, memory, apply, pass, answerAll };
}

describe('evictions that wait for their turn', () => {
  it('are queued once, however many passes go by', async () => {
    const { sent, pass, answerAll } = aDrain(['a', 'b', 'c', 'd'], 2);
    for (let i = 0; i < 5; i += 1) await pass();
    expect(sent).toEqual(['a', 'b']);
    await answerAll();
    await pass();
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are not sent for a Pod that is not shown any more when their turn comes', async () => {
    const { present, sent, failures, memory, pass, answerAll } = aDrain(['a', 'b', 'c'], 1);
    await pass();
    present.delete('b');
    await answerAll();
    expect(sent).toEqual(['a', 'c']);
    expect(failures).toEqual([expect.any(StaleError)]);
    expect(memory.evictions.has('uid-b')).toBe(false);
  });

  it('are not sent for another Pod of the same name', async () => {
    const { present, sent, pass, answerAll } = aDrain(['a', 'b'], 1);
    await pass();
    present.set('b', aPod('b', 'n1', { uid: 'uid-of-its-successor' }));
    await answerAll();
    expect(sent).toEqual(['a']);
  });
});

it('an eviction that was accepted since the plan was made is not sent again', async () => {
  const { present, sent, apply, memory } = aDrain(['a'], 1);
  const pod = present.get('a');
  if (pod === undefined) throw new Error('not there');
  memory.eviction('n1', pod, { kind: 'Accepted', at: noon });
  const step = {
    do: 'Evict',
    node: 'n1',
    nodeUID: node.uid,
    pod,
    gracePeriodSeconds: undefined,
    because: '',
  } as const;
  await expect(apply(step, () => undefined)).rejects.toThrow(StaleError);
  expect(sent).toEqual([]);
});

it('an eviction is not sent against the guard, and is planned anew', async () => {
  const { present, sent, apply, memory } = aDrain(['a'], 1);
  const pod = present.get('a');
  if (pod === undefined) throw new Error('not there');
  const step = {
    do: 'Evict',
    node: 'n1',
    nodeUID: node.uid,
    pod,
    gracePeriodSeconds: undefined,
    because: '',
  } as const;
  const never = (): void => {
    throw new StaleError('too late');
  };
  await expect(apply(step, never)).rejects.toThrow('too late');
  expect(sent).toEqual([]);
  expect(memory.evictions.size).toBe(0);
});

describe('a workload whose Pods come back to the node', () => {
  it('is counted by its Pods that came after the first eviction, not by those that were there', async () => {
    const { present, memory, pass, answerAll } = aDrain(['a', 'b'], 10);
    await pass();
    await answerAll();
    expect(memory.evictedOwners.get('n1')).toBeUndefined();
    present.set('c', aPod('c', 'n1'));
    await pass();
    await answerAll();
    expect(memory.evictedOwners.get('n1')).toEqual(new Map([['uid-web', 1]]));
  });

  it('is not counted for a Pod without a workload', async () => {
    const { present, memory, pass, answerAll } = aDrain(['a'], 10);
    await pass();
    await answerAll();
    present.set('c', aPod('c', 'n1', { controller: undefined }));
    await pass();
    await answerAll();
    expect(memory.evictedOwners.size).toBe(0);
  });
});
