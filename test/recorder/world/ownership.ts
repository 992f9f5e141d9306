/** Which policy a Node belongs to, worked out anew from spec, labels and claim. */
import { claimOf, systemOf } from './node.ts';
import type { RawNode, RawPolicy } from './objects.ts';
import { selects } from './selector.ts';

/** UID of the owning policy; undefined for nobody's and for a tie. */
export function ownerOf(node: RawNode, policies: readonly RawPolicy[]): string | undefined {
  const claimed = claimOf(node)?.policyUID;
  if (claimed !== undefined && policies.some(({ metadata }) => metadata.uid === claimed)) return claimed;
  const system = systemOf(node);
  const candidates = policies.filter(
    ({ metadata, spec }) =>
      metadata.deletionTimestamp === undefined &&
      spec.os === system &&
      selects(spec.nodeSelector, node.metadata.labels),
  );
  const top = Math.max(...candidates.map(({ spec }) => spec.priority ?? 0));
  const [first, second] = candidates.filter(({ spec }) => (spec.priority ?? 0) === top);
  return second === undefined ? first?.metadata.uid : undefined;
}
