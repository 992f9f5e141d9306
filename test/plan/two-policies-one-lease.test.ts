import { describe, expect, it } from '@jest/globals';
import { aNode, anEntry, aPolicy, aSnapshot, aView, noon, staged } from '../support/builders.ts';
import { planned } from './planned.ts';

const self = {
  nodeName: 'home',
  podName: 'operator-1',
  replicas: [
    { pod: 'operator-1', nodeName: 'home', ready: true },
    { pod: 'operator-2', nodeName: 'other', ready: true },
  ],
};
const home = aNode('home', { labels: { pool: 'home' } });
const other = aNode('other', { labels: { pool: 'other' } });
const ours = (pool: string, claims: readonly ReturnType<typeof anEntry>[] = []) =>
  aPolicy({
    name: pool,
    uid: `uid-${pool}`,
    spec: { nodeSelector: { matchLabels: { pool } } },
    status: { observedGeneration: 1, fence: 'me/1', claims: [...claims] },
  });
const world = (policies: readonly ReturnType<typeof aPolicy>[], more: Parameters<typeof aSnapshot>[0] = {}) =>
  aSnapshot({
    policies,
    nodes: [home, other],
    views: [home, other].map((node) => aView(node, staged)),
    self,
    ...more,
  });

describe('replicas on nodes of two policies', () => {
  it('the lease is not handed over for the leader while the other policy has a slot for the other replica', () => {
    const plan = planned(world([ours('home'), ours('other', [anEntry('other')])]), 'uid-home');
    expect(plan.steps('home')).toEqual([]);
    expect(plan.says('home')).toBe('Staged: waits for another control-plane node or node of the operator');
  });

  it('a reserved node of the leader gives way to the one that holds the exclusive lease before anything is handed over', () => {
    const exclusive = { held: true, holder: 'uid-other' } as const;
    const policies = [ours('home', [anEntry('home')]), ours('other', [anEntry('other')])];
    const plan = planned(world(policies, { exclusive }), 'uid-home');
    expect(plan.steps('home')).toEqual([]);
    expect(plan.entry('home')).toBeUndefined();
  });

  it('a leader that has just taken the lease over keeps it until it has looked at the other policy too', () => {
    const fresh = world([ours('home'), ours('other')], { leadsSince: noon - 9000 });
    const plan = planned(fresh, 'uid-home');
    expect(plan.steps('home')).toEqual([]);
    expect(plan.says('home')).toBe('Staged: the leader runs on it, and has just taken the lease over');
    expect(plan.plan.wakeAt).toBe(noon + 1000);
    expect(planned({ ...fresh, leadsSince: noon - 10_000 }, 'uid-home').steps('home')).toEqual(['HandOver']);
  });

  it('the node of the other replica goes first', () => {
    const plan = planned(world([ours('home'), ours('other')]), 'uid-other');
    expect(plan.entry('other')).toMatchObject({ phase: 'Reserved' });
  });
});
