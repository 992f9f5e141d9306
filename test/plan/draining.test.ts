import { describe, expect, it } from '@jest/globals';
import type { PodFacts } from '../../src/plan/facts.ts';
import type { EvictionMemory, EvictionRefusal, Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ahead,
  aNode,
  anEntry,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

type More = Partial<Pick<Snapshot, 'evictions' | 'evictedOwners' | 'pdbs'>>;

function drain(pods: readonly PodFacts[], spec: object = {}, more: More = {}) {
  const node = aNode('n1', { claim: aClaim('n1') });
  return planned(
    aSnapshot({
      nodes: [node],
      views: [aView(node, staged)],
      pods: new Map([['n1', pods]]),
      policies: [
        aPolicy({
          spec: { drain: spec },
          status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] },
        }),
      ],
      ...more,
    }),
  );
}

const pod = aPod('p', 'n1');
const refused = (refusal: EvictionRefusal, notBefore = noon + 10 * second): More => ({
  evictions: new Map<string, EvictionMemory>([
    [pod.uid, { kind: 'Refused', refusal, at: noon - second, since: noon - minute, notBefore }],
  ]),
});
const budget = { kind: 'Budget', pdb: 'web', message: '' } as const;

describe('a drain', () => {
  it('evicts all Pods at once, with the grace period of the policy', () => {
    const plan = drain([pod, aPod('q', 'n1')], { gracePeriodSeconds: 7 });
    expect(plan.steps('n1')).toEqual(['Evict p', 'Evict q']);
    expect(plan.step('n1', 'Evict').gracePeriodSeconds).toBe(7);
  });

  it.each<{ name: string; more: More; says: string; evicts?: boolean; wakes?: number }>([
    {
      name: 'sent',
      more: { evictions: new Map([[pod.uid, { kind: 'Sent', at: noon }]]) },
      says: '1 pod has to leave',
    },
    {
      name: 'accepted',
      more: { evictions: new Map([[pod.uid, { kind: 'Accepted', at: noon }]]) },
      says: '1 pod has to leave',
    },
    {
      name: 'sent again after a refusal',
      more: {
        evictions: new Map([
          [pod.uid, { kind: 'Sent', at: noon, refused: { kind: 'Webhook', message: 'migrating' } }],
        ]),
      },
      says: 'pod default/p is refused by an admission webhook: migrating',
    },
    {
      name: 'refused by a webhook',
      more: refused({ kind: 'Webhook', message: 'migrating' }),
      says: 'pod default/p is refused by an admission webhook: migrating',
      wakes: noon + 10 * second,
    },
    {
      name: 'refused for good',
      more: refused({ kind: 'Never', message: 'more than one' }),
      says: 'pod default/p can never be evicted: more than one',
    },
    {
      name: 'refused in a namespace that goes',
      more: refused({ kind: 'NamespaceTerminating' }),
      says: 'pod default/p waits for the deletion of its namespace',
      wakes: noon + 10 * second,
    },
    {
      name: 'refused for overload',
      more: refused({ kind: 'Overload', retryAfterSeconds: 5 }),
      says: 'the API server asks to slow down',
      wakes: noon + 10 * second,
    },
    {
      name: 'refused for another reason',
      more: refused({ kind: 'Other', message: 'etcd is slow' }),
      says: 'the eviction of pod default/p failed: etcd is slow',
      wakes: noon + 10 * second,
    },
    {
      name: 'refused, and its wait is over: sent again, with the same story',
      more: refused({ kind: 'Webhook', message: 'migrating' }, noon),
      says: 'pod default/p is refused by an admission webhook: migrating',
      evicts: true,
    },
    {
      name: 'refused for good, however long ago',
      more: refused({ kind: 'Never', message: 'more than one' }, noon),
      says: 'pod default/p can never be evicted: more than one',
    },
  ])('whose eviction was $name', ({ more, says, evicts = false, wakes }) => {
    const plan = drain([pod], {}, more);
    expect(plan.says('n1')).toBe(`Draining: ${says}`);
    expect(plan.steps('n1')).toEqual(evicts ? ['Evict p'] : []);
    expect(plan.plan.wakeAt).toBe(wakes ?? noon + 29 * minute);
  });

  it('waits while the eviction of any other Pod, on whatever node, was refused for overload', () => {
    const elsewhere = (notBefore: number): More => ({
      evictions: new Map([
        [
          'uid-of-a-pod-elsewhere',
          {
            kind: 'Refused',
            refusal: { kind: 'Overload', retryAfterSeconds: 5 },
            at: noon - second,
            since: noon - second,
            notBefore,
          },
        ],
      ]),
    });
    const waits = drain([pod], {}, elsewhere(noon + 4 * second));
    expect(waits.steps('n1')).toEqual([]);
    expect(waits.says('n1')).toBe('Draining: the API server asks to slow down');
    expect(waits.plan.wakeAt).toBe(noon + 4 * second);
    expect(drain([pod], {}, elsewhere(noon)).steps('n1')).toEqual(['Evict p']);
  });

  it('waits for a budget until its watch shows a disruption', () => {
    const closed = drain([pod], {}, { ...refused(budget), pdbs: [aPdb('web', { disruptionsAllowed: 0 })] });
    expect(closed.steps('n1')).toEqual([]);
    expect(closed.says('n1')).toMatch(
      /^Draining: PodDisruptionBudget \S*web does not let pod default\/p go now$/,
    );
    const open = drain([pod], {}, { ...refused(budget), pdbs: [aPdb('web')] });
    expect(open.steps('n1')).toEqual(['Evict p']);
  });

  it('names a Pod that should have ended, with its finalizer', () => {
    const going = aPod('p', 'n1', { deletionTimestamp: noon - 2 * minute, finalizers: ['example.com/hold'] });
    expect(drain([going]).says('n1')).toBe(
      'Draining: pod default/p should have ended at 2026-03-02T11:58:00Z and has not, held by finalizer example.com/hold',
    );
    const yet = drain([aPod('p', 'n1', { deletionTimestamp: noon + second })]);
    expect(yet.says('n1')).toBe('Draining: 1 pod has to leave');
    expect(yet.plan.wakeAt).toBe(noon + second + 2 * minute);
  });

  it('does not wait any longer than skipTerminatingOlderThan for a Pod that goes', () => {
    const going = aPod('p', 'n1', { deletionTimestamp: noon - minute - 1 });
    expect(drain([going], { skipTerminatingOlderThan: '1m' }).steps('n1')).toEqual(['Order']);
    expect(drain([going]).steps('n1')).toEqual([]);
  });

  it('evicts what is free beside what is blocked', () => {
    const alone = aPod('q', 'n1', { controller: undefined });
    const plan = drain([pod, alone]);
    expect(plan.steps('n1')).toEqual(['Evict p']);
    expect(plan.says('n1')).toMatch(/^Draining: pod default\/q has no controller/);
  });

  it('gives up on Pods of an owner that came back three times', () => {
    const evictedOwners = new Map([['n1', new Map([['uid-web', 3]])]]);
    const plan = drain([pod], {}, { evictedOwners });
    expect(plan.says('n1')).toMatch(
      /pod default\/p comes back to the cordoned node each time \(3 evictions\)/,
    );
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(
      drain([pod], {}, { evictedOwners: new Map([['n1', new Map([['uid-web', 2]])]]) }).steps('n1'),
    ).toEqual(['Evict p']);
  });

  it('is drained with exempt Pods left, and orders with the time and boot id of now', () => {
    const daemon = aPod('d', 'n1', { controller: { kind: 'DaemonSet', name: 'd', uid: 'u' } });
    const step = drain([daemon]).step('n1', 'Order');
    expect(step.order).toEqual({ at: ahead(0), bootID: 'boot-n1-1', notAfter: ahead(2 * minute) });
    expect([daemon, pod].filter((one) => step.leaves(one))).toEqual([pod]);
  });

  it.each([
    {
      name: 'while the node is NotReady',
      node: { ready: false, readySince: noon - second },
      task: undefined,
      says: 'drained; the node is not Ready since 2026-03-02T11:59:59Z',
    },
    {
      name: 'while another task runs',
      node: {},
      task: { task: 'Inspect' } as const,
      says: 'drained; its Inspect task is running',
    },
  ])('is not ordered to reboot $name', ({ node, task, says }) => {
    const one = aNode('n1', { claim: aClaim('n1'), ...node });
    const plan = planned(
      aSnapshot({
        nodes: [one],
        views: [aView(one, staged)],
        tasks: task === undefined ? [] : [aTask(one, task)],
        policies: [aPolicy({ status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } })],
      }),
    );
    expect(plan.says('n1')).toBe(`Draining: ${says}`);
    expect(plan.steps('n1')).toEqual([]);
  });
});
