/** Which versions are taken, and when: denied, too young, not approved, failed before. */
import type { Deed, Scenario } from '../scenario.ts';
import { aStory, bottlerocket, cos, hour, minute } from './a-story.ts';

const edit = (at: number, target: object, policy = 'bottlerocket'): Deed => ({
  at,
  what: { do: 'edit', policy, spec: { target } },
});

/** In whose repository are two that are newer than what they run. */
const withTwo = (...names: string[]): Scenario['machines'] =>
  bottlerocket(...names).map((machine) => ({ ...machine, older: ['1.20.5'] }));

export const versionStories: Readonly<Record<string, Scenario>> = {
  'approval-awaited-then-given': aStory({
    machines: bottlerocket('n1', 'n2'),
    spec: { target: { approval: 'Manual' } },
    rightSpec: { target: { approvedVersion: '1.21.0' } },
    deeds: [edit(30 * minute, { approvedVersion: '1.21.0' })],
  }),
  'approval-of-an-older-offered-version': aStory({
    machines: withTwo('n1', 'n2'),
    spec: { target: { approval: 'Manual', approvedVersion: '1.20.5' } },
    rightSpec: { target: { approvedVersion: '1.21.0' } },
    deeds: [edit(40 * minute, { approvedVersion: '1.21.0' })],
  }),
  'newest-denied': aStory({ machines: withTwo('n1', 'n2'), spec: { target: { deny: ['1.21.0'] } } }),
  'young-version-waited-for': aStory({
    machines: bottlerocket('n1', 'n2'),
    spec: { target: { minimumAge: '1h' } },
  }),
  'young-version-behind-a-wave': aStory({
    machines: bottlerocket('n1', 'n2').map((machine) => ({ ...machine, gated: true })),
    spec: { target: { minimumAge: '1h' }, bottlerocket: { ignoreWaves: true } },
  }),
  'waves-of-bottlerocket-come-later': aStory({
    machines: bottlerocket('n1', 'n2', 'n3').map((machine) =>
      machine.name === 'n1'
        ? machine
        : machine.name === 'n2'
          ? { ...machine, offer: machine.version }
          : { ...machine, gated: true },
    ),
    deeds: [
      // Asked again at any time, they say the same.
      ...['n1', 'n3', 'n2'].map((node, i): Deed => ({ at: (30 + i) * minute, what: { do: 'retry', node } })),
      { at: 60 * minute, what: { do: 'offer', node: 'n2', version: '1.21.0' } },
      { at: 61 * minute, what: { do: 'retry', node: 'n2' } },
    ],
  }),
  'cos-takes-a-denied-build-back': aStory({
    machines: cos('n1', 'n2'),
    spec: { target: { deny: ['18613.164.98'] } },
    rightSpec: { target: { deny: [] } },
    deeds: [edit(30 * minute, { deny: [] }, 'cos')],
  }),
  'cos-takes-a-young-build-back': aStory({
    machines: cos('n1', 'n2'),
    spec: { target: { minimumAge: '30m' } },
  }),
  'cos-approval-awaited-then-given': aStory({
    machines: cos('n1', 'n2'),
    spec: { target: { approval: 'Manual' } },
    rightSpec: { target: { approvedVersion: '18613.164.98' } },
    deeds: [edit(20 * minute, { approvedVersion: '18613.164.98' }, 'cos')],
  }),
  'cos-stages-what-is-denied-by-itself': aStory({
    machines: cos('n1'),
    spec: { target: { deny: ['18613.164.98'] }, checkInterval: '3h' },
    deeds: [{ at: 20 * minute, what: { do: 'selfStage', node: 'n1' } }],
    endAt: 5 * hour,
    calmAt: 2 * hour,
  }),
  'denied-after-it-was-staged': aStory({
    machines: withTwo('n1', 'n2'),
    // n1 is claimed by then and finishes; n2 is staged and waits for its turn.
    deeds: [edit(90_000, { deny: ['1.21.0'] })],
    rightSpec: { target: { deny: ['1.21.0'] } },
  }),
  'cos-denied-after-it-was-staged': aStory({
    machines: cos('n1', 'n2'),
    workloads: [{ name: 'web', replicas: 3, pdb: 0, stops: 4000 }],
    // No budget lets them drain: they are staged and not claimed.
    deeds: [
      edit(10 * minute, { deny: ['18613.164.98'] }, 'cos'),
      { at: 20 * minute, what: { do: 'pdb', workload: 'web', maxUnavailable: 1 } },
    ],
    rightSpec: { target: { deny: ['18613.164.98'] } },
  }),
  'fails-on-one-and-is-not-tried-on-others': aStory({
    machines: withTwo('n1', 'n2', 'n3'),
    rates: { fallsBack: 1 },
    // A newer version alone starts nothing: a person says that it may go on, and with what.
    deeds: [
      { at: 30 * minute, what: { do: 'offer', node: 'n2', version: '1.21.1' } },
      {
        at: 60.5 * minute,
        what: {
          do: 'edit',
          policy: 'bottlerocket',
          spec: { target: { deny: ['1.21.0', '1.21.1'] }, retry: { token: 'without 1.21' } },
        },
      },
    ],
    calmAt: 61 * minute,
    rightSpec: { target: { deny: ['1.21.0', '1.21.1'] } },
  }),
  'downgrade-drains-and-waits-for-no-age': aStory({
    machines: bottlerocket('n1', 'n2').map((machine) => ({ ...machine, older: ['1.19.0'] })),
    spec: { target: { version: '1.19.0', minimumAge: '24h' } },
  }),
};
