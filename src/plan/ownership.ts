/** Which policy a node belongs to. A claimed node stays with the policy that claimed it; else the highest priority; a tie is nobody's. */
import { claimKey } from '../api/keys.ts';
import { type Claim, parseClaim } from '../api/claim.ts';
import { selects } from '../api/label-selector.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { NodeFacts, PolicyFacts } from './facts.ts';
import type { OsRulesByName } from './os-rules.ts';

export type ClaimReading =
  | { readonly kind: 'None' }
  | { readonly kind: 'Claim'; readonly claim: Claim }
  | { readonly kind: 'Unreadable'; readonly why: string };

export function readClaim(node: NodeFacts): ClaimReading {
  const text = node.annotations[claimKey];
  if (text === undefined) return { kind: 'None' };
  const read = parseClaim(text);
  return 'claim' in read
    ? { kind: 'Claim', claim: read.claim }
    : { kind: 'Unreadable', why: read.unreadable };
}

export type Ownership =
  /** `chosen` is false where only the claim holds the node to the policy. */
  | { readonly kind: 'Owned'; readonly policyUID: string; readonly chosen: boolean }
  | { readonly kind: 'Tie'; readonly policies: readonly string[]; readonly policyUIDs: readonly string[] }
  /** Its claim names a policy that does not exist; `policyUID` is the one that would own it without the claim. */
  | { readonly kind: 'Orphan'; readonly policyUID: string | undefined }
  | { readonly kind: 'Nobody' };

export const usableSpec = (policy: PolicyFacts): PolicySpec | undefined =>
  'invalid' in policy.spec ? undefined : policy.spec;

export function ownerOf(
  node: NodeFacts,
  reading: ClaimReading,
  policies: readonly PolicyFacts[],
  rules: OsRulesByName,
): Ownership {
  const chosen = choose(node, policies, rules);
  if (reading.kind !== 'Claim') return chosen;
  const { policyUID } = reading.claim;
  if (!policies.some(({ uid }) => uid === policyUID))
    return { kind: 'Orphan', policyUID: chosen.kind === 'Owned' ? chosen.policyUID : undefined };
  return { kind: 'Owned', policyUID, chosen: chosen.kind === 'Owned' && chosen.policyUID === policyUID };
}

function choose(node: NodeFacts, policies: readonly PolicyFacts[], rules: OsRulesByName): Ownership {
  let best: { readonly policy: PolicyFacts; readonly priority: number }[] = [];
  for (const policy of policies) {
    const spec = usableSpec(policy);
    if (spec === undefined || policy.deleting) continue;
    if (spec.nodeSelector !== undefined && !selects(spec.nodeSelector, node.labels)) continue;
    if (rules[spec.os].recognise(node).kind === 'NotOurs') continue;
    const top = best[0]?.priority ?? Number.NEGATIVE_INFINITY;
    if (spec.priority > top) best = [{ policy, priority: spec.priority }];
    else if (spec.priority === top) best.push({ policy, priority: spec.priority });
  }
  const [first, second] = best;
  if (first === undefined) return { kind: 'Nobody' };
  if (second === undefined) return { kind: 'Owned', policyUID: first.policy.uid, chosen: true };
  const sorted = best.map(({ policy }) => policy).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: 'Tie', policies: sorted.map(({ name }) => name), policyUIDs: sorted.map(({ uid }) => uid) };
}
