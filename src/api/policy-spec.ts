/** `ContainerOSPolicy.spec`: what users write. `os` and nothing else is a complete policy. */
import { z } from 'zod';
import { duration } from './duration.ts';
import { health } from './health.ts';
import { hooks } from './hooks.ts';
import { intOrPercent } from './int-or-percent.ts';
import { labelSelector } from './label-selector.ts';
import { hostCommands, osName } from './os.ts';
import { rules } from './rule.ts';
import { schedule } from './schedule.ts';
import { target } from './target.ts';
import { latest } from './target-version.ts';
import { topology, waves } from './waves.ts';

const rollout = z
  .object({
    maxUnavailable: intOrPercent(
      'How many nodes of this policy may be out of service at once, as a number or as a percentage of the nodes that this policy owns (rounded down, at least 1). Nodes that are NotReady or cordoned for any other cause count. At most 200 nodes are claimed at once.',
    ).default(1),
    ignoreUnavailable: labelSelector(
      'Nodes that do not count as unavailable when they are NotReady or cordoned for another cause.',
    ).exactOptional(),
    topology: topology.exactOptional(),
    waves: waves.exactOptional(),
    soak: duration({
      description: 'How long a node must stay healthy after it was uncordoned before its slot is free.',
    }).default('30s'),
    maxFailures: intOrPercent(
      'So many failed nodes halt the rollout until a person acts, as a number or as a percentage of the nodes that this policy owns (rounded down, at least 1).',
    ).default(1),
    prefetch: z
      .object({
        enabled: z.boolean().default(true).meta({
          description:
            'Download the new version to nodes before their turn comes. Ignored where downloading already activates it (ContainerOptimizedOS).',
        }),
        maxConcurrent: intOrPercent(
          'How many nodes may download at once, as a number or as a percentage of the nodes that this policy owns.',
        ).default(10),
      })
      .prefault({})
      .meta({ description: 'Downloading ahead of the rollout.' }),
  })
  .prefault({})
  .meta({ description: 'How many nodes at once, and when to stop.' });

const drain = z
  .object({
    timeout: duration({
      least: '1s',
      description: 'How long a node may take to drain, from its cordon.',
    }).default('30m'),
    gracePeriodSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .exactOptional()
      .meta({ description: "Seconds that each pod gets to stop, in place of the pod's own grace period." }),
    deleteEmptyDirData: z.boolean().default(true).meta({
      description:
        'Whether pods with emptyDir volumes are evicted, which loses the data in them. If false such a pod blocks the drain and is named.',
    }),
    force: z.boolean().default(false).meta({
      description:
        'Whether pods without a controller are evicted; nothing brings them back. If false such a pod blocks the drain and is named.',
    }),
    skipPods: labelSelector(
      'Pods that the drain leaves where they are; they are stopped by the reboot.',
    ).exactOptional(),
    skipTerminatingOlderThan: duration({
      description:
        'A pod that has been terminating for longer than this past its grace period is no longer waited for.',
    }).exactOptional(),
    onTimeout: z.enum(['Release', 'Fail']).default('Release').meta({
      description:
        'What a drain that takes too long does: `Release` uncordons the node and tries again later, `Fail` also counts it to `rollout.maxFailures`.',
    }),
  })
  .prefault({})
  .meta({ description: 'How pods leave a node. PodDisruptionBudgets are always honoured.' });

const reboot = z
  .object({
    timeout: duration({
      least: '1s',
      description: 'How long a node may take from the reboot order until it is verified.',
    }).default('20m'),
  })
  .prefault({})
  .meta({ description: 'The reboot.' });

const retry = z
  .object({
    limit: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .meta({ description: 'How many attempts a node gets for one version.' }),
    backoff: duration({
      least: '1s',
      description: 'The wait after the first failed attempt; it doubles with each further one, up to 6h.',
    }).default('10m'),
    token: z.string().max(128).exactOptional().meta({
      description:
        'Any text. A value that differs from `status.retryToken` clears a halt and all attempts, once.',
    }),
  })
  .prefault({})
  .meta({ description: 'What happens after a failed attempt.' });

// No default of their own: the API server would write them into the policies of the other operating system too.
const bottlerocket = z
  .object({
    ignoreWaves: z.boolean().default(false).meta({
      description:
        "Take a release as soon as it is published, before its wave reaches the node. The host's own setting is changed for the update and put back after it.",
    }),
  })
  .meta({ description: 'What only Bottlerocket knows.' });

const containerOptimizedOS = z
  .object({
    startUpdateEngine: z.boolean().default(false).meta({
      description:
        'Start a stopped update-engine.service before asking it. Its own periodic checks start with it.',
    }),
    checkForUpdate: z.boolean().default(true).meta({
      description:
        'Ask update_engine for a check, which installs what it finds. If false only what the host staged by itself is taken.',
    }),
    hostCommand: z.enum(hostCommands).default('Chroot').meta({
      description:
        "How the host's own programs are run: `Chroot` into its root, or `Nsenter` into its mount namespace (needs a privileged Pod and the chart's value containerOptimizedOS.nsenter).",
    }),
  })
  .meta({ description: 'What only Container-Optimized OS knows.' });

export const policySpec = rules(
  z.object({
    os: osName.meta({ description: 'The operating system whose nodes this policy manages.' }),
    nodeSelector: labelSelector(
      'The nodes, by their labels. Left out: all nodes of this operating system.',
    ).exactOptional(),
    includeControlPlane: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether control-plane nodes are managed too, always one at a time.' }),
    priority: z.int().min(-1_000_000).max(1_000_000).default(0).meta({
      description:
        'A node that several policies select belongs to the one with the highest priority. A tie belongs to none, and both policies say so.',
    }),
    mode: z
      .enum(['Apply', 'Plan'])
      .default('Apply')
      .meta({ description: '`Plan` inspects nodes and reports what would be done, and changes nothing.' }),
    paused: z.boolean().default(false).meta({
      description:
        'Starts nothing new. Nodes without a reboot order are put back into service, nodes with one finish.',
    }),
    target,
    checkInterval: duration({
      least: '5m',
      description: 'How often a node is asked what it runs and what it is offered.',
    }).default('6h'),
    schedule: schedule.exactOptional(),
    rollout,
    drain,
    reboot,
    health: health.exactOptional(),
    hooks: hooks.exactOptional(),
    retry,
    bottlerocket: bottlerocket.exactOptional(),
    containerOptimizedOS: containerOptimizedOS.exactOptional(),
  }),
  [
    {
      cel: "self.os != 'ContainerOptimizedOS' || !has(self.target) || !has(self.target.version) || self.target.version == 'Latest'",
      message:
        'must be `Latest` where `os` is ContainerOptimizedOS: its update server alone chooses the version',
      messageExpression: `'"' + self.target.version + '" must be \`Latest\` where \`os\` is ContainerOptimizedOS: its update server alone chooses the version'`,
      fieldPath: '.target.version',
      holds: ({ os, target: { version } }) => os !== 'ContainerOptimizedOS' || version === latest,
    },
    {
      cel: "self.os == 'Bottlerocket' || !has(self.bottlerocket)",
      message: 'must be left out unless `os` is Bottlerocket',
      fieldPath: '.bottlerocket',
      holds: ({ os, bottlerocket: options }) => os === 'Bottlerocket' || options === undefined,
      reason: 'FieldValueForbidden',
    },
    {
      cel: "self.os == 'ContainerOptimizedOS' || !has(self.containerOptimizedOS)",
      message: 'must be left out unless `os` is ContainerOptimizedOS',
      fieldPath: '.containerOptimizedOS',
      holds: ({ os, containerOptimizedOS: options }) =>
        os === 'ContainerOptimizedOS' || options === undefined,
      reason: 'FieldValueForbidden',
    },
  ],
  { description: 'What should be true of the nodes.' },
);

export type PolicySpec = z.output<typeof policySpec>;
