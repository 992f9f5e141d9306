/** `spec.rollout.waves` and `.topology`: which nodes come first, and how many at once in one zone. */
import { z } from 'zod';
import { duration } from './duration.ts';
import { intOrPercent } from './int-or-percent.ts';
import { labelKey, labelSelector } from './label-selector.ts';
import { rules } from './rule.ts';

export const topology = z
  .object({
    key: labelKey('The label of Nodes, say topology.kubernetes.io/zone.'),
    maxUnavailable: intOrPercent(
      'How many nodes with one value of the label may be out of service at once, as a number or as a percentage of the nodes of this policy with that value. Nodes without the label count as one value.',
    ).default(1),
  })
  .meta({ description: 'A limit for each value of a label, beside `maxUnavailable`.' });

const wave = z.object({
  name: rules(
    z.string().min(1).max(63),
    [
      {
        cel: "self.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
        message: 'must be lower-case letters, digits and `-`, with a letter or digit at both ends',
        holds: (text) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text),
      },
    ],
    { description: 'How status and messages call it.' },
  ),
  selector: labelSelector('Which nodes may be in it. Left out: every node.').exactOptional(),
  nodes: intOrPercent(
    'How many nodes it takes at most, as a number or as a percentage of the nodes that this policy owns. Left out: every node that `selector` allows.',
  ).exactOptional(),
  soak: duration({
    description: 'How long after its last node was verified the next wave begins.',
  }).default('0s'),
});
export type Wave = z.output<typeof wave>;

export const waves = z
  .array(wave)
  .max(10)
  .meta({
    description:
      'Nodes in groups, one after another. A node that fits several belongs to the first; nodes that fit none come after the last. Left out: one group.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  });
