import { describe, expect, it } from '@jest/globals';
import { holdKey, keepCordonedKey } from '../../src/api/keys.ts';
import type { NodeFacts, PolicyFacts } from '../../src/plan/facts.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  aNode,
  anEntry,
  anOrder,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  minute,
  second,
  staged,
} from '../support/builders.ts';
import { planned, titleOf } from './planned.ts';

interface Stop {
  readonly name: string;
  readonly spec?: object;
  readonly policy?: Partial<PolicyFacts>;
  readonly status?: object;
  readonly node?: Partial<NodeFacts>;
  readonly says: string;
}

/** Claimed nodes without an order go back, claimed nodes with one finish, nobody begins. */
const releasing: readonly Stop[] = [
  { name: 'pause', spec: { paused: true }, says: 'paused by spec.paused' },
  { name: 'mode Plan', spec: { mode: 'Plan' }, says: 'mode is Plan: nothing is changed' },
  {
    name: 'a halt',
    status: {
      failures: [
        {
          node: 'x',
          nodeUID: 'uid-n9',
          version: '1.21.0',
          attempt: 'a',
          reason: 'FellBack',
          at: ago(minute),
        },
      ],
    },
    says: 'halted: 1 failed',
  },
  {
    name: 'a selector that does not match any more',
    spec: { nodeSelector: { matchLabels: { pool: 'other' } } },
    says: 'the policy does not select it any more',
  },
  {
    name: 'another OS',
    spec: { os: 'ContainerOptimizedOS' },
    says: 'the policy does not select it any more',
  },
  {
    name: 'a policy that is being deleted',
    policy: { deleting: true },
    says: 'the policy does not select it any more',
  },
];

/** Of the node alone: others begin. */
const handedOver: readonly Stop[] = [
  {
    name: "the label of Bottlerocket's own update operator",
    node: { labels: { 'bottlerocket.aws/updater-interface-version': '2.0.0' } },
    says: "its label bottlerocket.aws/updater-interface-version says that Bottlerocket's own update operator manages it; remove the label to hand it over",
  },
  {
    name: 'the label of a control-plane node',
    node: { labels: { 'node-role.kubernetes.io/control-plane': '' } },
    says: 'it is a control-plane node, and spec.includeControlPlane is false',
  },
];

/** Nobody begins, and claimed nodes finish. */
const finishing: readonly Stop[] = [
  { name: 'hold after the claim', node: { annotations: { [holdKey]: 'x' } }, says: '' },
  { name: 'a lowered budget', spec: { rollout: { maxUnavailable: 1 } }, says: '' },
  { name: 'another target', spec: { target: { version: '1.19.0' } }, says: '' },
];

function worldOf({ spec, policy, status, node }: Stop, claim: ReturnType<typeof aClaim>): Snapshot {
  const one = aNode('n1', { claim, ...node });
  // A failed node that is alive keeps a halt.
  const nodes = [one, aNode('n2'), aNode('n9', { unschedulable: false })];
  return aSnapshot({
    nodes,
    views: [aView(aNode('n1'), staged), aView(aNode('n2'), staged)],
    pods: new Map([['n1', [aPod('p', 'n1')]]]),
    policies: [
      {
        ...aPolicy({
          spec: { rollout: { maxUnavailable: 3 }, ...spec },
          status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')], ...status },
        }),
        ...policy,
      },
    ],
  });
}

describe('what stops what', () => {
  it.each(releasing)('$name releases a claim without an order, and nobody begins', (stop) => {
    const plan = planned(worldOf(stop, aClaim('n1')));
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(plan.says('n1')).toBe(`Draining: is being released: ${stop.says}`);
    expect(plan.entry('n2')).toBeUndefined();
    expect(plan.steps('n2').filter((step) => step !== 'Inspect task')).toEqual([]);
  });

  it.each(handedOver)('$name releases a claim without an order', (stop) => {
    const plan = planned(worldOf(stop, aClaim('n1')));
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(plan.says('n1')).toBe(`Draining: is being released: ${stop.says}`);
    expect(plan.entry('n2')).toBeDefined();
  });

  it.each([...releasing, ...handedOver])('$name lets a claim with an order finish', (stop) => {
    const plan = planned(worldOf(stop, aClaim('n1', { order: anOrder('n1', second) })));
    expect(plan.steps('n1')).toEqual(['Reboot task']);
    expect(plan.entry('n1')?.phase).toBe('Reserved');
  });

  it.each(finishing)('$name lets a claim without an order finish too', (stop) => {
    const plan = planned(worldOf(stop, aClaim('n1')));
    expect(plan.steps('n1')).toEqual(['Evict p']);
  });

  it('deletion of the policy releases a claim without an order', () => {
    const world = worldOf({ name: '', says: '' }, aClaim('n1'));
    const plan = planOrphans({ ...world, policies: [] });
    expect(plan.steps.map(titleOf)).toEqual(['Release and uncordon']);
    expect(plan.steps[0]?.because).toBe('policy bottlerocket is gone');
  });

  it('deletion of the policy lets a claim with an order finish', () => {
    const world = worldOf({ name: '', says: '' }, aClaim('n1', { order: anOrder('n1', second) }));
    expect(planOrphans({ ...world, policies: [] }).steps.map(titleOf)).toEqual(['Reboot task']);
  });

  it('pause lets inspections go on', () => {
    const nodes = [aNode('n1')];
    const plan = planned(aSnapshot({ nodes, policies: [aPolicy({ spec: { paused: true } })] }));
    expect(plan.steps('n1')).toEqual(['Inspect task']);
    expect(plan.condition('Paused')).toBe('True PausedBySpec');
  });

  it.each([
    { name: 'pause', spec: { paused: true } },
    { name: 'mode Plan', spec: { mode: 'Plan' } },
  ])('$name lets nothing be staged', ({ spec }) => {
    const node = aNode('n1');
    const views = [aView(node, { available: '1.21.0' })];
    const plan = planned(aSnapshot({ nodes: [node], views, policies: [aPolicy({ spec })] }));
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.status.claims).toEqual([]);
  });
});

describe('keep-cordoned', () => {
  const annotations = { [keepCordonedKey]: 'to be looked at' };

  it('takes the claim away and leaves the cordon', () => {
    const stop = { name: '', spec: { paused: true }, node: { annotations }, says: '' };
    const plan = planned(worldOf(stop, aClaim('n1', { added: ['karpenter.sh/do-not-disrupt'] })));
    expect(plan.step('n1', 'Release')).toMatchObject({ uncordon: false });
  });

  it('makes the node one that somebody else cordoned, and that counts', () => {
    const node = aNode('n1', { unschedulable: true, annotations });
    const nodes = [node, aNode('n2')];
    const plan = planned(aSnapshot({ nodes, views: nodes.map((one) => aView(one, staged)) }));
    expect(plan.says('n1')).toBe('Held: cordoned by somebody else');
    expect(plan.status.message).toBe('budget used by n1, cordoned by somebody else');
    expect(plan.steps('n2')).toEqual([]);
  });
});
