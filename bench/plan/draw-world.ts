/** Worlds as the operator sees them in the middle of a rollout: a third is done, every slot is in use, and the others are staged. */
import type { NodeFacts, NodeView, PodFacts } from '../../src/plan/facts.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anEntry,
  anOrder,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  bottlerocketImage,
  hour,
  minute,
  staged,
} from '../../test/support/builders.ts';
import { type Random, randomOf } from '../../test/simulation/random.ts';

const slots = 30;
const podsOfNode = 20;
const budgets = 100;
export const policyUID = 'uid-bottlerocket';

/** A world that all passes before have been written to: what is left is what each pass costs. */
export function drawWorld(nodes: number, spec: Readonly<Record<string, unknown>>): Snapshot {
  const random = randomOf(nodes, 'plan');
  const drawn = Array.from({ length: nodes }, (_, index) => drawNode(random, index, Math.floor(nodes / 3)));
  const claimed = drawn.filter(({ entry }) => entry !== undefined);
  let world: Snapshot = aSnapshot({
    nodes: drawn.map(({ node }) => node),
    views: drawn.map(({ view }) => view),
    policies: [
      aPolicy({
        spec: { ...spec, rollout: { maxUnavailable: slots, ...rolloutOf(spec) } },
        status: {
          observedGeneration: 1,
          fence: 'me/1',
          claims: claimed.flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
          rollout: { target: '1.21.0', startedAt: ago(hour), updated: Math.floor(nodes / 3), failed: 3 },
        },
      }),
    ],
    pdbs: Array.from({ length: budgets }, (_, index) =>
      aPdb(`app-${index}`, { selector: { matchLabels: { app: `app-${index}` } } }),
    ),
    pods: new Map(claimed.map(({ node }) => [node.name, podsOn(random, node)])),
    previews: new Map(),
  });
  // What the first passes have to say is said: a wave that every view notes, say.
  for (let pass = 0; pass < 4; pass += 1) world = written(world);
  return world;
}

const rolloutOf = (spec: Readonly<Record<string, unknown>>): object =>
  typeof spec['rollout'] === 'object' ? { ...spec['rollout'] } : {};

interface Drawn {
  readonly node: NodeFacts;
  readonly view: NodeView;
  readonly entry?: ReturnType<typeof anEntry>;
}

function drawNode(random: Random, index: number, done: number): Drawn {
  const name = `node-${String(index).padStart(5, '0')}`;
  const labels = {
    'kubernetes.io/hostname': name,
    'topology.kubernetes.io/zone': `zone-${String(index % 3)}`,
    ...(index % 50 === 0 ? { tier: 'canary' } : {}),
  };
  const seconds = { drain: random.int(5, 400), reboot: random.int(40, 180), verify: random.int(1, 20) };
  if (index < done || index % 50 === 0) {
    const node = aNode(name, { labels, osImage: bottlerocketImage('1.21.0'), bootID: `boot-${name}-2` });
    const at = ago(10 * minute + index);
    const lastUpdate = { from: '1.20.0', to: '1.21.0', at, seconds };
    return { node, view: aView(node, { version: '1.21.0', lastUpdate }) };
  }
  const lastUpdate = { from: '1.19.0', to: '1.20.0', at: ago(700 * hour), seconds };
  if (index >= done + slots) {
    const node = aNode(name, { labels });
    return { node, view: aView(node, { ...staged, lastUpdate }) };
  }
  const entry = anEntry(name);
  const claim = aClaim(name, index % 2 === 0 ? {} : { order: anOrder(name, minute / 2) });
  const node = aNode(name, { labels, claim });
  return { node, entry, view: aView(node, { ...staged, lastUpdate }) };
}

const podsOn = (random: Random, { name }: NodeFacts): readonly PodFacts[] =>
  Array.from({ length: podsOfNode }, (_, index) =>
    aPod(`pod-${name}-${index}`, name, { labels: { app: `app-${random.int(0, budgets - 1)}` } }),
  );

/** The world in which what a pass says is written, and nothing else has changed. */
function written(world: Snapshot): Snapshot {
  const { status, views: writes } = planPolicy(world, policyUID);
  const views = new Map(world.views);
  for (const { node, nodeUID, status: told } of writes)
    views.set(node, { name: node, uid: `view-${node}`, resourceVersion: '2', nodeUID, status: told });
  return {
    ...world,
    views,
    policies: world.policies.map((policy) => (status === undefined ? policy : { ...policy, status })),
  };
}

/** What rollout control adds to a policy that says nothing but its OS. */
export const fields: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'nothing else': {},
  'paused: no choice, no estimate': { paused: true },
  windows: { schedule: scheduleOf() },
  waves: { rollout: wavesOf() },
  'windows, waves, zones': {
    schedule: scheduleOf(),
    rollout: { ...wavesOf(), topology: { key: 'topology.kubernetes.io/zone', maxUnavailable: slots } },
  },
  'the same in mode Plan': {
    mode: 'Plan',
    schedule: scheduleOf(),
    rollout: { ...wavesOf(), topology: { key: 'topology.kubernetes.io/zone', maxUnavailable: slots } },
  },
};

function scheduleOf(): object {
  return {
    timeZone: 'Europe/Berlin',
    windows: [
      { start: '0 22 * * 1-5', duration: '8h' },
      { start: '0 12 * * *', duration: '4h' },
    ],
    blackouts: [{ from: ahead(40 * hour), to: ahead(60 * hour), reason: 'a release' }],
  };
}

function wavesOf(): object {
  return {
    waves: [
      { name: 'canary', selector: { matchLabels: { tier: 'canary' } }, soak: '5m' },
      { name: 'half', nodes: '50%', soak: '30m' },
      { name: 'rest' },
    ],
  };
}
