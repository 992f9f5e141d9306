import { describe, expect, it } from '@jest/globals';
import { holdKey } from '../../src/api/keys.ts';
import type { NodeFacts, NodeView } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  aNode,
  anEntry,
  anOrder,
  aPdb,
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
} from '../support/builders.ts';
import { planned } from './planned.ts';

const rolling = { claim: aClaim('n1', { order: anOrder('n1', second) }) };

interface Case {
  readonly name: string;
  readonly nodes?: readonly NodeFacts[];
  readonly views?: readonly NodeView[];
  readonly spec?: object;
  readonly status?: object;
  readonly more?: Parameters<typeof aSnapshot>[0];
  readonly ready: string;
  readonly upToDate: string;
  readonly progressing: string;
  readonly stalled?: string;
  readonly progress: string;
  readonly message: string | RegExp;
}

const current = aNode('n1', { osImage: bottlerocketImage('1.21.0') });
const behind = (node: NodeFacts): NodeView => aView(node, staged);

function worldOf({ nodes = [], views, spec, status, more }: Case): Snapshot {
  return aSnapshot({
    nodes,
    views: views ?? nodes.map((node) => aView(node)),
    policies: [aPolicy({ spec: spec ?? {}, status: { observedGeneration: 1, fence: 'me/1', ...status } })],
    ...more,
  });
}

describe('the status of a policy', () => {
  it.each<Case>([
    {
      name: 'whose node is on its way for a policy that is gone counts it, and is not UpToDate',
      nodes: [
        current,
        aNode('n2', { claim: aClaim('n2', { policyUID: 'uid-gone', order: anOrder('n2', second) }) }),
      ],
      views: [
        aView(current, { version: '1.21.0', available: '1.21.0', checkedAt: ago(minute) }),
        aView(aNode('n2')),
      ],
      ready: 'True Accepted',
      upToDate: 'False RolloutInProgress',
      progressing: 'True UpgradingNodes',
      progress: '1/2',
      message: 'n2 still claimed by a policy that is gone',
    },
    {
      name: 'that owns no node is Ready and not UpToDate',
      ready: 'True NoNodes',
      upToDate: 'False NoNodes',
      progressing: 'False NoNodes',
      progress: '0/0',
      message: 'no node of this operating system is selected',
    },
    {
      name: 'with all nodes current',
      nodes: [aNode('n1'), aNode('n2')],
      ready: 'True Accepted',
      upToDate: 'True AllNodesCurrent',
      progressing: 'False RolloutComplete',
      progress: '2/2',
      message: 'all 2 nodes are up to date',
    },
    {
      name: 'while nodes roll stays Ready',
      nodes: [aNode('n1', rolling), aNode('n2')],
      status: { claims: [anEntry('n1')] },
      ready: 'True Accepted',
      upToDate: 'False RolloutInProgress',
      progressing: 'True UpgradingNodes',
      progress: '1/2',
      message: 'n1 Rebooting; n1: the reboot is ordered',
    },
    {
      name: 'while nodes are inspected',
      nodes: [aNode('n1')],
      views: [],
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False NodesPending',
      progress: '0/1',
      message: 'n1: waits for its first inspection',
    },
    {
      name: 'while a node is staged without being behind yet',
      nodes: [aNode('n1'), aNode('n2')],
      views: [aView(aNode('n1')), aView(aNode('n2'), { available: '1.21.0' })],
      more: { tasks: [aTask(aNode('n2'), { task: 'Stage' })] },
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False NodesPending',
      progress: '1/2',
      message: 'n2: its Stage task is running',
    },
    {
      name: 'names who uses the budget',
      nodes: [aNode('n1'), aNode('n7', { ready: false, readySince: noon - 72 * hour })],
      views: [behind(aNode('n1')), aView(aNode('n7'))],
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False BudgetUsed',
      progress: '1/2',
      message: 'budget used by n7, NotReady',
    },
    {
      name: 'names the budget of Pods that lets nothing go',
      nodes: [aNode('n1')],
      views: [behind(aNode('n1'))],
      more: {
        previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [aPod('p', 'n1')] }]]),
        pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      },
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False BlockedByPDB',
      progress: '0/1',
      message: 'n1 waits: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
    },
    {
      name: 'calls a person after a day of that',
      nodes: [aNode('n1')],
      views: [behind(aNode('n1'))],
      more: {
        previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [aPod('p', 'n1')] }]]),
        pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
        refusedSince: new Map([['uid-n1', noon - 24 * hour]]),
      },
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False BlockedByPDB',
      stalled: 'True DrainImpossible',
      progress: '0/1',
      message:
        'n1 cannot be drained: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
    },
    {
      name: 'that is halted calls a person and says what to do',
      nodes: [aNode('n1')],
      views: [behind(aNode('n1'))],
      status: {
        failures: [
          {
            node: 'n1',
            nodeUID: 'uid-n1',
            version: '1.21.0',
            attempt: 'a',
            reason: 'FellBack',
            at: ago(minute),
          },
        ],
      },
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False Halted',
      stalled: 'True FailureBudgetExceeded',
      progress: '0/1',
      message:
        'halted by rollout.maxFailures: n1 (FellBack); set a new spec.retry.token, or annotate the nodes with containeros.dev/retry',
    },
    {
      name: 'that is paused',
      nodes: [aNode('n1')],
      spec: { paused: true },
      ready: 'True Accepted',
      upToDate: 'True AllNodesCurrent',
      progressing: 'False Paused',
      progress: '1/1',
      message: 'paused by spec.paused',
    },
    {
      name: 'that is paused while a node finishes',
      nodes: [aNode('n1', rolling)],
      spec: { paused: true },
      status: { claims: [anEntry('n1')] },
      ready: 'True Accepted',
      upToDate: 'False RolloutInProgress',
      progressing: 'True UpgradingNodes',
      progress: '0/1',
      message: 'paused; still on their way: n1 Rebooting; n1: the reboot is ordered',
    },
    {
      name: 'in mode Plan says what would be done',
      nodes: [aNode('n1'), aNode('n2')],
      views: [behind(aNode('n1')), aView(aNode('n2'))],
      spec: { mode: 'Plan' },
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False PlanOnly',
      progress: '1/2',
      message: 'mode is Plan: 1 of 2 nodes would be updated',
    },
    {
      name: 'names a held node when all else is done',
      nodes: [aNode('n1', { annotations: { [holdKey]: 'the quarter ends' } }), aNode('n2')],
      views: [behind(aNode('n1')), aView(aNode('n2'))],
      ready: 'True Accepted',
      upToDate: 'False NodesPending',
      progressing: 'False NodesHeld',
      progress: '1/2',
      message: 'n1 is held: held by annotation containeros.dev/hold: the quarter ends',
    },
    {
      name: 'leaves Unsupported nodes out of the progress',
      nodes: [aNode('n1'), aNode('n2', { labels: { 'node-role.kubernetes.io/master': '' } })],
      ready: 'True Accepted',
      upToDate: 'True AllNodesCurrent',
      progressing: 'False RolloutComplete',
      progress: '1/1',
      message: 'all 1 nodes are up to date',
    },
  ])('$name', (one) => {
    const plan = planned(worldOf(one));
    expect({
      ready: plan.condition('Ready'),
      upToDate: plan.condition('UpToDate'),
      progressing: plan.condition('Progressing'),
      stalled: plan.condition('Stalled'),
      progress: plan.status.progress,
    }).toEqual({
      ready: one.ready,
      upToDate: one.upToDate,
      progressing: one.progressing,
      stalled: one.stalled ?? 'absent',
      progress: one.progress,
    });
    expect(plan.status.message).toMatch(one.message);
    expect(plan.status.observedGeneration).toBe(1);
    expect(plan.status.conditions?.every(({ observedGeneration }) => observedGeneration === 1)).toBe(true);
  });

  it('counts nodes by where they are', () => {
    const nodes = [
      aNode('n1', rolling),
      aNode('n2'),
      aNode('n3'),
      aNode('n4', { unschedulable: true }),
      aNode('n5', { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
    ];
    const views = [aView(aNode('n1')), aView(aNode('n2')), behind(aNode('n4'))];
    const plan = planned(worldOf({ nodes, views, status: { claims: [anEntry('n1')] } } as unknown as Case));
    expect(plan.status).toMatchObject({
      nodes: 5,
      updating: 1,
      upToDate: 1,
      pending: 1,
      held: 1,
      unsupported: 1,
      failed: 0,
      versions: { '1.20.0': 4 },
      target: 'Mixed(2)',
    });
  });

  it('keeps the time of a condition that stays, and sets that of one that changes', () => {
    const first = planned(worldOf({ nodes: [aNode('n1')] } as unknown as Case));
    const later = aSnapshot({
      now: noon + hour,
      nodes: [aNode('n1')],
      views: [behind(aNode('n1'))],
      policies: [aPolicy({ status: first.status })],
    });
    const second_ = planned(later).status.conditions ?? [];
    const at = (type: string) => second_.find((condition) => condition.type === type)?.lastTransitionTime;
    expect(at('Ready')).toBe(new Date(noon).toISOString());
    expect(at('UpToDate')).toBe(new Date(noon + hour).toISOString());
  });

  it('drops Stalled when it is over', () => {
    const stalled = {
      type: 'Stalled',
      status: 'True',
      reason: 'FailureBudgetExceeded',
      message: 'x',
      observedGeneration: 1,
      lastTransitionTime: ago(hour),
    };
    const plan = planned(
      worldOf({ nodes: [aNode('n1')], status: { conditions: [stalled] } } as unknown as Case),
    );
    expect(plan.condition('Stalled')).toBe('absent');
  });
});
