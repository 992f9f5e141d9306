/** `spec.health`: what must be true of a node after its update, and of everything else before the next node is started. */
import { z } from 'zod';
import { duration } from './duration.ts';
import { labelSelector } from './label-selector.ts';
import { rules } from './rule.ts';

const name = (description: string) =>
  rules(
    z.string().min(1).max(63),
    [
      {
        cel: "self.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
        message: 'must be lower-case letters, digits and `-`, with a letter or digit at both ends',
        holds: (text) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text),
      },
    ],
    { description },
  );

export const nodeCondition = z.object({
  type: z.string().min(1).max(316).meta({ description: 'The type of a condition of the Node.' }),
  status: z
    .enum(['True', 'False', 'Unknown'])
    .default('True')
    .meta({ description: 'What it must be. A condition that the Node does not have is not met.' }),
});
export type WantedCondition = z.output<typeof nodeCondition>;

const isPlainUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
};

const prometheus = z
  .object({
    url: rules(
      z.string().max(512),
      [
        {
          cel: "self.matches('^https?://[^/?#@\\\\s]+(/[^?#@\\\\s]*)?$')",
          message:
            'must be the http or https address of a Prometheus API, without user, query or fragment, such as http://prometheus.monitoring:9090',
          holds: isPlainUrl,
        },
      ],
      { description: 'The address of Prometheus; `/api/v1/query` is added to it.' },
    ),
    query: z.string().min(1).max(4096).meta({ description: 'An instant query (PromQL).' }),
    passes: z.enum(['WhenEmpty', 'WhenNotEmpty']).default('WhenEmpty').meta({
      description:
        '`WhenEmpty`: the gate is open while the query finds nothing, say no firing alert. `WhenNotEmpty`: while it finds something, say a comparison that holds. A scalar 0 counts as nothing.',
    }),
    tokenSecret: z
      .object({
        name: name(
          'Name of a Secret in the namespace for hooks. It must carry the label containeros.dev/gate-token and name this address in its annotation containeros.dev/allowed-url.',
        ),
        key: z.string().min(1).max(253).default('token').meta({ description: 'The key of the token in it.' }),
      })
      .exactOptional()
      .meta({ description: 'A bearer token for Prometheus.' }),
  })
  .meta({ description: 'A question to Prometheus.' });

const gate = z.object({
  name: name('How status and messages call it.'),
  prometheus,
  stalledAfter: duration({
    least: '1s',
    description: 'Closed or without an answer for so long, the policy is Stalled: a person is called.',
  }).default('1h'),
});
export type Gate = z.output<typeof gate>;

/** The API server sees to it by the keys of the list. */
const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const health = z
  .object({
    nodeConditions: z
      .array(nodeCondition)
      .max(20)
      .refine((list) => areDistinct(list.map(({ type }) => type)), 'must name each type once')
      .exactOptional()
      .meta({
        description: 'Conditions of the Node that must be met after its update.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
    pods: labelSelector(
      'Pods that must be Ready on the node again after its update: as many as before, of those that belong to the node (of DaemonSets, static), and every other one that is there.',
    ).exactOptional(),
    gates: z
      .array(gate)
      .max(10)
      .refine((list) => areDistinct(list.map(({ name }) => name)), 'must have a name of its own each')
      .exactOptional()
      .meta({
        description: 'What must be true before each node is started, and is looked at after each node.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
  })
  .meta({ description: 'What healthy means beyond Ready.' });

export type Health = z.output<typeof health>;
