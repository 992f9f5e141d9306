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
    spec: parsed.success ? parsed.data : { invalid: sentence(parsed.error.issues) },
    // A ledger that cannot be read counts as lost: the claims on the Nodes bring it back.
    status: stored.success ? stored.data : { observedGeneration: -1 },
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

function sentence(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  return issues
    .map(({ path, message }) => `${['spec', ...path].map(String).join('.')}: ${message}`)
    .join('; ');
}
