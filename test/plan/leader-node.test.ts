import { describe, expect, it } from '@jest/globals';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { NodeFacts, TaskFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aNode,
  anEntry,
  aTask,
  aPolicy,
  aSnapshot,
  aView,
  ago,
  bottlerocketImage,
  hour,
  minute,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const self = {
  nodeName: 'home',
  podName: 'operator-1',
  replicas: [
    { pod: 'operator-1', nodeName: 'home', ready: true },
    { pod: 'operator-2', nodeName: 'other', ready: true },
  ],
};
const alone = { ...self, replicas: [self.replicas[0] ?? { pod: '', nodeName: '', ready: true }] };
const home = aNode('home');
const other = aNode('other');
/** The other replica's node, when there is nothing to do there any more. */
const updated = aNode('other', { osImage: bottlerocketImage('1.21.0') });

const current = { version: '1.21.0', available: '1.21.0', checkedAt: ago(minute) };

/** Two at a time may go; nodes without a claim are staged. */
function world(
  nodes: readonly NodeFacts[],
  status: Partial<PolicyStatus>,
  more: Parameters<typeof aSnapshot>[0] = {},
): Snapshot {
  const policy = aPolicy({
    spec: { rollout: { maxUnavailable: 2, maxFailures: 2 } },
    status: { observedGeneration: 1, fence: 'me/1', ...status },
  });
  return aSnapshot({
    policies: [policy],
    nodes,
    views: nodes.map((node) => aView(node, node === updated ? current : staged)),
    self,
    ...more,
  });
}

describe("the leader's own node", () => {
  it('comes when nothing else is under way, and the lease is handed over first', () => {
    const plan = planned(world([home, updated], {}));
    expect(plan.steps('home')).toEqual(['HandOver']);
    expect(plan.entry('home')).toBeUndefined();
  });

  it('is claimed by the leader itself where no other replica is', () => {
    const plan = planned(world([home], {}, { self: alone }));
    expect(plan.entry('home')).toMatchObject({ phase: 'Reserved' });
  });

  it.each([
    { name: 'another node is reserved in the same pass', nodes: [home, aNode('worker')], previews: true },
    { name: 'the pods of another node are looked at first', nodes: [home, aNode('worker')], previews: false },
    { name: 'the node of the other replica is looked at first', nodes: [home, other], previews: false },
  ])('waits while $name', ({ nodes, previews }) => {
    const usual = world(nodes, {});
    const own = new Map([...usual.previews].filter(([name]) => previews || name === 'home'));
    const plan = planned({ ...usual, previews: own });
    expect(plan.steps('home')).toEqual([]);
    expect(plan.entry('home')).toBeUndefined();
  });

  it('waits while another one soaks, since the replica on it may not be back yet', () => {
    const claims = [anEntry('other', { phase: 'Soaking', until: ago(-minute) })];
    const plan = planned(world([home, other], { claims }, { self: alone }));
    expect(plan.says('home')).toBe("Staged: waits: the leader's node comes last");
    expect(plan.entry('home')).toBeUndefined();
  });

  it.each<{
    name: string;
    task?: Partial<TaskFacts>;
    asked?: boolean;
    node?: Partial<NodeFacts>;
    waits: boolean;
  }>([
    { name: 'waits while the Inspect of a node that was never asked runs', task: {}, waits: true },
    { name: 'waits while that of a node that was never asked is due', waits: true },
    { name: 'does not wait for what a node is asked again', task: {}, asked: true, waits: false },
    {
      name: 'does not wait for a node that went down before it could answer',
      task: { deleting: true },
      node: { ready: false },
      waits: false,
    },
    {
      name: 'does not wait for an Inspect that gave no answer and does not go',
      task: { deleting: true },
      waits: false,
    },
  ])('$name', ({ task, asked = false, node = {}, waits }) => {
    const worker = aNode('worker', node);
    const usual = world(
      [home, updated, worker],
      {},
      task === undefined ? {} : { tasks: [aTask(worker, task)] },
    );
    const { inspectedAt: _never, ...unknown } = aView(worker).status;
    const view = { ...aView(worker), status: asked ? { ...unknown, inspectedAt: ago(hour) } : unknown };
    const plan = planned({ ...usual, views: new Map([...usual.views, ['worker', view]]) });
    expect(plan.steps('home')).toEqual(waits ? [] : ['HandOver']);
  });

  it('does not wait for one that failed and keeps its slot', () => {
    const stuck = aNode('stuck', { ready: false, claim: aClaim('stuck') });
    const claims = [anEntry('stuck')];
    const failures = [
      {
        node: 'stuck',
        nodeUID: stuck.uid,
        version: '1.21.0',
        attempt: 'attempt-stuck',
        reason: 'RebootTimeout',
        at: ago(minute),
      },
    ];
    const plan = planned(world([home, updated, stuck], { claims, failures }));
    expect(plan.steps('home')).toEqual(['HandOver']);
  });
});
