/** What the drains that are under way will still ask of each PodDisruptionBudget, over all policies. */
import { type Claim, parseClaim } from '../api/claim.ts';
import { claimKey } from '../api/keys.ts';
import { speakFor, type SpokenFor } from './preview.ts';
import { usableSpec } from './ownership.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * A new leader sees the claims of the one before at once, and their Pods a little later: until then nobody knows which disruptions
 * these drains will ask for.
 */
export function unseenDrain({
  policies,
  nodes,
  pods,
  previews,
}: Pick<Snapshot, 'policies' | 'nodes' | 'pods' | 'previews'>): string | undefined {
  const unseen = policies
    .filter((policy) => usableSpec(policy) !== undefined)
    .flatMap(({ status }) => status.claims ?? [])
    .find(({ node: name, nodeUID, phase }) => {
      const node = nodes.get(name);
      const text = node?.uid === nodeUID ? node.annotations[claimKey] : undefined;
      if (phase !== 'Reserved' || text === undefined || hasOrder(text)) return false;
      return !pods.has(name) && !previews.has(name);
    });
  return unseen === undefined ? undefined : `waits until the pods of ${unseen.node}, which drains, are known`;
}

export function spokenForBy(snapshot: Snapshot): (except: string) => SpokenFor {
  const byNode = new Map<string, ReadonlySet<string>>();
  for (const policy of snapshot.policies) {
    const spec = usableSpec(policy);
    if (spec === undefined) continue;
    const reserved = new Set(
      (policy.status.claims ?? []).flatMap(({ node, phase }) => (phase === 'Reserved' ? [node] : [])),
    );
    for (const name of reserved) {
      const node = snapshot.nodes.get(name);
      if (node === undefined || hasOrder(node.annotations[claimKey])) continue;
      const pods = snapshot.pods.get(name) ?? snapshot.previews.get(name)?.pods;
      if (pods !== undefined) byNode.set(name, speakFor(pods, spec.drain, snapshot));
    }
  }
  return (except) => {
    const total = new Map<string, number>();
    for (const [name, titles] of byNode)
      if (name !== except) for (const title of titles) total.set(title, (total.get(title) ?? 0) + 1);
    return total;
  };
}

function hasOrder(text: string | undefined): boolean {
  if (text === undefined) return false;
  const read: { claim: Claim } | { unreadable: string } = parseClaim(text);
  return 'claim' in read && read.claim.order !== undefined;
}
