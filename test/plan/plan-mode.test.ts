import { describe, expect, it } from '@jest/globals';
import { holdKey } from '../../src/api/keys.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aCosNode,
  ago,
  ahead,
  aNode,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  hour,
  iso,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const seconds = { drain: 60, reboot: 120 };
const lastUpdate = { from: '1.19.0', to: '1.20.0', at: ago(24 * hour), seconds };
const names = ['n1', 'n2', 'n3'];

interface World {
  readonly spec?: object;
  readonly status?: object;
  readonly n1?: Parameters<typeof aNode>[1];
  readonly view1?: object;
  readonly more?: Parameters<typeof aSnapshot>[0];
}

function worldOf({ spec, status, n1, view1 = { ...staged, lastUpdate }, more }: World): Snapshot {
  const nodes = names.map((name) => aNode(name, name === 'n1' ? n1 : {}));
  return aSnapshot({
    nodes,
    views: nodes.map((node) => aView(node, node.name === 'n1' ? view1 : { available: '1.21.0', lastUpdate })),
    policies: [
      aPolicy({
        spec: { mode: 'Plan', ...spec },
        status: { observedGeneration: 1, fence: 'me/1', ...status },
      }),
    ],
    ...more,
  });
}

const rowsOf = (world: Snapshot): readonly string[] =>
  (planned(world).status.plan ?? []).map(
    ({ node, wave = '-', from, to = '?', startsAt, because }) =>
      `${node} ${wave} ${from} ${to} ${startsAt === undefined ? 'never' : String((Date.parse(startsAt) - noon) / 1000)}: ${because}`,
  );

const blocks = (name: string): Parameters<typeof aSnapshot>[0] => ({
  previews: new Map(
    names.map((one) => [
      one,
      { at: noon, nodeUID: `uid-${one}`, pods: one === name ? [aPod('p', one)] : [] },
    ]),
  ),
  pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
});

describe('a plan', () => {
  it.each<World & { readonly name: string; readonly rows: readonly string[] }>([
    {
      name: 'lists nodes in the order in which they would be started',
      rows: [
        'n1 - 1.20.0 1.21.0 0: would be started at once',
        'n2 - 1.20.0 1.21.0 210: would wait for a slot of rollout.maxUnavailable',
        'n3 - 1.20.0 1.21.0 420: would wait for a slot of rollout.maxUnavailable',
      ],
    },
    {
      name: 'knows waves',
      spec: { rollout: { waves: [{ name: 'canary', nodes: 2, soak: '1h' }], maxUnavailable: 2 } },
      rows: [
        'n1 canary 1.20.0 1.21.0 0: would be started at once',
        'n2 canary 1.20.0 1.21.0 0: would be started at once',
        'n3 - 1.20.0 1.21.0 3780: would wait for the wave before',
      ],
    },
    {
      name: 'knows windows',
      spec: { schedule: { windows: [{ start: '0 13 * * *', duration: '5m' }] }, rollout: { soak: '0s' } },
      rows: [
        'n1 - 1.20.0 1.21.0 3600: would wait for a window of spec.schedule',
        'n2 - 1.20.0 1.21.0 90000: would wait for a window of spec.schedule',
        'n3 - 1.20.0 1.21.0 176400: would wait for a window of spec.schedule',
      ],
    },
    {
      name: 'puts a node that cannot be drained last, and says why',
      more: blocks('n1'),
      rows: [
        'n2 - 1.20.0 1.21.0 0: would be started at once',
        'n3 - 1.20.0 1.21.0 210: would wait for a slot of rollout.maxUnavailable',
        'n1 - 1.20.0 1.21.0 never: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
      ],
    },
    {
      name: 'leaves out who would not be updated',
      n1: { annotations: { [holdKey]: 'x' } },
      rows: [
        'n2 - 1.20.0 1.21.0 0: would be started at once',
        'n3 - 1.20.0 1.21.0 210: would wait for a slot of rollout.maxUnavailable',
      ],
    },
    { name: 'is not told while the policy is paused', spec: { paused: true }, rows: [] },
    { name: 'is not told in mode Apply', spec: { mode: 'Apply' }, rows: [] },
  ])('$name', ({ rows, ...world }) => {
    expect(rowsOf(worldOf(world))).toEqual(rows);
  });

  it('is told by the message, and its place by each node', () => {
    const { status, says } = planned(worldOf({ more: blocks('n1') }));
    expect(status.message).toBe(
      'mode is Plan: 3 of 3 nodes would be updated, done by about 2026-03-02T12:10:30Z; n1 would be blocked: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
    );
    expect(status.estimatedCompletion).toBe('2026-03-02T12:10:30.000Z');
    expect(says('n2')).toBe('Outdated: mode is Plan: nothing is changed; it would be number 1 of 3');
    expect(says('n1')).toBe(
      'Staged: mode is Plan: nothing is changed; it would be number 3 of 3, and is blocked: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
    );
  });

  it('takes no slot, and does nothing but look', () => {
    const { plan, status } = planned(worldOf({ more: { previews: new Map() } }));
    expect(plan.steps.map((step) => step.do)).toEqual(['Preview', 'Preview', 'Preview']);
    expect(status.claims).toEqual([]);
    expect(status.rollout).toBeUndefined();
  });

  it.each([
    { name: 'a list of ten minutes is taken again', age: 10 * minute, steps: ['Preview'], wakeAt: undefined },
    { name: 'a younger one is kept until then', age: 9 * minute, steps: [], wakeAt: ahead(minute) },
  ])('$name', ({ age, steps, wakeAt }) => {
    const at = (name: string): number => (name === 'n1' ? noon - age : noon);
    const previews = new Map(names.map((name) => [name, { at: at(name), nodeUID: `uid-${name}`, pods: [] }]));
    const plan = planned(worldOf({ more: { previews } }));
    expect(plan.steps('n1')).toEqual(steps);
    if (wakeAt !== undefined) expect(plan.plan.wakeAt).toBe(Date.parse(wakeAt));
  });

  it('looks at the first twenty nodes, three at a time', () => {
    const nodes = Array.from({ length: 30 }, (_, i) => aNode(`m${String(i).padStart(2, '0')}`));
    const world = aSnapshot({
      nodes,
      views: nodes.map((node) => aView(node, staged)),
      policies: [aPolicy({ spec: { mode: 'Plan' } })],
      previews: new Map(),
    });
    const looked = new Map<string, { at: number; nodeUID: string; pods: [] }>();
    for (let pass = 0; pass < 20; pass++) {
      const { plan } = planned({ ...world, previews: looked });
      expect(plan.steps.length).toBeLessThanOrEqual(3);
      for (const { node, nodeUID } of plan.steps) looked.set(node, { at: noon, nodeUID, pods: [] });
    }
    expect([...looked.keys()].toSorted()).toEqual(nodes.slice(0, 20).map(({ name }) => name));
  });

  it('tells places only once all nodes are known', () => {
    const { says } = planned(worldOf({ view1: { inspectedBootID: 'another' } }));
    expect(says('n2')).toBe('Outdated: mode is Plan: nothing is changed');
  });

  it('of COS counts nodes that are asked in their turn', () => {
    const nodes = [aCosNode('n1'), aCosNode('n2')];
    const world = aSnapshot({
      nodes,
      views: nodes.map((node) =>
        aView(node, { os: 'ContainerOptimizedOS', policy: 'cos', version: '18613.164.68' }),
      ),
      policies: [aPolicy({ name: 'cos', spec: { os: 'ContainerOptimizedOS', mode: 'Plan' } })],
    });
    const { status } = planned(world, 'uid-cos');
    expect(status.message).toMatch(
      /^mode is Plan: 2 of 2 nodes would be asked, and updated to what they find, done by about /,
    );
    expect(status.plan?.[0]).toEqual({
      node: 'n1',
      from: '18613.164.68',
      startsAt: iso(noon),
      because: 'would be started at once; only then it is asked what it is offered',
    });
  });

  it('stays as it is while only the time goes on, and is told anew after a while', () => {
    const world = worldOf({});
    const { status } = planned(world);
    const later = (ms: number): Snapshot => ({
      ...world,
      now: noon + ms,
      nodesHeard: noon + ms,
      policies: world.policies.map((policy) => ({ ...policy, status })),
      previews: new Map(names.map((name) => [name, { at: noon + ms, nodeUID: `uid-${name}`, pods: [] }])),
    });
    expect(planned(later(5 * minute)).plan.status).toBeUndefined();
    const anew = planned(later(10 * minute + 31 * second));
    expect(anew.plan.status?.plan?.[0]?.startsAt).toBe(iso(noon + 10 * minute + 31 * second));
    expect(anew.plan.statusUrgent).toBe(false);
  });
});
