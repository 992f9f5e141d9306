/** Our two kinds: how they are called and what `kubectl get` shows of them. */
import type { z } from 'zod';
import { nodeViewStatus } from './container-os-node.ts';
import { group, version } from './keys.ts';
import { policySpec } from './policy-spec.ts';
import { policyStatus } from './policy-status.ts';

/** A column of `kubectl get`; `wide` ones show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly wide?: true;
}

export interface Kind {
  readonly group: typeof group;
  readonly version: typeof version;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly category: 'containeros';
  readonly description: string;
  /** Absent: the kind has nothing that users write. */
  readonly spec?: z.ZodType;
  readonly status: z.ZodType;
  /** What a new object shows before anybody has looked at it. */
  readonly statusDefault?: { readonly observedGeneration: -1 };
  readonly columns: readonly Column[];
}

/** `<group>/<version>`, as objects carry it. */
export const apiVersion = `${group}/${version}`;

export const policyKind = {
  group,
  version,
  kind: 'ContainerOSPolicy',
  plural: 'containerospolicies',
  singular: 'containerospolicy',
  shortName: 'cosp',
  category: 'containeros',
  description: 'Keeps the operating system of the nodes that it selects up to date.',
  spec: policySpec,
  status: policyStatus,
  // Without it an object that nobody has looked at yet counts as ready for tools that read conditions.
  statusDefault: { observedGeneration: -1 },
  columns: [
    {
      name: 'TARGET',
      type: 'string',
      jsonPath: '.status.target',
      description: 'The version that nodes are to reach',
    },
    {
      name: 'PROGRESS',
      type: 'string',
      jsonPath: '.status.progress',
      description: 'Nodes that are up to date of all that can be',
    },
    {
      name: 'UPDATING',
      type: 'integer',
      jsonPath: '.status.updating',
      description: 'Nodes between cordon and the end of the soak',
    },
    { name: 'FAILED', type: 'integer', jsonPath: '.status.failed', description: 'Nodes that need a person' },
    {
      name: 'READY',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the policy works; stays True while nodes roll',
    },
    { name: 'OS', type: 'string', jsonPath: '.spec.os', description: 'The operating system', wide: true },
    {
      name: 'NEXT-WINDOW',
      type: 'string',
      jsonPath: '.status.nextWindow',
      description: 'When nodes may next be started, where they may not now',
      wide: true,
    },
    {
      name: 'PAUSED',
      type: 'boolean',
      jsonPath: '.spec.paused',
      description: 'Whether nothing new is started',
      wide: true,
    },
    {
      name: 'MESSAGE',
      type: 'string',
      jsonPath: '.status.message',
      description: 'The present obstacle',
      wide: true,
    },
    {
      name: 'AGE',
      type: 'date',
      jsonPath: '.metadata.creationTimestamp',
      description: 'Since when the policy exists',
    },
  ],
} as const satisfies Kind;

export const nodeKind = {
  group,
  version,
  kind: 'ContainerOSNode',
  plural: 'containerosnodes',
  singular: 'containerosnode',
  shortName: 'cosn',
  category: 'containeros',
  description:
    'What is known of one managed Node of the same name: a view that the operator writes. Deleting one costs only the memory of failed attempts.',
  status: nodeViewStatus,
  columns: [
    {
      name: 'POLICY',
      type: 'string',
      jsonPath: '.status.policy',
      description: 'The policy that owns the node',
    },
    { name: 'VERSION', type: 'string', jsonPath: '.status.version', description: 'The version that runs' },
    {
      name: 'TARGET',
      type: 'string',
      jsonPath: '.status.target',
      description: 'The version that the node is to reach',
    },
    { name: 'STATE', type: 'string', jsonPath: '.status.state', description: 'Where the node is on its way' },
    {
      name: 'SINCE',
      type: 'date',
      jsonPath: '.status.since',
      description: 'For how long it has been in this state',
    },
    { name: 'BECAUSE', type: 'string', jsonPath: '.status.because', description: 'Why it is where it is' },
  ],
} as const satisfies Kind;

export const kinds: readonly Kind[] = [policyKind, nodeKind];
