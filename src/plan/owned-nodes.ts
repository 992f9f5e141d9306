/** The nodes that a policy's pass is about. */
import type { PolicySpec } from '../api/policy-spec.ts';
import { isControlPlane } from './exclusive.ts';
import type { NodeFacts, PolicyFacts } from './facts.ts';
import { type ClaimReading, type Ownership, ownerOf, readClaim } from './ownership.ts';
import type { Decision } from './node-case.ts';
import type { Snapshot } from './snapshot.ts';

export interface OwnedNode {
  readonly node: NodeFacts;
  readonly reading: ClaimReading;
  readonly ownership: Ownership;
}

export interface Decided extends OwnedNode {
  readonly decision: Decision;
}

/** Whether the node is one that percentages are of. */
export const isSupported = ({ decision, ownership }: Decided): boolean =>
  decision.state !== 'Unsupported' && ownership.kind === 'Owned';

/** Nodes that the policy owns or is tied for, by name. */
export function ownedNodes(snapshot: Snapshot, policy: PolicyFacts): readonly OwnedNode[] {
  const owned: OwnedNode[] = [];
  for (const node of snapshot.nodes.values()) {
    const reading = readClaim(node);
    const ownership = ownerOf(node, reading, snapshot.policies, snapshot.rules);
    if (ownership.kind === 'Owned' && ownership.policyUID === policy.uid)
      owned.push({ node, reading, ownership });
    else if (ownership.kind === 'Tie' && ownership.policyUIDs.includes(policy.uid))
      owned.push({ node, reading, ownership });
  }
  return owned.toSorted((a, b) => (a.node.name < b.node.name ? -1 : 1));
}

/** The same, as far as it can be told before it is decided where the node is. */
export function isSupportedNode(
  { node, reading, ownership }: OwnedNode,
  spec: PolicySpec,
  { rules, views }: Pick<Snapshot, 'rules' | 'views'>,
): boolean {
  if (ownership.kind !== 'Owned') return false;
  if (reading.kind === 'Claim') return true;
  const view = views.get(node.name);
  return (
    rules[spec.os].recognise(node).kind !== 'Unsupported' &&
    (spec.includeControlPlane || !isControlPlane(node)) &&
    (view?.nodeUID !== node.uid || view.status.unsupported === undefined)
  );
}

/** Those it would own, but for the claim of a policy that is gone. */
export function orphanedNodes(
  snapshot: Snapshot,
  policy: PolicyFacts,
  { includeControlPlane }: PolicySpec,
): readonly NodeFacts[] {
  return [...snapshot.nodes.values()].filter((node) => {
    const ownership = ownerOf(node, readClaim(node), snapshot.policies, snapshot.rules);
    return (
      ownership.kind === 'Orphan' &&
      ownership.policyUID === policy.uid &&
      (includeControlPlane || !isControlPlane(node))
    );
  });
}
