/** What holds up a wave and no clock ends: what is expected then, that nothing is written meanwhile, and what a plan says of it. */
import { describe, expect, it } from '@jest/globals';
import { holdKey } from '../../src/api/keys.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  ago,
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
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const waves = [{ name: 'canary', nodes: 1 }, { name: 'rest' }];

interface World {
  readonly spec?: object;
  readonly rollout?: object;
  readonly n1?: Parameters<typeof aNode>[1];
  readonly view1?: NodeViewStatus;
  readonly view2?: NodeViewStatus;
  readonly more?: Parameters<typeof aSnapshot>[0];
}

function worldOf({ spec, rollout, n1, view1 = staged, view2 = staged, more }: World): Snapshot {
  const nodes = [aNode('n1', n1), aNode('n2', { labels: { zone: 'b' } })];
  return aSnapshot({
    nodes,
    views: nodes.map((node) =>
      node.name === 'n1'
        ? aView(node, { ...view1, wave: 'canary' })
        : aView(node, { ...view2, wave: 'rest' }),
    ),
    policies: [
      aPolicy({
        spec: { rollout: { maxUnavailable: 2, waves, ...rollout }, ...spec },
        status: { observedGeneration: 1, fence: 'me/1' },
      }),
    ],
    ...more,
  });
}

const notReady: World = { n1: { ready: false, readySince: noon - hour } };
const notOffered: World = {
  spec: { target: { version: '1.21.0' } },
  view1: { settings: { versionLock: 'latest', ignoreWaves: true }, asked: '1.21.0' },
  view2: {
    ...staged,
    settings: { versionLock: 'latest', ignoreWaves: true },
    asked: '1.21.0',
    available: '1.21.0',
  },
};
const settingsUnknown: World = {
  spec: { target: { version: '1.21.0' } },
  view1: { asked: '1.21.0', available: '1.21.0' },
  view2: {
    ...staged,
    settings: { versionLock: 'latest', ignoreWaves: true },
    asked: '1.21.0',
    available: '1.21.0',
  },
};
const blocked: World = {
  more: {
    previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [aPod('p', 'n1')] }]]),
    pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
  },
};
const last = { from: '1.19.0', to: '1.20.0', at: ago(100 * hour) };
const tooShort: World = {
  spec: { schedule: { windows: [{ start: '0 12 * * *', duration: '2h' }] } },
  view1: { ...staged, lastUpdate: { ...last, seconds: { drain: 10_800 } } },
  view2: { ...staged, lastUpdate: { ...last, seconds: { drain: 600 } } },
};

const at = (world: Snapshot, now: number): Snapshot => ({
  ...world,
  now,
  nodesHeard: now,
  previews: new Map([...world.previews].map(([name, one]) => [name, { ...one, at: now }])),
});

const cases = [
  { name: 'a node that is NotReady', world: notReady },
  { name: 'a node that is not offered its version', world: notOffered },
  { name: 'a node whose settings are unknown', world: settingsUnknown },
  { name: 'a drain that a budget refuses', world: blocked },
  { name: 'a node that fits no window', world: tooShort },
];

describe('a wave that is held up by', () => {
  it.each(cases)('$name has no end that is known, and is quiet for an hour', ({ world }) => {
    let snapshot = worldOf(world);
    const writes: number[] = [];
    for (let now = noon; now <= noon + hour; now += minute / 2) {
      const plan = planPolicy(at(snapshot, now), 'uid-bottlerocket');
      const views = new Map(snapshot.views);
      for (const { node, nodeUID, status } of plan.views)
        views.set(node, { ...aView(aNode(node)), nodeUID, status });
      const [policy] = snapshot.policies;
      if (policy === undefined) throw new Error('No policy');
      if (plan.status !== undefined) writes.push(now - noon);
      const status = plan.status ?? policy.status;
      expect(status.estimatedCompletion).toBeUndefined();
      snapshot = { ...snapshot, views, policies: [{ ...policy, status }] };
    }
    expect(writes.filter((after) => after > minute)).toEqual([]);
  });

  it.each([
    { name: 'NotReady', world: notReady, says: /n1.*is not Ready since/ },
    { name: 'NotOffered', world: notOffered, says: /n1.*is not offered to it/ },
    { name: 'SettingsUnknown', world: settingsUnknown, says: /n1.*did not tell the settings/ },
    { name: 'WindowTooShort', world: tooShort, says: /^n1: no window is long enough/ },
  ])('$name is named by the message', ({ world, says }) => {
    expect(planned(worldOf(world)).status.message).toMatch(says);
  });

  it('a node that fits no window is Stalled, and says its own time', () => {
    const told = planned(worldOf(tooShort));
    expect(told.condition('Stalled')).toBe('True WindowTooShort');
    expect(told.says('n1')).toMatch(/out of service for 3h, as it took the last time$/);
  });
});

describe('a plan with a wave that is held up by', () => {
  const rest = (world: World) => {
    const { status } = planned(worldOf({ ...world, spec: { ...world.spec, mode: 'Plan' } }));
    expect(status.estimatedCompletion).toBeUndefined();
    const row = status.plan?.find(({ node }) => node === 'n2');
    return `${row?.startsAt ?? 'never'}: ${row?.because ?? ''}`;
  };
  it.each([
    ...cases,
    {
      name: 'a node that is not inspected',
      world: { view1: { ...staged, inspectedBootID: 'another' } },
    },
  ])('$name names it, and no time for those behind', ({ world }) => {
    expect(rest(world)).toMatch(/^never: would wait for wave canary: n1 is \w+: ./);
  });
});

describe('a plan', () => {
  it('counts the nodes that it lists', () => {
    const { status } = planned(worldOf({ spec: { mode: 'Plan' }, n1: { annotations: { [holdKey]: 'x' } } }));
    expect(status.plan?.map(({ node }) => node)).toEqual(['n2']);
    expect(status.message).toMatch(/^mode is Plan: 1 of 2 nodes would be updated, done by about /);
  });

  it('leaves only the node of a zone that is used up without a time', () => {
    const nodes = [
      aNode('n0', { labels: { zone: 'a' }, unschedulable: true }),
      aNode('n1', { labels: { zone: 'a' } }),
      aNode('n2', { labels: { zone: 'b' } }),
    ];
    const rollout = { maxUnavailable: 2, topology: { key: 'zone', maxUnavailable: 1 } };
    const { status } = planned(
      aSnapshot({
        nodes,
        views: nodes.map((node) => aView(node, staged)),
        policies: [aPolicy({ spec: { mode: 'Plan', rollout } })],
      }),
    );
    expect(status.plan?.map(({ node, startsAt, because }) => [node, startsAt, because])).toEqual([
      ['n2', iso(noon), 'would be started at once'],
      [
        'n1',
        undefined,
        'would wait for its zone: the budget of zone=a is used by n0, cordoned by somebody else',
      ],
    ]);
  });

  it('adds no end to the message of an obstacle', () => {
    const spec = { mode: 'Plan', hooks: { afterUpdate: { image: 'x/y:1' } } };
    expect(planned(worldOf({ spec })).status.message).not.toContain('done by about');
  });
});

describe('an estimate that only the time of day moves', () => {
  // A clock that is ahead: nobody knows when it is set right.
  const world = worldOf({
    rollout: { waves: [], maxUnavailable: 1 },
    view2: {},
    view1: { ...staged, clockAheadSeconds: 86_400 },
  });

  it('is not written again, and ends when it has come', () => {
    let { policies } = world;
    const shown: (string | undefined)[] = [];
    for (let now = noon; now <= noon + hour; now += minute / 2) {
      const plan = planPolicy({ ...at(world, now), policies }, 'uid-bottlerocket');
      if (plan.status === undefined) continue;
      const { status } = plan;
      shown.push(status.estimatedCompletion);
      policies = policies.map((policy) => ({ ...policy, status }));
    }
    expect(shown).toEqual([iso(noon + 5.5 * minute), undefined]);
  });
});
