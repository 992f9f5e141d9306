/** `spec.hooks`: one container each, run as a Job in the namespace that the operator's Helm values name. */
import { z } from 'zod';
import { rules } from './rule.ts';

const quantities = (description: string) =>
  rules(
    z.record(z.string(), z.string().max(32)),
    [
      {
        cel: "self.all(key, key in ['cpu', 'memory', 'ephemeral-storage'])",
        message: 'must have no other keys than cpu, memory and ephemeral-storage',
        holds: (map) => Object.keys(map).every((key) => ['cpu', 'memory', 'ephemeral-storage'].includes(key)),
      },
      {
        cel: "self.all(key, self[key].matches('^[0-9]+(\\\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$'))",
        message: 'must have quantities such as 100m or 64Mi as values',
        holds: (map) =>
          Object.values(map).every((value) => /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.test(value)),
      },
    ],
    { description, maxProperties: 3 },
  );

const variable = z.object({
  name: rules(
    z.string().min(1).max(128),
    [
      {
        cel: "self.matches('^[A-Za-z_][A-Za-z0-9_]*$') && !self.startsWith('CONTAINEROS_')",
        message:
          'must be a name of letters, digits and `_`, and must not begin with CONTAINEROS_, which the operator sets itself',
        holds: (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !text.startsWith('CONTAINEROS_'),
      },
    ],
    { description: 'Name of the variable.' },
  ),
  value: z.string().max(4096).default('').meta({ description: 'Its value, as it is.' }),
});

const hook = (description: string) =>
  z
    .object({
      image: rules(
        z.string().min(1).max(512),
        [
          {
            cel: "self.matches('^[^\\\\s]+$')",
            message: 'must be an image reference without spaces',
            holds: (text) => /^[^\s]+$/.test(text),
          },
        ],
        { description: 'The image.' },
      ),
      command: z.array(z.string().max(4096)).max(64).exactOptional().meta({
        description: "What is run instead of the image's own entry point.",
        'x-kubernetes-list-type': 'atomic',
      }),
      env: z
        .array(variable)
        .max(64)
        .exactOptional()
        .meta({
          description:
            'Variables, beside CONTAINEROS_NODE, CONTAINEROS_POLICY, CONTAINEROS_OS, CONTAINEROS_FROM_VERSION and CONTAINEROS_TO_VERSION, which are always set.',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        }),
      resources: z
        .object({
          requests: quantities('What it needs at least.').exactOptional(),
          limits: quantities('What it gets at most.').exactOptional(),
        })
        .exactOptional()
        .meta({ description: 'Resources of the container.' }),
    })
    .meta({ description });

export const hooks = z
  .object({
    beforeDrain: hook(
      'Runs once the node is cordoned, before the first pod is evicted. If it fails, the node is put back into service and counts as failed.',
    ).exactOptional(),
    afterUpdate: hook(
      'Runs once the node is verified on its new version, before it is uncordoned. If it fails, the node stays cordoned and counts as failed.',
    ).exactOptional(),
  })
  .meta({ description: 'Programs of yours around the update of each node.' });

export type Hooks = z.output<typeof hooks>;
export type Hook = NonNullable<Hooks['beforeDrain']>;
export type HookName = keyof Hooks;
