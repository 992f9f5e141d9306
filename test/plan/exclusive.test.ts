import { describe, expect, it } from '@jest/globals';
import type { NodeFacts } from '../../src/plan/facts.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aNode,
  aPolicy,
  aSnapshot,
  aView,
  ago,
  anEntry,
  minute,
  staged,
} from '../support/builders.ts';
import { planned, titleOf } from './planned.ts';

const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };
const reserve = (...names: string[]) =>
  aPolicy({
    spec: { includeControlPlane: true, rollout: { maxUnavailable: 3 } },
    status: { observedGeneration: 1, fence: 'me/1', claims: names.map((name) => anEntry(name)) },
  });
const world = (
  nodes: readonly NodeFacts[],
  reserved: readonly string[],
  more: Parameters<typeof aSnapshot>[0] = {},
): Snapshot =>
  aSnapshot({
    nodes,
    views: nodes.map((node) => aView(node, staged)),
    policies: [reserve(...reserved)],
    ...more,
  });

describe('a control-plane node', () => {
  const node = aNode('n1', controlPlane);

  it('takes the exclusive lease between its slot and its claim', () => {
    expect(planned(world([node], ['n1'])).steps('n1')).toEqual(['TakeExclusive']);
  });

  it('is claimed when it holds the lease', () => {
    const exclusive = { held: true, holder: 'uid-n1' } as const;
    expect(planned(world([node], ['n1'], { exclusive })).steps('n1')).toEqual(['Claim']);
  });

  it('gives its slot back while another node holds it', () => {
    const exclusive = { held: true, holder: 'uid-other' } as const;
    const plan = planned(world([node], ['n1'], { exclusive }));
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.entry('n1')).toBeUndefined();
    expect(plan.says('n1')).toBe('Staged: another control-plane node or node of the operator is on its way');
  });

  it('gets no slot while another one has one', () => {
    const nodes = [
      aNode('n1', { ...controlPlane, claim: aClaim('n1') }),
      aNode('n2', controlPlane),
      aNode('n3'),
    ];
    const plan = planned(world(nodes, ['n1'], { exclusive: { held: true, holder: 'uid-n1' } }));
    expect(plan.says('n2')).toBe('Staged: waits for another control-plane node or node of the operator');
    expect(plan.entry('n3')).toBeDefined();
  });

  it('is not ordered to reboot without the lease', () => {
    const claimed = aNode('n1', { ...controlPlane, claim: aClaim('n1') });
    expect(planned(world([claimed], ['n1'])).steps('n1')).toEqual(['TakeExclusive']);
    const exclusive = { held: true, holder: 'uid-other' } as const;
    expect(planned(world([claimed], ['n1'], { exclusive })).steps('n1')).toEqual([]);
  });

  it('comes after the workers', () => {
    const nodes = [aNode('a-control', controlPlane), aNode('b-worker')];
    const policies = [aPolicy({ spec: { includeControlPlane: true } })];
    const plan = planned(world(nodes, [], { policies }));
    expect(plan.status.claims?.map(({ node: name }) => name)).toEqual(['b-worker']);
  });
});

describe("the leader's node", () => {
  const nodes = [aNode('n1'), aNode('n2')];
  const replicas = [
    { pod: 'me', nodeName: 'n1', ready: true },
    { pod: 'other', nodeName: 'n2', ready: true },
  ];
  const self = { nodeName: 'n1', podName: 'me', replicas };
  /** There is nothing to do on the other one. */
  const onlyFirst = [aView(aNode('n1'), staged), aView(aNode('n2'), { checkedAt: ago(minute) })];

  it('comes last, and gives the lease of the leader to a replica that is ready', () => {
    const plan = planned(world(nodes, [], { self }));
    expect(plan.entry('n2')).toBeDefined();
    expect(plan.entry('n1')).toBeUndefined();
    const last = planned(world([aNode('n1'), aNode('n2')], [], { self, views: onlyFirst }));
    expect(last.steps('n1')).toEqual(['HandOver']);
    expect(last.says('n1')).toBe('Staged: the leader runs on it; hands the lease over first');
    expect(last.entry('n1')).toBeUndefined();
  });

  it('is updated by itself where no other replica is ready', () => {
    const alone = { ...self, replicas: [replicas[0], { ...replicas[1], ready: false }] as typeof replicas };
    const plan = planned(world([aNode('n1'), aNode('n2')], [], { self: alone, views: onlyFirst }));
    expect(plan.entry('n1')).toBeDefined();
  });

  it("is a standby's node to others, which needs the lease too", () => {
    const plan = planned(world([aNode('n2')], ['n2'], { self }));
    expect(plan.steps('n2')).toEqual(['TakeExclusive']);
  });
});

describe('the exclusive lease', () => {
  const exclusive = { held: true, holder: 'uid-n1' } as const;
  it.each([
    {
      name: 'stays while its node is claimed',
      nodes: [aNode('n1', { claim: aClaim('n1') })],
      reserved: ['n1'],
      drops: false,
    },
    { name: 'stays while its node has a slot', nodes: [aNode('n1')], reserved: ['n1'], drops: false },
    {
      name: 'stays while its node is claimed and the ledger lost',
      nodes: [aNode('n1', { claim: aClaim('n1') })],
      reserved: [],
      drops: false,
    },
    { name: 'goes when its node is back in service', nodes: [aNode('n1')], reserved: [], drops: true },
    { name: 'goes when its Node is gone', nodes: [], reserved: [], drops: true },
  ])('$name', ({ nodes, reserved, drops }) => {
    const plan = planOrphans(world(nodes, reserved, { exclusive }));
    expect(plan.steps.map(titleOf)).toEqual(drops ? ['DropExclusive'] : []);
  });
});
