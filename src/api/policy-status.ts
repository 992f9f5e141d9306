/** `ContainerOSPolicy.status`: what we report, and the two things that only one shared object can hold: the ledger and the fence. */
import { z } from 'zod';
import { condition } from './condition.ts';

const count = (description: string) => z.int().min(0).exactOptional().meta({ description });

export const ledgerEntry = z
  .object({
    node: z.string().meta({ description: 'Name of the Node.' }),
    nodeUID: z.string().meta({ description: 'UID of the Node.' }),
    attempt: z.string().meta({ description: 'Id of this attempt, the same as in the claim on the Node.' }),
    phase: z
      .enum(['Reserved', 'Soaking'])
      .meta({ description: '`Reserved` from before the cordon until verified, then `Soaking`.' }),
    until: z.string().exactOptional().meta({ description: 'When the soak ends.', format: 'date-time' }),
  })
  .meta({ description: 'One slot of the budget.' });
export type LedgerEntry = z.infer<typeof ledgerEntry>;

export const failure = z
  .object({
    node: z.string().meta({ description: 'Name of the Node.' }),
    nodeUID: z.string().meta({ description: 'UID of the Node.' }),
    version: z.string().meta({ description: 'The version that was to be installed.' }),
    attempt: z.string().meta({ description: 'Id of the attempt.' }),
    reason: z.string().meta({ description: 'CamelCase reason.' }),
    at: z.string().meta({ description: 'When.', format: 'date-time' }),
  })
  .meta({ description: 'A node that counts to `rollout.maxFailures`.' });
export type Failure = z.infer<typeof failure>;

const waveStatus = z
  .object({
    name: z.string().meta({ description: 'Its name in the spec; empty for the nodes that fit none.' }),
    nodes: z.int().min(0).meta({ description: 'Nodes that belong to it.' }),
    done: z.int().min(0).meta({ description: 'Nodes of it that the next wave does not wait for.' }),
    soakUntil: z
      .string()
      .exactOptional()
      .meta({ description: 'All are done: when the next wave begins.', format: 'date-time' }),
  })
  .meta({ description: 'How far a wave is.' });
export type WaveStatus = z.infer<typeof waveStatus>;

const versionSeen = z
  .object({
    version: z.string().meta({ description: 'The version.' }),
    at: z
      .string()
      .meta({ description: 'When a node of this policy was first offered it.', format: 'date-time' }),
  })
  .meta({ description: 'A version that was offered.' });
export type VersionSeen = z.infer<typeof versionSeen>;

const gateStatus = z
  .object({
    name: z.string().meta({ description: 'Its name in the spec.' }),
    state: z
      .enum(['Open', 'Closed', 'Unknown'])
      .meta({ description: '`Unknown`: it could not be evaluated.' }),
    since: z.string().meta({ description: 'Since when it is open, or is not.', format: 'date-time' }),
    waitedSince: z.string().exactOptional().meta({
      description: 'Since when a node has been waiting for it to open, without a break.',
      format: 'date-time',
    }),
    because: z.string().max(1024).meta({ description: 'What it found, for people.' }),
  })
  .meta({ description: 'A gate when it was last looked at.' });
export type GateStatus = z.infer<typeof gateStatus>;

const rollout = z
  .object({
    target: z.string().meta({ description: 'The version that nodes went to, or Mixed(n).' }),
    startedAt: z.string().meta({ description: 'When the first node was taken.', format: 'date-time' }),
    endedAt: z.string().exactOptional().meta({ description: 'When it ended.', format: 'date-time' }),
    outcome: z.enum(['Complete', 'Superseded', 'Stopped']).exactOptional().meta({
      description:
        '`Complete`: nothing was left to do. `Superseded`: another version came. `Stopped`: what was left is not done any more.',
    }),
    updated: z.int().min(0).meta({ description: 'Nodes that were verified on a new version in it.' }),
    failed: z.int().min(0).meta({ description: 'Nodes that failed in it.' }),
  })
  .meta({ description: 'A rollout.' });
export type Rollout = z.infer<typeof rollout>;

const planned = z
  .object({
    node: z.string().meta({ description: 'Name of the Node.' }),
    wave: z.string().exactOptional().meta({ description: 'Its wave.' }),
    from: z.string().meta({ description: 'The version that it runs.' }),
    to: z
      .string()
      .exactOptional()
      .meta({ description: 'The version that it would get, where that is known before.' }),
    startsAt: z
      .string()
      .exactOptional()
      .meta({ description: 'When it would be started.', format: 'date-time' }),
    because: z.string().max(512).meta({ description: 'What it would wait for, or what would block it.' }),
  })
  .meta({ description: 'A node in the order in which it would be updated.' });
export type PlannedNode = z.infer<typeof planned>;

export const policyStatus = z
  .object({
    observedGeneration: z
      .int()
      .default(-1)
      .meta({ description: 'The generation of the spec that this status speaks of.' }),
    conditions: z
      .array(condition)
      .exactOptional()
      .meta({
        description: 'Ready, UpToDate, Progressing, Paused, Degraded, and Stalled when a person must act.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
    progress: z
      .string()
      .exactOptional()
      .meta({ description: 'Nodes that are up to date of all that can be, say 37/50.' }),
    message: z.string().exactOptional().meta({ description: 'The present obstacle, or what is going on.' }),
    nodes: count('Nodes that this policy owns.'),
    upToDate: count('Nodes that run the newest allowed version.'),
    updating: count('Nodes between cordon and the end of the soak.'),
    pending: count('Nodes that wait for their turn or for an inspection.'),
    failed: count('Nodes that need a person.'),
    unsupported: count('Nodes that cannot be updated in place.'),
    held: count('Nodes that a person keeps as they are.'),
    target: z
      .string()
      .exactOptional()
      .meta({ description: 'The highest version that a node is to reach, or Mixed(n).' }),
    versions: z
      .record(z.string(), z.int())
      .exactOptional()
      .meta({ description: 'How many nodes run each version.' }),
    failures: z.array(failure).max(200).exactOptional().meta({
      description: 'Nodes that count to `rollout.maxFailures`.',
      'x-kubernetes-list-type': 'atomic',
    }),
    versionsSeen: z
      .array(versionSeen)
      .max(50)
      .exactOptional()
      .meta({
        description: 'When versions were first offered to a node of this policy.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['version'],
      }),
    currentWave: z.string().exactOptional().meta({ description: 'The wave whose nodes have their turn.' }),
    waves: z.array(waveStatus).max(11).exactOptional().meta({
      description: 'How far each wave is.',
      'x-kubernetes-list-type': 'atomic',
    }),
    nextWindow: z
      .string()
      .exactOptional()
      .meta({ description: 'When nodes may next be started, where they may not now.', format: 'date-time' }),
    gates: z.array(gateStatus).max(10).exactOptional().meta({
      description: 'Each gate when it was last looked at.',
      'x-kubernetes-list-type': 'atomic',
    }),
    estimatedCompletion: z
      .string()
      .exactOptional()
      .meta({ description: 'When the last node is expected to be done.', format: 'date-time' }),
    rollout: rollout.exactOptional(),
    history: z.array(rollout).max(10).exactOptional().meta({
      description: 'The last rollouts, the newest first.',
      'x-kubernetes-list-type': 'atomic',
    }),
    plan: z.array(planned).max(200).exactOptional().meta({
      description: 'In mode Plan: which nodes would be updated, in order.',
      'x-kubernetes-list-type': 'atomic',
    }),
    retryToken: z
      .string()
      .exactOptional()
      .meta({ description: 'The last `spec.retry.token` that was carried out.' }),
    claims: z.array(ledgerEntry).max(200).exactOptional().meta({
      description: 'The ledger: one entry for each slot of the budget in use.',
      'x-kubernetes-list-type': 'atomic',
    }),
    fence: z
      .string()
      .exactOptional()
      .meta({ description: 'Who may write the ledger: identity and lease transitions of the leader.' }),
  })
  .meta({ description: 'What was seen and what is going on.' });

export type PolicyStatus = z.output<typeof policyStatus>;
