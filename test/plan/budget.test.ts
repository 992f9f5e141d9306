import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { policySpec } from '../../src/api/policy-spec.ts';
import { budgetOf } from '../../src/plan/budget.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import { aClaim, aNode, anEntry } from '../support/builders.ts';

const spec = (rollout: object) => policySpec.parse({ os: 'Bottlerocket', rollout });
const nodes = (count: number, more: (i: number) => Partial<NodeFacts> = () => ({})): NodeFacts[] =>
  Array.from({ length: count }, (_, i) => aNode(`n${i + 1}`, more(i)));

describe('budgetOf', () => {
  it.each([
    { name: 'one by default', rollout: {}, count: 10, limit: 1 },
    { name: 'a number as it is', rollout: { maxUnavailable: 3 }, count: 2, limit: 3 },
    { name: 'a percentage rounded down', rollout: { maxUnavailable: '25%' }, count: 11, limit: 2 },
    { name: 'never less than one', rollout: { maxUnavailable: '10%' }, count: 3, limit: 1 },
    { name: 'all of them', rollout: { maxUnavailable: '100%' }, count: 7, limit: 7 },
    {
      name: 'at most what the ledger has room for',
      rollout: { maxUnavailable: 500 },
      count: 900,
      limit: 200,
    },
  ])('lets $name: $limit of $count', ({ rollout, count, limit }) => {
    expect(budgetOf(spec(rollout), nodes(count), [], 200).limit).toBe(limit);
  });

  it('counts claims, NotReady nodes and cordons of others once each, and names the latter', () => {
    const fleet = [
      aNode('n1', { ready: false }),
      aNode('n2', { unschedulable: true }),
      aNode('n3', { ready: false, claim: aClaim('n3') }),
      aNode('n4'),
    ];
    const budget = budgetOf(spec({ maxUnavailable: 4 }), fleet, [anEntry('n3')], 200);
    expect([...budget.used].toSorted()).toEqual(['n1', 'n2', 'n3']);
    expect(budget.free).toBe(1);
    expect(budget.others).toEqual([
      { name: 'n1', why: 'NotReady' },
      { name: 'n2', why: 'cordoned by somebody else' },
    ]);
  });

  it('counts a node that is claimed without an entry of the ledger', () => {
    const [budget] = [budgetOf(spec({}), [aNode('n1', { claim: aClaim('n1') })], [], 200)];
    expect(budget.free).toBe(0);
    expect(budget.others).toEqual([{ name: 'n1', why: 'still claimed by a policy that is gone' }]);
  });

  it('excepts the nodes of ignoreUnavailable, but never their claims', () => {
    const spot = { labels: { spot: 'yes' } };
    const fleet = [aNode('n1', { ready: false, ...spot }), aNode('n2', spot)];
    const rollout = { maxUnavailable: 2, ignoreUnavailable: { matchLabels: { spot: 'yes' } } };
    const budget = budgetOf(spec(rollout), fleet, [anEntry('n2')], 200);
    expect([...budget.used]).toEqual(['n2']);
  });

  it('never says that more are free than the limit leaves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ready: fc.boolean(), unschedulable: fc.boolean(), claimed: fc.boolean() }), {
          maxLength: 30,
        }),
        fc.oneof(
          fc.integer({ min: 1, max: 40 }),
          fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`),
        ),
        (facts, maxUnavailable) => {
          const fleet = nodes(facts.length, (i) => ({
            ready: facts[i]?.ready ?? true,
            unschedulable: facts[i]?.unschedulable ?? false,
          }));
          const entries = fleet.filter((_, i) => facts[i]?.claimed).map(({ name }) => anEntry(name));
          const { free, used, limit } = budgetOf(spec({ maxUnavailable }), fleet, entries, 200);
          const out = fleet.filter(
            (node, i) => facts[i]?.claimed === true || !node.ready || node.unschedulable,
          );
          expect(used.size).toBe(out.length);
          expect(free).toBe(Math.max(0, limit - out.length));
        },
      ),
    );
  });
});
