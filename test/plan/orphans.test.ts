import { describe, expect, it } from '@jest/globals';
import { retryKey } from '../../src/api/keys.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import {
  aClaim,
  aCosNode,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPod,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  bottlerocketImage,
  hour,
  minute,
  noon,
  second,
  staged,
  ticksAt,
} from '../support/builders.ts';
import { planned, reading, titleOf } from './planned.ts';

const newBoot = { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
const order = (age: number) => aClaim('n1', { order: anOrder('n1', age) });

function orphan(input: Parameters<typeof aSnapshot>[0]) {
  const snapshot = aSnapshot({ policies: [], ...input });
  return reading(snapshot, planOrphans(snapshot), '');
}

describe('a claim of a policy that is gone', () => {
  it('without an order is released', () => {
    const plan = orphan({ nodes: [aNode('n1', { claim: aClaim('n1') })] });
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
  });

  it('with an order is rebooted, verified and uncordoned', () => {
    expect(orphan({ nodes: [aNode('n1', { claim: order(second) })] }).steps('n1')).toEqual(['Reboot task']);
    const back = orphan({ nodes: [aNode('n1', { claim: order(minute), ...newBoot })] });
    expect(back.steps('n1')).toEqual(['Release and uncordon']);
    expect(back.says('n1')).toBe('Soaking: verified on 1.21.0');
  });

  it('that fell back is uncordoned', () => {
    const plan = orphan({ nodes: [aNode('n1', { claim: order(minute), bootID: 'boot-n1-2' })] });
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
  });

  it('that is kept by a failure ends when that is mended, or by a retry', () => {
    const claim = { ...order(30 * minute), ready: ['kube-system/agent'] };
    const node = aNode('n1', { claim, ...newBoot });
    expect(orphan({ nodes: [node] }).says('n1')).toMatch(/^Failed: /);
    const agent = aPod('agent', 'n1', {
      namespace: 'kube-system',
      controller: { kind: 'DaemonSet', name: 'agent', uid: 'u' },
    });
    expect(orphan({ nodes: [node], pods: new Map([['n1', [agent]]]) }).steps('n1')).toEqual([
      'Release and uncordon',
    ]);
    const retried = aNode('n1', { claim, ...newBoot, annotations: { [retryKey]: 'x' } });
    expect(orphan({ nodes: [retried] }).steps('n1')).toEqual(['Release and uncordon']);
  });

  it('is told in its view, and the answer of its Inspect is recorded before it goes', () => {
    const claim = aClaim('n1', {
      os: 'ContainerOptimizedOS',
      from: '1.0.1',
      target: '1.0.2',
      ready: ['kube-system/agent'],
      order: anOrder('n1', minute),
    });
    const node = aCosNode('n1', { claim, bootID: 'boot-n1-2' });
    const answer = anAnswer(node, { os: 'ContainerOptimizedOS', version: '1.0.2' });
    const plan = orphan({ nodes: [node], tasks: [aTask(node, { answer })] });
    expect(plan.plan.views).toMatchObject([
      { urgent: true, status: { version: '1.0.2', inspectedBootID: 'boot-n1-2' } },
    ]);
    expect(plan.steps('n1')).toEqual(['DeleteTask']);
  });

  it('counts in the budget of the policy that selects its node now', () => {
    const nodes = [
      aNode('n1', { claim: aClaim('n1', { policyUID: 'uid-gone', order: anOrder('n1', second) }) }),
      aNode('n2'),
    ];
    const plan = planned(aSnapshot({ nodes, views: [aView(aNode('n2'), staged)] }));
    expect(plan.status.claims).toEqual([]);
    expect(plan.status.message).toBe('budget used by n1, still claimed by a policy that is gone');
  });

  it('counts as one where the policy is there and its spec cannot be used', () => {
    const policies = [{ ...aPolicy(), spec: { invalid: 'os: Required' } }];
    const plan = orphan({ nodes: [aNode('n1', { claim: aClaim('n1') })], policies });
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
  });
});

describe('a policy whose spec cannot be used', () => {
  it('says so, keeps its ledger and does nothing', () => {
    const status = { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] };
    const policies = [{ ...aPolicy({ status }), spec: { invalid: 'os: Required' } }];
    const plan = planned(aSnapshot({ nodes: [aNode('n1')], policies }));
    expect(plan.condition('Stalled')).toBe('True InvalidSpec');
    expect(plan.condition('Ready')).toBe('False InvalidSpec');
    expect(plan.status.message).toBe('the spec cannot be used: os: Required');
    expect(plan.status.claims).toEqual(status.claims);
    expect(plan.plan.steps).toEqual([]);
  });
});

describe('what nobody owns', () => {
  const node = aNode('n1');

  it.each([
    { name: 'a view of a Node that is gone', nodes: [], policies: [aPolicy()], stale: true },
    {
      name: 'a view of an earlier Node of that name',
      nodes: [aNode('n1', { uid: 'new' })],
      policies: [aPolicy()],
      stale: true,
    },
    { name: 'a view of a node that no policy selects', nodes: [node], policies: [], stale: true },
    { name: 'a view of a node that one selects', nodes: [node], policies: [aPolicy()], stale: false },
    {
      name: 'a view of a claimed node without a policy',
      nodes: [aNode('n1', { claim: order(second) })],
      policies: [],
      stale: false,
    },
  ])('$name: deleted $stale', ({ nodes, policies, stale }) => {
    const plan = planOrphans(aSnapshot({ nodes, views: [aView(node)], policies }));
    expect(plan.staleViews).toEqual(stale ? ['n1'] : []);
  });

  it.each([
    { name: 'a task of a Node that is gone goes', nodes: [], task: aTask(node), steps: ['DeleteTask'] },
    {
      name: 'one that is going already is left',
      nodes: [],
      task: aTask(node, { deleting: true }),
      steps: [],
    },
    {
      name: 'a task that has answered on an unowned node goes',
      nodes: [node],
      task: aTask(node, { answer: anAnswer(node) }),
      steps: ['DeleteTask'],
    },
    {
      name: 'a Stage that runs on an unowned node goes on',
      nodes: [node],
      task: aTask(node, { task: 'Stage' }),
      steps: [],
    },
    {
      name: 'and goes at its deadline',
      nodes: [node],
      task: aTask(node, { task: 'Stage', firstSeen: noon - 20 * minute }),
      steps: ['DeleteTask'],
    },
    {
      name: 'and stays where only the time of day says so',
      nodes: [node],
      task: aTask(node, { task: 'Stage', firstSeen: noon - hour, firstSeenTicks: ticksAt(noon - minute) }),
      steps: [],
    },
    {
      name: 'and goes at its deadline, whatever the time of day says',
      nodes: [node],
      task: aTask(node, { task: 'Stage', firstSeen: noon, firstSeenTicks: ticksAt(noon - 20 * minute) }),
      steps: ['DeleteTask'],
    },
    {
      name: 'a Reboot without a claim goes',
      nodes: [node],
      task: aTask(node, { task: 'Reboot' }),
      steps: ['DeleteTask'],
    },
  ])('$name', ({ nodes, task, steps }) => {
    const plan = planOrphans(aSnapshot({ nodes, tasks: [task], policies: [] }));
    expect(plan.steps.map(titleOf)).toEqual(steps);
  });

  it('a Reboot Pod whose claim is gone goes from an owned node too', () => {
    const plan = planned(
      aSnapshot({ nodes: [node], views: [aView(node)], tasks: [aTask(node, { task: 'Reboot' })] }),
    );
    expect(plan.steps('n1')).toEqual(['DeleteTask']);
  });
});
