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
