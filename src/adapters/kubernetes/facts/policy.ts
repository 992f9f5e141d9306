import { policySpec } from '../../../api/policy-spec.ts';
import { policyStatus } from '../../../api/policy-status.ts';
import type { PolicyFacts } from '../../../plan/facts.ts';
import type { RawObject } from '../raw.ts';

export interface RawPolicy extends RawObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

export function policyFacts({ metadata = {}, spec, status }: RawPolicy): PolicyFacts {
  const parsed = policySpec.safeParse(spec);
  const stored = policyStatus.safeParse(status ?? {});
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    resourceVersion: metadata.resourceVersion ?? '',
    spec: parsed.success ? parsed.data : { invalid: sentence(spec, parsed.error.issues) },
    // A ledger that cannot be read counts as lost: the claims on the Nodes bring it back.
    status: stored.success ? stored.data : { observedGeneration: -1 },
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** The field, what is accepted, and what it is. */
function sentence(
  spec: unknown,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  return issues
    .map(({ path, message }) => {
      const field = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
      const value = valueAt(spec, path);
      const is = typeof value === 'string' ? `, and is ${JSON.stringify(value.slice(0, 100))}` : '';
      return `spec${field}: ${message}${is}`;
    })
    .join('; ');
}

function valueAt(spec: unknown, path: readonly PropertyKey[]): unknown {
  let value = spec;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}
