/** What becomes of nodes when policies, kinds or the whole installation change under them. */
import type { Deed, Scenario } from '../scenario.ts';
import { aStory, bottlerocket, cos, minute } from './a-story.ts';

const policy = 'bottlerocket';
/** Long enough for a deed to meet a drain. */
const slow: Scenario['workloads'] = [{ name: 'web', replicas: 3, pdb: 1, stops: 25_000 }];
const two = (more: object) => ({ rollout: { maxUnavailable: 2 }, ...more });
const at = (ms: number, what: Deed['what']): Deed => ({ at: ms, what });

const withCosPolicy = (story: Scenario): Scenario => ({
  ...story,
  policies: [
    ...story.policies,
    { name: 'cos', spec: { os: 'ContainerOptimizedOS', priority: -1, checkInterval: '48h' } },
  ],
});

export const lifecycleStories: Readonly<Record<string, Scenario>> = {
  // One node drains and another one reboots.
  'uninstalled-in-mid-rollout': aStory({
    workloads: slow,
    spec: two({}),
    deeds: [at(20_000, { do: 'uninstall' }), at(20 * minute, { do: 'install' })],
  }),
  'uninstalled-without-hooks-and-installed-again': aStory({
    workloads: slow,
    spec: two({}),
    deeds: [
      at(20_000, { do: 'uninstallNoHooks' }),
      at(25_000, { do: 'deletePolicy', policy }),
      at(10 * minute, { do: 'install' }),
      at(20 * minute, { do: 'remakePolicy', policy }),
    ],
  }),
  'uninstalled-with-settings-to-put-back': aStory({
    machines: bottlerocket('n1', 'n2').map((machine) => ({ ...machine, gated: true })),
    spec: { bottlerocket: { ignoreWaves: true } },
    deeds: [at(25_000, { do: 'uninstall' }), at(20 * minute, { do: 'install' })],
  }),
  'uninstalled-while-a-node-never-returns': aStory({
    machines: bottlerocket('n1', 'n2'),
    workloads: [],
    rates: { neverReturns: 1 },
    spec: { reboot: { timeout: '5m' } },
    deeds: [at(60_000, { do: 'uninstall' }), at(20 * minute, { do: 'install' })],
    calmAt: 40 * minute,
  }),
  'uninstalled-on-cos-before-the-kinds-were': aStory({
    machines: cos('n1', 'n2'),
    deeds: [
      at(45_000, { do: 'deleteKinds' }),
      at(46_000, { do: 'uninstall' }),
      at(20 * minute, { do: 'restoreKinds' }),
      at(21 * minute, { do: 'install' }),
    ],
  }),
  'upgraded-in-mid-rollout': aStory({
    workloads: slow,
    replicas: 2,
    deeds: [at(3000, { do: 'upgrade' }), at(70_000, { do: 'upgrade' }), at(2 * minute, { do: 'upgrade' })],
  }),
  'kinds-deleted-and-applied-again': aStory({
    workloads: slow,
    spec: two({}),
    deeds: [at(20_000, { do: 'deleteKinds' }), at(10 * minute, { do: 'restoreKinds' })],
  }),
  // n2 drains; the node of the other system had a policy of its own, which comes second now.
  'os-of-the-policy-changed': withCosPolicy(
    aStory({
      machines: [...bottlerocket('n1', 'n2'), ...cos('n3')],
      workloads: slow,
      deeds: [
        at(20_000, { do: 'edit', policy, spec: { os: 'ContainerOptimizedOS' } }),
        at(30 * minute, { do: 'edit', policy, spec: { os: 'Bottlerocket' } }),
      ],
    }),
  ),
  'selector-changed-under-a-draining-node': aStory({
    workloads: slow,
    machines: bottlerocket('n1', 'n2').map((machine, i) => ({
      ...machine,
      labels: { pool: i === 0 ? 'a' : 'b' },
    })),
    deeds: [
      at(20_000, { do: 'edit', policy, spec: { nodeSelector: { matchLabels: { pool: 'none' } } } }),
      at(10 * minute, { do: 'edit', policy, spec: { nodeSelector: null } }),
    ],
  }),
  'target-changed-in-mid-rollout': aStory({
    machines: bottlerocket('n1', 'n2').map((machine) => ({ ...machine, older: ['1.19.0'] })),
    workloads: slow,
    deeds: [at(62_000, { do: 'edit', policy, spec: { target: { version: '1.19.0' } } })],
  }),
  'node-remade-under-its-name-while-it-drains': aStory({
    workloads: slow,
    deeds: [at(70_000, { do: 'remake', node: 'n1' })],
  }),
};
