/** The release program's own loop, over a cluster of a few maps. */
import { describe, expect, it } from '@jest/globals';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { claimKey } from '../../src/api/keys.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { ClusterReader, ClusterWriter } from '../../src/ports/cluster.ts';
import type { Leadership } from '../../src/ports/leadership.ts';
import { endText } from '../../src/release/end-text.ts';
import { putNodesBack } from '../../src/release/put-nodes-back.ts';
import { aClaim, aNode, anOrder, aPolicy } from '../support/builders.ts';

/** Leads at once, or never. */
const leadership = (leads: boolean): Leadership => ({
  run: async ({ onStarted, onStopped }, signal) => {
    if (leads) onStarted('release/1');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (leads) onStopped();
  },
  assertLeading: () => undefined,
  isLeading: () => leads,
  handOver: () => Promise.resolve(),
});

async function run(nodes: readonly NodeFacts[], { leads = true, patienceMs = 5000 } = {}) {
  const stored = new Map(nodes.map((node) => [node.name, node]));
  const writes: string[] = [];
  const lines: string[] = [];
  const reader: Partial<ClusterReader> = {
    policies: () => [aPolicy()],
    nodes: () => stored,
    views: () => new Map(),
    tasks: () => new Map(),
    pdbs: () => [],
    replicas: () => [],
    pods: () => new Map(),
    nodesHeard: () => Date.now(),
    watchPodsOf: () => undefined,
    exclusive: () => ({ held: false }),
    onChange: () => undefined,
  };
  const writer: Partial<ClusterWriter> = {
    releaseNode: (name, _version, uncordon) => {
      writes.push(`release ${name}${uncordon ? ' and uncordon' : ''}`);
      stored.set(name, aNode(name, { unschedulable: !uncordon }));
      return Promise.resolve();
    },
  };
  const left = await putNodesBack({
    reader: reader as ClusterReader,
    writer: writer as ClusterWriter,
    leadership: leadership(leads),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    adapters: osAdapters,
    settings: defaultSettings,
    self: { nodeName: undefined, podName: undefined, namespace: 'operator', podLabels: {} },
    patienceMs,
    settleMs: 100,
    print: (line) => lines.push(line),
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
    signal: new AbortController().signal,
  });
  return { left, writes, lines };
}

describe('putting nodes back', () => {
  it('releases the claim of a policy that is there, and ends as soon as nothing is left', async () => {
    const began = performance.now();
    const { left, writes, lines } = await run([aNode('n1', { claim: aClaim('n1') }), aNode('n2')]);
    expect(writes).toEqual(['release n1 and uncordon']);
    expect(endText(left)).toEqual(['Nothing is left on any node']);
    expect(lines).toEqual([
      'The operator acts no more; its nodes are put back',
      'n1: it is claimed',
      'n1: nothing is left on it',
    ]);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('leaves a cordon that somebody wants to stay', async () => {
    const claim = aClaim('n1', { foreignCordon: true });
    expect((await run([aNode('n1', { claim })])).writes).toEqual(['release n1']);
  });

  it('waits for a reboot, for as long as it is told, and says what is left', async () => {
    const claim = aClaim('n1', { order: { ...anOrder('n1', 0), at: new Date().toISOString() } });
    const { left, writes } = await run([aNode('n1', { claim, ready: false })], { patienceMs: 1000 });
    expect(writes).toEqual([]);
    expect(endText(left)).toEqual([
      'On one node something is left:',
      '  n1: the node went down; waits for it to come back',
      expect.stringContaining('An operator that is installed again goes on with them'),
    ]);
  });

  it('does not wait for what only a person can end', async () => {
    const began = performance.now();
    const { left } = await run([aNode('n1', { annotations: { [claimKey]: '?' } })]);
    expect(left).toMatchObject([{ node: 'n1', waits: false }]);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('touches nothing while somebody else leads', async () => {
    const input = { leads: false, patienceMs: 500 };
    const { writes, lines } = await run([aNode('n1', { claim: aClaim('n1') })], input);
    expect(writes).toEqual([]);
    expect(lines).toEqual([
      'The lease containeros-operator could not be had in time, so nothing more is put back',
    ]);
  });
});
