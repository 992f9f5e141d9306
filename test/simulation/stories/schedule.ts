/** Rollouts that wait for windows, and people who do not. Runs begin at noon UTC on Monday, 2 March 2026, unless they say otherwise. */
import type { Scenario } from '../scenario.ts';
import { aStory, bottlerocket, cos, hour, minute } from './a-story.ts';

const window = (start: string, duration: string): object => ({ windows: [{ start, duration }] });
/** So that nodes fit before anything is learned. */
const quick = { drain: { timeout: '5m' }, reboot: { timeout: '5m' } };
const calm = { calmAt: 20 * hour, endAt: 24 * hour } as const;

export const scheduleStories: Readonly<Record<string, Scenario>> = {
  // From 22:00 on Monday to 02:00 on Tuesday in Berlin.
  'window-over-midnight': aStory({
    startsAt: '2026-03-02T20:50:00Z',
    spec: {
      schedule: { ...window('0 22 * * 1', '4h'), timeZone: 'Europe/Berlin' },
      rollout: { soak: '70m' },
      ...quick,
    },
    calmAt: 6 * hour,
    endAt: 10 * hour,
  }),
  'window-closes-in-mid-rollout': aStory({
    spec: {
      schedule: window('0 * * * *', '13m'),
      ...quick,
      rollout: { soak: '5m' },
    },
    workloads: [{ name: 'web', replicas: 3, pdb: 1, stops: 45_000 }],
  }),
  'blackout-in-a-window': aStory({
    spec: {
      ...quick,
      schedule: {
        ...window('0 12 * * *', '4h'),
        blackouts: [
          { from: '2026-03-02T12:03:00Z', to: '2026-03-02T13:00:00Z', reason: 'the launch of the shop' },
        ],
      },
    },
  }),
  // Clocks go from 02:00 to 03:00: the window that would open at 02:30 opens at the jump, for its full length.
  'night-without-half-past-two': aStory({
    startsAt: '2026-03-29T00:30:00Z',
    machines: bottlerocket('n1', 'n2'),
    spec: { schedule: { ...window('30 2 * * *', '30m'), timeZone: 'Europe/Berlin' }, ...quick },
  }),
  // Clocks go from 03:00 to 02:00: 02:30 comes twice, and the window opens the first time only.
  'night-with-two-half-past-twos': aStory({
    startsAt: '2026-10-25T00:20:00Z',
    machines: bottlerocket('n1', 'n2'),
    spec: {
      schedule: { ...window('30 2 * * *', '11m'), timeZone: 'Europe/Berlin' },
      ...quick,
      rollout: { soak: '10m' },
    },
    calmAt: 25 * hour,
    endAt: 28 * hour,
  }),
  'window-too-short-until-lengthened': aStory({
    machines: bottlerocket('n1', 'n2'),
    spec: { schedule: window('0 12 * * *', '45m') },
    deeds: [
      {
        at: 5 * minute,
        what: { do: 'edit', policy: 'bottlerocket', spec: { schedule: window('0 12 * * *', '2h') } },
      },
    ],
  }),
  'window-that-never-opens': aStory({
    machines: bottlerocket('n1', 'n2'),
    spec: { schedule: window('0 0 30 2 *', '4h') },
    rightSpec: { schedule: window('0 12 * * *', '4h') },
    calmAt: 10 * minute,
  }),
  'update-now-on-a-cordoned-node': aStory({
    machines: bottlerocket('n1', 'n2'),
    spec: { schedule: window('0 16 * * *', '4h'), ...quick },
    deeds: [
      { at: minute, what: { do: 'cordon', node: 'n2' } },
      { at: 2 * minute, what: { do: 'updateNow', node: 'n2' } },
      { at: 30 * minute, what: { do: 'uncordon', node: 'n2' } },
    ],
    calmAt: 6 * hour,
    endAt: 10 * hour,
  }),
  'update-now-teaches-how-long-it-takes': aStory({
    // No window fits the timeouts; once one node was updated by a person's wish, what it took fits.
    spec: { schedule: window('0 * * * *', '30m'), reboot: { timeout: '20m' } },
    deeds: [{ at: 3 * minute, what: { do: 'updateNow', node: 'n1' } }],
  }),
  'learned-durations-let-more-nodes-in': aStory({
    // 20 minutes by the timeouts, 2 as it turns out: the last nodes would not fit otherwise.
    machines: bottlerocket('n1', 'n2', 'n3', 'n4', 'n5'),
    spec: {
      schedule: window('0 12 * * *', '24m'),
      drain: { timeout: '10m' },
      reboot: { timeout: '10m' },
    },
    ...calm,
  }),
  'cos-stages-in-the-window-only': aStory({
    machines: cos('n1', 'n2'),
    spec: { schedule: window('0 13 * * *', '2h') },
  }),
  // What is staged stays staged, and is not claimed before the blackout is over.
  'blackout-declared-while-cos-is-staged': aStory({
    machines: cos('n1', 'n2'),
    spec: { schedule: window('0 13 * * *', '4h') },
    deeds: [
      {
        at: hour + 10_000,
        what: {
          do: 'edit',
          policy: 'cos',
          spec: {
            schedule: {
              blackouts: [{ from: '2026-03-02T13:00:00Z', to: '2026-03-02T14:00:00Z', reason: 'an outage' }],
            },
          },
        },
      },
    ],
    calmAt: 6 * hour,
    endAt: 10 * hour,
  }),
};
