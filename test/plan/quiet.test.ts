import { describe, expect, it } from '@jest/globals';
import { holdKey, keepCordonedKey } from '../../src/api/keys.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aCosNode,
  ago,
  ahead,
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

/** The world after what a plan writes of our own objects, with nothing else changed. */
function after(snapshot: Snapshot): Snapshot {
  const plans = snapshot.policies.map((policy) => ({ policy, plan: planPolicy(snapshot, policy.uid) }));
  const orphans = planOrphans(snapshot);
  const views = new Map(snapshot.views);
  for (const { node, nodeUID, status } of [...plans.flatMap(({ plan }) => plan.views), ...orphans.views])
    views.set(node, { ...aView(aNode(node)), nodeUID, status });
  for (const name of orphans.staleViews) views.delete(name);
  return {
    ...snapshot,
    views,
    policies: plans.map(({ policy, plan }) => ({ ...policy, status: plan.status ?? policy.status })),
    now: snapshot.now + second,
    nodesHeard: snapshot.now + second,
  };
}

const newBoot = { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
const inLedger = (more: object = {}) => ({
  observedGeneration: 1,
  fence: 'me/1',
  claims: [anEntry('n1', more)],
});
const one = (node: Parameters<typeof aNode>[1], status: object, view: object = staged): Snapshot =>
  aSnapshot({
    nodes: [aNode('n1', node), aNode('n2')],
    views: [aView(aNode('n1'), view), aView(aNode('n2'))],
    policies: [aPolicy({ status: status as ReturnType<typeof inLedger> })],
  });

const blocked = {
  previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [aPod('p', 'n1')] }]]),
  pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
};

/** Worlds in which nothing is left to do but wait. */
const worlds: readonly { readonly name: string; readonly world: Snapshot }[] = [
  { name: 'no policy', world: aSnapshot({ policies: [], nodes: [aNode('n1')] }) },
  { name: 'a policy without nodes', world: aSnapshot() },
  { name: 'all up to date', world: one({}, { observedGeneration: 1, fence: 'me/1' }, {}) },
  {
    name: 'a held node',
    world: one({ annotations: { [holdKey]: 'x' } }, { observedGeneration: 1, fence: 'me/1' }),
  },
  {
    name: 'a foreign cordon',
    world: one(
      { unschedulable: true, annotations: { [keepCordonedKey]: 'x' } },
      { observedGeneration: 1, fence: 'me/1' },
    ),
  },
  {
    name: 'a node that is NotReady',
    world: one({ ready: false, readySince: noon - hour }, { observedGeneration: 1, fence: 'me/1' }),
  },
  {
    name: 'a budget that blocks',
    world: { ...one({}, { observedGeneration: 1, fence: 'me/1' }), ...blocked },
  },
  {
    name: 'a drain that waits for a budget',
    world: {
      ...one({ claim: aClaim('n1') }, inLedger()),
      pods: new Map([['n1', [aPod('p', 'n1')]]]),
      pdbs: blocked.pdbs,
      evictions: new Map([
        [
          'uid-p',
          {
            kind: 'Refused',
            refusal: { kind: 'Budget', pdb: 'web', message: '' },
            at: noon,
            since: noon,
            notBefore: noon + minute,
          },
        ],
      ]),
    },
  },
  {
    name: 'a reboot under way',
    world: {
      ...one({ claim: aClaim('n1', { order: anOrder('n1', minute) }) }, inLedger()),
      tasks: new Map([['uid-n1', aTask(aNode('n1'), { task: 'Reboot', terminal: true })]]),
    },
  },
  {
    name: 'a node that never returned',
    world: one(
      { claim: aClaim('n1', { order: anOrder('n1', hour) }), ready: false, readySince: noon - hour },
      inLedger(),
    ),
  },
  {
    name: 'a node whose health is not met',
    world: one(
      { claim: aClaim('n1', { order: anOrder('n1', hour), ready: ['kube-system/agent'] }), ...newBoot },
      inLedger(),
    ),
  },
  {
    name: 'a node that soaks',
    world: one(
      { ...newBoot, readySince: noon - minute },
      inLedger({ phase: 'Soaking', until: ahead(10 * second) }),
      {
        version: '1.21.0',
        inspectedBootID: 'boot-n1-2',
        inspectedImage: newBoot.osImage,
      },
    ),
  },
  {
    name: 'a node that soaks and claims to be Ready since tomorrow',
    world: one(
      { ...newBoot, readySince: noon + 24 * hour },
      inLedger({ phase: 'Soaking', until: ahead(10 * second) }),
      {
        version: '1.21.0',
        inspectedBootID: 'boot-n1-2',
        inspectedImage: newBoot.osImage,
      },
    ),
  },
  {
    name: 'a node that is unhealthy in its soak',
    world: one(
      { ...newBoot, ready: false, readySince: noon - hour },
      inLedger({ phase: 'Soaking', until: ago(hour) }),
    ),
  },
  {
    name: 'a node that is unhealthy in its soak, under a new token',
    world: {
      ...one(
        { ...newBoot, ready: false, readySince: noon - hour },
        inLedger({ phase: 'Soaking', until: ago(hour) }),
      ),
      policies: [
        aPolicy({
          spec: { retry: { token: 'new' } },
          status: inLedger({ phase: 'Soaking', until: ago(hour) }),
        }),
      ],
    },
  },
  {
    name: 'a rollout that is halted',
    world: one(
      {},
      {
        observedGeneration: 1,
        fence: 'me/1',
        failures: [
          {
            node: 'n2',
            nodeUID: 'uid-n2',
            version: '1.21.0',
            attempt: 'a',
            reason: 'FellBack',
            at: ago(hour),
          },
        ],
      },
    ),
  },
  {
    name: 'a tie',
    world: aSnapshot({ nodes: [aNode('n1')], policies: [aPolicy(), aPolicy({ name: 'other' })] }),
  },
  {
    name: 'COS in mode Plan',
    world: aSnapshot({
      nodes: [aCosNode('n1')],
      views: [aView(aCosNode('n1'), { version: '1.0.1' })],
      policies: [aPolicy({ name: 'cos', spec: { os: 'ContainerOptimizedOS', mode: 'Plan' } })],
    }),
  },
  {
    name: 'an orphan that reboots',
    world: aSnapshot({
      nodes: [aNode('n1', { claim: aClaim('n1', { order: anOrder('n1', minute) }) })],
      tasks: [aTask(aNode('n1'), { task: 'Reboot', terminal: true })],
      policies: [],
    }),
  },
  {
    name: 'an orphan that never returned',
    world: aSnapshot({
      nodes: [
        aNode('n1', {
          claim: aClaim('n1', { order: anOrder('n1', hour) }),
          ready: false,
          readySince: noon - hour,
        }),
      ],
      policies: [],
    }),
  },
];

const inWaves = (rollout: object, status: object = {}) => ({
  policies: [aPolicy({ spec: { rollout }, status: { observedGeneration: 1, fence: 'me/1', ...status } })],
});
const canary = { waves: [{ name: 'canary', nodes: 1, soak: '1h' }] };
const verified = { from: '1.19.0', to: '1.20.0', at: ago(minute), seconds: { drain: 1, reboot: 1 } };

/** The same, in waves and zones. */
const wavesAndZones: typeof worlds = [
  {
    name: 'waves with nothing behind',
    world: { ...one({}, {}, {}), ...inWaves(canary) },
  },
  {
    name: 'a wave that soaks',
    world: {
      ...aSnapshot({
        nodes: [aNode('n1'), aNode('n2')],
        views: [
          aView(aNode('n1'), { wave: 'canary', lastUpdate: verified }),
          aView(aNode('n2'), { ...staged, wave: '' }),
        ],
      }),
      ...inWaves(canary),
    },
  },
  {
    name: 'a wave that waits for a node that is NotReady',
    world: { ...one({ ready: false, readySince: noon - hour }, {}), ...inWaves(canary) },
  },
  {
    name: 'waves that are gone from the spec',
    world: {
      ...aSnapshot({ nodes: [aNode('n1')], views: [aView(aNode('n1'), { wave: 'canary' })] }),
      ...inWaves({}, { currentWave: 'canary', waves: [{ name: 'canary', nodes: 1, done: 0 }] }),
    },
  },
  {
    name: 'a zone that is used up',
    world: {
      ...one({ ready: false, readySince: noon - hour }, {}),
      ...inWaves({ maxUnavailable: 2, topology: { key: 'zone' } }),
    },
  },
];

describe('with nothing to do but wait', () => {
  it.each([...worlds, ...wavesAndZones])(
    '$name is a fixed point: the third pass writes nothing',
    ({ world }) => {
      const settled = after(after(world));
      for (const { uid } of settled.policies) {
        const plan = planPolicy(settled, uid);
        expect(plan.status).toBeUndefined();
        expect(plan.views).toEqual([]);
        expect(plan.steps).toEqual([]);
        expect(plan.announcements).toEqual([]);
      }
      const orphans = planOrphans(settled);
      expect(orphans.views).toEqual([]);
      expect(orphans.steps).toEqual([]);
      expect(orphans.staleViews).toEqual([]);
    },
  );
});
