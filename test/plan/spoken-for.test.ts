/** Nodes with a slot that share a budget, and how old a look at a node's Pods may be that a claim rests on. */
import { describe, expect, it } from '@jest/globals';
import { spokenForBy } from '../../src/plan/spoken-for.ts';
import {
  aClaim,
  aNode,
  anEntry,
  anOrder,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const claimed = aNode('n1', { claim: aClaim('n1') });
const next = aNode('n2');
const podOn = (node: string) => aPod(`pod-of-${node}`, node);
const preview = (node: string, age = 0) => ({ at: noon - age, nodeUID: `uid-${node}`, pods: [podOn(node)] });

/** n1 is being drained, n2 has its slot and waits for its claim; each has a Pod under the budget. */
function world(disruptionsAllowed: number, first = claimed) {
  const spec = { rollout: { maxUnavailable: 2 } };
  const claims = [anEntry('n1'), anEntry('n2')];
  return aSnapshot({
    nodes: [first, next],
    views: [aView(first, staged), aView(next, staged)],
    policies: [aPolicy({ spec, status: { observedGeneration: 1, fence: 'me/1', claims } })],
    pdbs: [aPdb('web', { disruptionsAllowed })],
    pods: new Map([['n1', [podOn('n1')]]]),
    previews: new Map([['n2', preview('n2')]]),
  });
}

describe('two nodes with a slot that share a budget', () => {
  it.each([
    { allowed: 1, steps: [], says: /has no disruption left beside the nodes that are being drained/ },
    { allowed: 2, steps: ['Claim'], says: /^Cordoning: its turn has come$/ },
  ])('of $allowed: the second is claimed only if it is enough for both', ({ allowed, steps, says }) => {
    const plan = planned(world(allowed));
    expect(plan.steps('n2')).toEqual(steps);
    expect(plan.says('n2')).toMatch(says);
    expect(plan.entry('n2') === undefined).toBe(steps.length === 0);
  });

  it('of one: the second is claimed when the first is drained and has its order', () => {
    const ordered = aNode('n1', { claim: aClaim('n1', { order: anOrder('n1', second) }) });
    expect(planned(world(1, ordered)).steps('n2')).toEqual(['Claim']);
  });

  it('speak for it by node, except for the one that asks', () => {
    const spokenFor = spokenForBy(world(1));
    expect([...spokenFor('n2')]).toEqual([['default/web', 1]]);
    expect([...spokenFor('n1')]).toEqual([['default/web', 1]]);
    expect([...spokenFor('n3')]).toEqual([['default/web', 2]]);
  });
});

describe('a node with a slot', () => {
  it.each([
    { age: 10 * second, steps: ['Claim'] },
    { age: 10 * second + 1, steps: ['Preview'] },
  ])('whose Pods were looked at $age ms ago: $steps', ({ age, steps }) => {
    const previews = new Map([['n2', preview('n2', age)]]);
    expect(planned({ ...world(2), previews }).steps('n2')).toEqual(steps);
  });

  it('of the same name as one that was looked at is looked at itself', () => {
    const previews = new Map([['n2', { ...preview('n2'), nodeUID: 'uid-of-another' }]]);
    expect(planned({ ...world(2), previews }).steps('n2')).toEqual(['Preview']);
  });
});
