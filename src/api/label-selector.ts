/** Kubernetes' LabelSelector: schema and meaning. An empty selector matches everything. */
import { z } from 'zod';
import { rules } from './rule.ts';

const requirement = rules(
  z.object({
    key: z.string().min(1).max(317).meta({ description: 'The label key.' }),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({ description: 'How the label is compared with `values`.' }),
    values: z
      .array(z.string().max(63))
      .max(64)
      .exactOptional()
      .meta({ description: 'Values for In and NotIn; must be left out for Exists and DoesNotExist.', 'x-kubernetes-list-type': 'atomic' }),
  }),
  [
    {
      cel: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
      message: '`values` must be given for In and NotIn, and left out for Exists and DoesNotExist',
      holds: ({ operator, values }) => (operator === 'In' || operator === 'NotIn') === (values !== undefined && values.length > 0),
    },
  ],
  { description: 'One requirement on a label.' },
);

export function labelSelector(description: string) {
  return z
    .object({
      matchLabels: z
        .record(z.string(), z.string().max(63))
        .exactOptional()
        .meta({ description: 'Labels that must be there with exactly these values.' }),
      matchExpressions: z
        .array(requirement)
        .max(32)
        .exactOptional()
        .meta({ description: 'Requirements that must all hold.', 'x-kubernetes-list-type': 'atomic' }),
    })
    .meta({ description, 'x-kubernetes-map-type': 'atomic' });
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const label = labels[key];
    switch (operator) {
      case 'In':
        return label !== undefined && values.includes(label);
      case 'NotIn':
        return label === undefined || !values.includes(label);
      case 'Exists':
        return label !== undefined;
      case 'DoesNotExist':
        return label === undefined;
    }
  });
}
