/** `ContainerOSNode`: one per managed Node, status only. A view: deleting one costs only back-off memory. */
import { z } from 'zod';
import { osName } from './os.ts';

export const nodeStates = [
  'Unknown',
  'UpToDate',
  'Outdated',
  'Staging',
  'Staged',
  'Cordoning',
  'Draining',
  'Rebooting',
  'Verifying',
  'Soaking',
  'Failed',
  'Held',
  'Unsupported',
] as const;
export type NodeStateName = (typeof nodeStates)[number];

const text = (description: string) => z.string().max(1024).exactOptional().meta({ description });
const time = (description: string) => z.string().exactOptional().meta({ description, format: 'date-time' });

const attempts = z
  .object({
    version: z
      .string()
      .meta({ description: 'The version that was to be installed; empty where it was not known yet.' }),
    count: z.int().min(0).meta({ description: 'How many attempts failed.' }),
    attempt: z.string().meta({ description: 'Id of the last one.' }),
    reason: z.string().meta({ description: 'CamelCase reason of the last one.' }),
    message: z.string().max(1024).meta({ description: 'What went wrong, for people.' }),
    at: z.string().meta({ description: 'When the last one failed.', format: 'date-time' }),
    notBefore: z.string().meta({ description: 'No further attempt before this time.', format: 'date-time' }),
  })
  .meta({ description: 'Failed attempts at one version.' });
export type Attempts = z.infer<typeof attempts>;

export const nodeViewStatus = z
  .object({
    os: osName.exactOptional().meta({ description: 'The operating system.' }),
    policy: text('The policy that owns the node.'),
    version: text('The version that runs.'),
    variant: text('The variant that runs (Bottlerocket).'),
    architecture: text('The processor architecture.'),
    available: text('The newest version that the node is offered.'),
    offers: z.array(z.string().max(128)).max(20).exactOptional().meta({
      description:
        'All versions that the node was offered at its last inspection, the newest first (Bottlerocket).',
      'x-kubernetes-list-type': 'atomic',
    }),
    wave: text('The wave of its policy that it belongs to.'),
    staged: text('The version that is downloaded and boots next once activated.'),
    state: z.enum(nodeStates).exactOptional().meta({ description: 'Where the node is on its way.' }),
    reason: text('CamelCase reason where the state has one.'),
    unsupported: z
      .object({
        reason: z.string().meta({ description: 'CamelCase reason.' }),
        message: z.string().max(1024).meta({ description: 'For people, with what to do.' }),
      })
      .exactOptional()
      .meta({
        description: 'Why the node itself said at its last inspection that it cannot be updated in place.',
      }),
    since: time('Since when it is in this state.'),
    unhealthySince: time('During its soak: since when it has been unhealthy.'),
    because: text('Why it is where it is.'),
    target: text('The version that the node is to reach.'),
    attempts: z
      .array(attempts)
      .max(10)
      .exactOptional()
      .meta({ description: 'Failed attempts, per version.', 'x-kubernetes-list-type': 'atomic' }),
    retrySeen: text('The last value of the annotation containeros.dev/retry that was carried out.'),
    inspectedBootID: text('The boot id that the last inspection was made under.'),
    inspectedImage: text('The osImage of the Node when it was last inspected.'),
    inspectedAt: time('When the node was last inspected.'),
    asked: text(
      'What the last inspection asked for, where it was not simply the newest version: another version, or one ahead of its wave.',
    ),
    settings: z
      .object({
        versionLock: z.string().max(64).meta({ description: 'Its version-lock.' }),
        ignoreWaves: z.boolean().meta({ description: 'Its ignore-waves.' }),
      })
      .exactOptional()
      .meta({ description: "The host's own update settings at its last inspection (Bottlerocket)." }),
    checkedAt: time('When the update server was last asked through the node by a Stage.'),
    working: text('What the host was doing about its updates by itself when it was last asked.'),
    clockAheadSeconds: z.int().exactOptional().meta({
      description: "How far the node's clock was ahead of the operator's when its last task answered.",
    }),
    lastUpdate: z
      .object({
        from: z.string().meta({ description: 'The version before.' }),
        to: z.string().meta({ description: 'The version after.' }),
        at: z.string().meta({ description: 'When it was verified.', format: 'date-time' }),
        seconds: z.record(z.string(), z.int()).meta({ description: 'Seconds that each step took.' }),
      })
      .exactOptional()
      .meta({ description: 'The last update.' }),
  })
  .meta({ description: 'What is known of the node.' });

export type NodeViewStatus = z.infer<typeof nodeViewStatus>;
