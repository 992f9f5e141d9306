import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import type { PdbFacts, PodFacts } from '../../src/plan/facts.ts';
import { judgePreview, speakFor } from '../../src/plan/preview.ts';
import { aPdb, aPod, aSnapshot, noon } from '../support/builders.ts';

const { drain } = policySpec.parse({ os: 'Bottlerocket' });
const one = [aPod('p', 'n1')];
const unready = aPod('p', 'n1', { ready: false });
const clear = (...needs: string[]) => ({ kind: 'Clear', needs });
const refused = (because: string) => ({ kind: 'Refused', because });

interface Case {
  readonly name: string;
  readonly pods: readonly PodFacts[];
  readonly pdbs?: readonly PdbFacts[];
  readonly spoken?: number;
  readonly verdict: object;
}

describe('judgePreview', () => {
  it.each<Case>([
    { name: 'an empty node is clear', pods: [], pdbs: [aPdb('web')], verdict: clear() },
    { name: 'Pods without a budget are clear', pods: one, verdict: clear() },
    {
      name: 'a budget with a disruption is clear and needed',
      pods: one,
      pdbs: [aPdb('web')],
      verdict: clear('default/web'),
    },
    {
      name: 'many Pods under one budget need one disruption of it',
      pods: [aPod('p', 'n1'), aPod('q', 'n1'), aPod('r', 'n1')],
      pdbs: [aPdb('web')],
      verdict: clear('default/web'),
    },
    {
      name: 'a budget that allows nothing refuses and is named',
      pods: one,
      pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      verdict: refused('PodDisruptionBudget default/web allows no disruption now (pod default/p)'),
    },
    {
      name: 'a disruption that another claim has spoken for is not there',
      pods: one,
      pdbs: [aPdb('web')],
      spoken: 1,
      verdict: refused(
        'PodDisruptionBudget default/web has no disruption left beside the nodes that are being drained (pod default/p)',
      ),
    },
    {
      name: 'a second disruption is',
      pods: one,
      pdbs: [aPdb('web', { disruptionsAllowed: 2 })],
      spoken: 1,
      verdict: clear('default/web'),
    },
    {
      name: 'a budget whose status is behind its spec refuses',
      pods: one,
      pdbs: [aPdb('web', { current: false })],
      verdict: refused('the status of PodDisruptionBudget default/web is behind its spec (pod default/p)'),
    },
    {
      name: 'two budgets over one Pod refuse always',
      pods: one,
      pdbs: [aPdb('web'), aPdb('all', { selector: {} })],
      verdict: refused(
        'pod default/p is under two PodDisruptionBudgets, default/web and default/all: the Eviction API refuses such a pod always',
      ),
    },
    {
      name: 'two budgets over a Pending Pod do not matter: it is let go unasked',
      pods: [aPod('p', 'n1', { phase: 'Pending', ready: false })],
      pdbs: [aPdb('web'), aPdb('all', { selector: {} })],
      verdict: clear(),
    },
    {
      name: 'a budget of another namespace does not matter',
      pods: one,
      pdbs: [aPdb('web', { namespace: 'other', disruptionsAllowed: 0 })],
      verdict: clear(),
    },
    {
      name: 'a budget without a selector selects nothing',
      pods: one,
      pdbs: [aPdb('web', { selector: 'None', disruptionsAllowed: 0 })],
      verdict: clear(),
    },
    {
      name: 'a Pod that is going needs nothing',
      pods: [aPod('p', 'n1', { deletionTimestamp: noon })],
      pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      verdict: clear(),
    },
    {
      name: 'an unready Pod is let go while the budget is healthy',
      pods: [unready],
      pdbs: [aPdb('web', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 })],
      verdict: clear(),
    },
    {
      name: 'an unready Pod is protected by a budget that wants none to be healthy',
      pods: [unready],
      pdbs: [aPdb('web', { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 })],
      verdict: refused('PodDisruptionBudget default/web allows no disruption now (pod default/p)'),
    },
    {
      name: 'an unready Pod is protected while the budget is not healthy',
      pods: [unready],
      pdbs: [aPdb('web', { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1 })],
      verdict: refused('PodDisruptionBudget default/web allows no disruption now (pod default/p)'),
    },
    {
      name: 'an unready Pod is let go where the budget always allows that',
      pods: [unready],
      pdbs: [
        aPdb('web', { disruptionsAllowed: 0, currentHealthy: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      ],
      verdict: clear(),
    },
    {
      name: 'a Pod that nothing can move is named before any budget',
      pods: [...one, aPod('q', 'n1', { controller: undefined })],
      pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      verdict: refused('pod default/q has no controller that would bring it back, and drain.force is false'),
    },
    {
      name: 'exempt Pods do not matter',
      pods: [aPod('q', 'n1', { controller: { kind: 'DaemonSet', name: 'a', uid: 'u' } })],
      pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      verdict: clear(),
    },
  ])('$name', ({ pods, pdbs = [], spoken = 0, verdict }) => {
    const snapshot = aSnapshot({ pdbs });
    expect(judgePreview(pods, drain, snapshot, new Map([['default/web', spoken]]))).toEqual(verdict);
  });
});

describe('speakFor', () => {
  it('asks each budget for one disruption, and none for Pods that go already or are let go unasked', () => {
    const pods = [
      aPod('p', 'n1'),
      aPod('q', 'n1'),
      aPod('r', 'n1', { labels: { app: 'gone' }, deletionTimestamp: noon }),
      aPod('s', 'n1', { labels: { app: 'new' }, phase: 'Pending', ready: false }),
    ];
    const pdbs = ['web', 'gone', 'new'].map((app) => aPdb(app, { selector: { matchLabels: { app } } }));
    expect([...speakFor(pods, drain, aSnapshot({ pdbs }))]).toEqual(['default/web']);
  });
});
