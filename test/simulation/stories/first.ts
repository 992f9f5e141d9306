/** How nodes are updated, and what may come between. */
import type { Scenario } from '../scenario.ts';
import { aStory, cos, hour, minute } from './a-story.ts';

export const firstStories: Readonly<Record<string, Scenario>> = {
  'bottlerocket-quiet': aStory({}),
  'cos-quiet': aStory({
    machines: [
      ...cos('n1', 'n2'),
      { name: 'n3', os: 'ContainerOptimizedOS', version: '18613.164.98', offer: '18613.164.98' },
    ],
  }),
  'budget-blocks-drain': aStory({
    workloads: [{ name: 'web', replicas: 3, pdb: 0, stops: 4000 }],
    deeds: [{ at: 20 * minute, what: { do: 'pdb', workload: 'web', maxUnavailable: 1 } }],
  }),
  'falls-back-and-halts': aStory({ rates: { fallsBack: 1 }, calmAt: hour }),
  'never-returns': aStory({
    rates: { neverReturns: 1 },
    spec: { reboot: { timeout: '10m' }, rollout: { maxFailures: 3 } },
    calmAt: 40 * minute,
  }),
  'paused-in-mid-drain': aStory({
    workloads: [{ name: 'web', replicas: 3, pdb: 1, stops: 25_000 }],
    deeds: [
      { at: 75_000, what: { do: 'edit', policy: 'bottlerocket', spec: { paused: true } } },
      { at: 10 * minute, what: { do: 'edit', policy: 'bottlerocket', spec: { paused: false } } },
    ],
  }),
  'uncordoned-by-somebody': aStory({
    workloads: [{ name: 'web', replicas: 3, pdb: 1, stops: 25_000 }],
    deeds: [{ at: 75_000, what: { do: 'uncordon', node: 'n1' } }],
    spec: { retry: { backoff: '5m' } },
  }),
  'leader-dies-again-and-again': aStory({ rates: { crashAfter: 0.15, crashBefore: 0.05 }, replicas: 2 }),
  'pod-comes-back': aStory({
    workloads: [{ name: 'sticky', replicas: 2, comesBack: true, stops: 1000 }],
    spec: { retry: { backoff: '10m' } },
    calmAt: 35 * minute,
  }),
  'policy-deleted-in-mid-reboot': aStory({
    deeds: [
      { at: 90_000, what: { do: 'deletePolicy', policy: 'bottlerocket' } },
      { at: 20 * minute, what: { do: 'remakePolicy', policy: 'bottlerocket' } },
    ],
  }),
  'stage-fails-until-retried': aStory({
    machines: cos('n1', 'n2'),
    rates: { stageFails: 1 },
    spec: { retry: { limit: 2, backoff: '1m' }, rollout: { maxFailures: 2 } },
    calmAt: 30 * minute,
  }),
  'exact-target-downgrade': aStory({
    machines: ['n1', 'n2'].map((name) => ({
      name,
      os: 'Bottlerocket',
      version: '1.20.0',
      offer: '1.21.0',
      older: ['1.19.0'],
      ...(name === 'n2' ? { lock: 'v1.20.0' } : {}),
    })),
    spec: { target: { version: '1.19.0' } },
  }),
  'wave-ignored-and-policy-deleted': aStory({
    machines: ['n1', 'n2'].map((name) => ({
      name,
      os: 'Bottlerocket',
      version: '1.20.0',
      offer: '1.21.0',
      gated: true,
    })),
    spec: { bottlerocket: { ignoreWaves: true } },
    deeds: [
      // n1 boots, n2 is staged: both get their settings back without a policy.
      { at: 2 * minute, what: { do: 'deletePolicy', policy: 'bottlerocket' } },
      { at: 20 * minute, what: { do: 'remakePolicy', policy: 'bottlerocket' } },
    ],
  }),
  'lock-set-by-a-person-in-mid-rollout': aStory({
    machines: ['n1', 'n2'].map((name) => ({ name, os: 'Bottlerocket', version: '1.20.0', offer: '1.21.0' })),
    spec: { target: { version: '1.21.0' } },
    deeds: [{ at: minute, what: { do: 'lock', node: 'n2', version: '1.20.0' } }],
  }),
  'node-remade-in-mid-reboot': aStory({ deeds: [{ at: 90_000, what: { do: 'remake', node: 'n1' } }] }),
};
