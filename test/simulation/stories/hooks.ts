/** Programs of people around the update of a node. */
import type { Scenario } from '../scenario.ts';
import { aStory, bottlerocket, hour, minute } from './a-story.ts';

const hook = { image: 'registry.example/hook:1' };
const beforeDrain = { hooks: { beforeDrain: hook } };
const afterUpdate = { hooks: { afterUpdate: hook } };
const both = { hooks: { beforeDrain: hook, afterUpdate: hook } };
const machines = bottlerocket('n1', 'n2');

export const hookStories: Readonly<Record<string, Scenario>> = {
  'hooks-quiet': aStory({ machines, spec: both }),
  'hook-before-drain-fails-and-halts': aStory({
    machines,
    spec: { ...beforeDrain, retry: { limit: 2, backoff: '2m' } },
    rates: { hookFails: 1 },
    calmAt: 20 * minute,
  }),
  'hook-before-drain-hangs': aStory({
    machines,
    spec: { ...beforeDrain, rollout: { maxFailures: 2 }, retry: { backoff: '5m' } },
    rates: { hookHangs: 1 },
    calmAt: 12 * minute,
  }),
  'hook-outlasts-the-drain': aStory({
    machines,
    spec: { ...beforeDrain, drain: { timeout: '3m' } },
    rates: { hookHangs: 1 },
    calmAt: 30 * minute,
  }),
  'hook-after-update-fails-until-retried': aStory({
    machines,
    spec: afterUpdate,
    rates: { hookFails: 1 },
    deeds: [{ at: 15 * minute, what: { do: 'retry', node: 'n1' } }],
    calmAt: 14 * minute,
  }),
  'nodes-go-down-and-reboot-while-hooks-run': aStory({
    seed: 2,
    machines,
    spec: { ...afterUpdate, rollout: { maxFailures: 5 } },
    rates: { notReadyPerHour: 12, selfRebootPerHour: 3 },
    calmAt: 8 * minute,
  }),
  'hook-taken-away-and-run-again': aStory({ machines, spec: both, rates: { hookLost: 0.5 }, calmAt: hour }),
  'hook-refused-by-a-quota': aStory({
    machines,
    spec: { ...beforeDrain, rollout: { maxFailures: 2 } },
    rates: { hookRefused: 1 },
    calmAt: 30 * minute,
  }),
  'hooks-while-the-leader-dies': aStory({
    machines,
    spec: both,
    rates: { crashAfter: 0.15, crashBefore: 0.05 },
    replicas: 2,
  }),
  'paused-while-a-hook-runs': aStory({
    machines,
    spec: beforeDrain,
    rates: { hookHangs: 1 },
    deeds: [
      { at: 80_000, what: { do: 'edit', policy: 'bottlerocket', spec: { paused: true } } },
      { at: 10 * minute, what: { do: 'edit', policy: 'bottlerocket', spec: { paused: false } } },
    ],
    calmAt: 9 * minute,
  }),
  'failed-hook-taken-out-of-the-policy': aStory({
    machines,
    spec: afterUpdate,
    rates: { hookFails: 1 },
    deeds: [{ at: 12 * minute, what: { do: 'edit', policy: 'bottlerocket', spec: { hooks: null } } }],
    calmAt: 40 * minute,
  }),
  'policy-deleted-while-a-hook-runs-after-the-update': aStory({
    machines,
    spec: afterUpdate,
    rates: { hookHangs: 1 },
    deeds: [
      { at: 4 * minute, what: { do: 'deletePolicy', policy: 'bottlerocket' } },
      { at: 20 * minute, what: { do: 'remakePolicy', policy: 'bottlerocket' } },
    ],
    calmAt: 15 * minute,
  }),
  'hooks-without-a-namespace': aStory({
    machines,
    spec: both,
    noHooks: true,
    deeds: [{ at: 10 * minute, what: { do: 'edit', policy: 'bottlerocket', spec: { hooks: null } } }],
    calmAt: hour,
  }),
};
