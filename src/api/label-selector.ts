/** Kubernetes' LabelSelector: schema and meaning. An empty selector matches everything. */
import { z } from 'zod';
import { rules } from './rule.ts';

// A name of at most 63 characters, with or without a DNS name before it: what the API server itself takes for a label.
const keyPattern = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const valuePattern = '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$';
const isKey = (text: string) => new RegExp(keyPattern).test(text);
const isValue = (text: string) => new RegExp(valuePattern).test(text);
const keyMessage = 'must be a label key such as `role` or `example.com/role`';
const valueMessage =
  'must be a label value: up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends';

export const labelKey = (description: string) =>
  rules(
    z.string().min(1).max(317),
    [{ cel: `self.matches('${keyPattern}')`, message: keyMessage, holds: isKey }],
    { description },
  );
const labelValue = rules(
  z.string().max(63),
  [{ cel: `self.matches('${valuePattern}')`, message: valueMessage, holds: isValue }],
  {},
);

const requirement = rules(
  z.object({
    key: labelKey('The label key.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .meta({ description: 'How the label is compared with `values`.' }),
    values: z.array(labelValue).max(64).exactOptional().meta({
      description: 'Values for In and NotIn; must be left out for Exists and DoesNotExist.',
      'x-kubernetes-list-type': 'atomic',
    }),
  }),
  [
    {
      cel: "!(self.operator in ['In', 'NotIn']) || has(self.values) && size(self.values) > 0",
      message: 'must be given for the operators In and NotIn',
      holds: ({ operator, values = [] }) => !(operator === 'In' || operator === 'NotIn') || values.length > 0,
      fieldPath: '.values',
      reason: 'FieldValueRequired',
    },
    {
      cel: "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
      message: 'must be left out for the operators Exists and DoesNotExist',
      holds: ({ operator, values = [] }) => operator === 'In' || operator === 'NotIn' || values.length === 0,
      fieldPath: '.values',
      reason: 'FieldValueForbidden',
    },
  ],
  { description: 'One requirement on a label.' },
);

export function labelSelector(description: string) {
  return z
    .object({
      matchLabels: rules(
        z.record(z.string(), labelValue),
        [
          {
            cel: `self.all(key, key.matches('${keyPattern}'))`,
            message: `each key ${keyMessage}`,
            messageExpression: `'the key "' + self.filter(key, !key.matches('${keyPattern}'))[0] + '" ${keyMessage}'`,
            holds: (labels) => Object.keys(labels).every(isKey),
          },
        ],
        { description: 'Labels that must be there with exactly these values.', maxProperties: 64 },
      ).exactOptional(),
      matchExpressions: z
        .array(requirement)
        .max(32)
        .exactOptional()
        .meta({ description: 'Requirements that must all hold.', 'x-kubernetes-list-type': 'atomic' }),
    })
    .meta({ description, 'x-kubernetes-map-type': 'atomic' });
}

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Requirement[];
}

export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  // A label may be asked for by the name of something that every object inherits.
  const labelAt = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labelAt(key) === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) =>
      meets[operator](labelAt(key), values),
    )
  );
}

const meets = {
  In: (label, values) => label !== undefined && values.includes(label),
  NotIn: (label, values) => label === undefined || !values.includes(label),
  Exists: (label) => label !== undefined,
  DoesNotExist: (label) => label === undefined,
} satisfies Record<
  Requirement['operator'],
  (label: string | undefined, values: readonly string[]) => boolean
>;
