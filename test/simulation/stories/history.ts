/** Rollouts one after another, and how each ends. */
import type { Scenario } from '../scenario.ts';
import { aStory, cos, hour, minute } from './a-story.ts';

const edit = (at: number, spec: object): Scenario['deeds'][number] => ({
  at,
  what: { do: 'edit', policy: 'bottlerocket', spec },
});
const two = ['n1', 'n2'].map((name) => ({
  name,
  os: 'Bottlerocket' as const,
  version: '1.20.0',
  offer: '1.21.0',
  older: ['1.19.0'],
}));

export const historyStories: Readonly<Record<string, Scenario>> = {
  'history-of-two-rollouts': aStory({
    tellsTimes: true,
    machines: two,
    deeds: [
      { at: 30 * minute, what: { do: 'offer', node: 'n1', version: '1.22.0' } },
      { at: 30 * minute, what: { do: 'offer', node: 'n2', version: '1.22.0' } },
      { at: 31 * minute, what: { do: 'retry', node: 'n1' } },
      { at: 32 * minute, what: { do: 'retry', node: 'n2' } },
    ],
  }),
  'history-of-a-target-that-changes': aStory({
    tellsTimes: true,
    machines: two,
    spec: { target: { version: '1.21.0' } },
    deeds: [edit(100_000, { target: { version: '1.19.0' } })],
  }),
  'history-survives-the-leader': aStory({
    tellsTimes: true,
    rates: { crashAfter: 0.1, crashBefore: 0.05, repeated: 0.2, answerLost: 0.1 },
    calmAt: hour,
    replicas: 2,
  }),
  'history-of-a-failed-node': aStory({
    tellsTimes: true,
    rates: { fallsBack: 0.4 },
    spec: { rollout: { maxFailures: 3 }, retry: { backoff: '5m' } },
    calmAt: hour,
  }),
  // Each is asked in its own turn: until then it was the newest at its last check.
  'history-of-two-rollouts-of-cos': aStory({
    tellsTimes: true,
    machines: cos('n1', 'n2', 'n3'),
    workloads: [],
    spec: { checkInterval: '6h' },
    deeds: ['n1', 'n2', 'n3'].map((node) => ({
      at: hour,
      what: { do: 'offer', node, version: '18613.164.120' },
    })),
    calmAt: 2 * hour,
    endAt: 10 * hour,
  }),
  'history-of-cos-without-anything-newer': aStory({
    tellsTimes: true,
    machines: cos('n1', 'n2').map((machine) => ({ ...machine, offer: machine.version })),
  }),
};
