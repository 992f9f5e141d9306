/** One wave after another, zones, batches, and who comes first. */
import { zoneKey } from '../draw-waves.ts';
import type { Scenario } from '../scenario.ts';
import { aStory, bottlerocket, minute } from './a-story.ts';

const quick = [{ name: 'web', replicas: 3, stops: 4000 }];
const canary = { name: 'canary', nodes: 1, soak: '10m' };
const zones = (text: string): Scenario['machines'] =>
  bottlerocket(...Array.from(text, (_, i) => `n${i + 1}`)).map((machine, i) => {
    const zone = text[i] ?? '-';
    return zone === '-' ? machine : { ...machine, labels: { [zoneKey]: zone } };
  });
/** A new version is published, and people have the nodes asked at once. */
const offers = (at: number, version: string, ...names: string[]): Scenario['deeds'] =>
  names.flatMap((node) => [
    { at, what: { do: 'offer', node, version } },
    { at: at + 1000, what: { do: 'retry', node } },
  ]);

export const waveStories: Readonly<Record<string, Scenario>> = {
  'canary-then-rest': aStory({
    workloads: quick,
    spec: { rollout: { maxUnavailable: 2, waves: [canary] } },
  }),
  // No estimate, and no write, for as long as the budget refuses.
  'wave-held-up-by-a-budget': aStory({
    tellsTimes: true,
    machines: bottlerocket('n1', 'n2').map((machine) => ({ ...machine, labels: { node: machine.name } })),
    workloads: [{ name: 'web', replicas: 4, pdb: 0, stops: 4000 }],
    spec: {
      rollout: {
        waves: [{ name: 'canary', selector: { matchLabels: { node: 'n2' } } }, { name: 'rest' }],
      },
    },
  }),
  // The canary is asked about what n2 was offered before n2 gets it.
  'later-wave-hears-of-a-version-first': aStory({
    workloads: [],
    machines: bottlerocket('n1', 'n2'),
    spec: { rollout: { waves: [canary] } },
    deeds: [...offers(30 * minute, '1.22.0', 'n1', 'n2')].filter(
      ({ what }) => what.do === 'offer' || (what.do === 'retry' && what.node === 'n2'),
    ),
  }),
  'wave-soak-survives-the-leader': aStory({
    workloads: quick,
    kills: [6 * minute],
    spec: { rollout: { maxUnavailable: 2, waves: [canary] } },
  }),
  'wave-soak-survives-a-lost-view': aStory({
    workloads: quick,
    deeds: [
      { at: 5 * minute, what: { do: 'deleteView', node: 'n1' } },
      { at: 6 * minute, what: { do: 'scaleDown', node: 'n1' } },
    ],
    spec: { rollout: { maxUnavailable: 2, waves: [canary] } },
  }),
  'halt-in-the-first-wave': aStory({
    workloads: quick,
    rates: { fallsBack: 1 },
    calmAt: 30 * minute,
    spec: { rollout: { maxUnavailable: 3, waves: [canary] } },
  }),
  'node-joins-in-mid-rollout': aStory({
    machines: [
      ...bottlerocket('n1', 'n2', 'n3').map((machine) => ({ ...machine, labels: { pool: 'web' } })),
      {
        name: 'n0',
        os: 'Bottlerocket',
        version: '1.20.0',
        offer: '1.21.0',
        labels: { pool: 'web' },
        joinsAt: 90_000,
      },
    ],
    workloads: quick,
    spec: {
      rollout: {
        waves: [
          { name: 'canary', nodes: 1, soak: '2m' },
          { name: 'web', selector: { matchLabels: { pool: 'web' } } },
        ],
      },
    },
  }),
  'two-zones': aStory({
    machines: zones('aabb-'),
    workloads: quick,
    spec: { rollout: { maxUnavailable: 5, topology: { key: zoneKey } } },
  }),
  'zone-with-a-node-that-is-cordoned': aStory({
    machines: zones('aab'),
    workloads: quick,
    deeds: [
      { at: 500, what: { do: 'cordon', node: 'n1' } },
      { at: 20 * minute, what: { do: 'uncordon', node: 'n1' } },
    ],
    spec: { rollout: { maxUnavailable: 5, topology: { key: zoneKey } } },
  }),
  'budget-lowered-in-mid-rollout': aStory({
    machines: bottlerocket('n1', 'n2', 'n3', 'n4'),
    workloads: [{ name: 'web', replicas: 4, stops: 20_000 }],
    deeds: [
      { at: 50_000, what: { do: 'edit', policy: 'bottlerocket', spec: { rollout: { maxUnavailable: 1 } } } },
    ],
    spec: { rollout: { maxUnavailable: 3 } },
  }),
  'longest-first': aStory({
    machines: bottlerocket('n1', 'n2', 'n3', 'n4'),
    workloads: [],
    // The second time it is known how long each takes.
    deeds: offers(20 * minute, '1.22.0', 'n1', 'n2', 'n3', 'n4'),
    spec: { rollout: { waves: [{ name: 'canary', nodes: 1 }] } },
  }),
  'new-version-during-the-second-wave': aStory({
    machines: bottlerocket('n1', 'n2', 'n3', 'n4'),
    workloads: quick,
    deeds: offers(6 * minute, '1.22.0', 'n1', 'n2', 'n3', 'n4'),
    spec: { rollout: { waves: [{ name: 'canary', nodes: 1, soak: '1m' }] } },
  }),
  'two-workloads-in-one-batch': aStory({
    machines: bottlerocket('n1', 'n2', 'n3', 'n4', 'n5'),
    workloads: [
      { name: 'web', replicas: 3, pdb: 1, stops: 20_000 },
      { name: 'db', replicas: 3, pdb: 1, stops: 20_000 },
    ],
    spec: { rollout: { maxUnavailable: 4, waves: [{ name: 'canary', nodes: 1 }] } },
  }),
};
