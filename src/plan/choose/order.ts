/** In which order candidates have their turn. */
import { isControlPlane, needsExclusive } from '../exclusive.ts';
import type { NodeFacts } from '../facts.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';
import { isUpdateNow } from '../update-now.ts';
import type { Waves } from '../waves.ts';

/**
 * First who is wanted now, then by wave; in each by rank, then those that are expected to take longest, so that the wave has no long
 * tail; else by name.
 */
export function inOrder(
  shared: PolicyCase,
  { placeOf }: Pick<Waves, 'placeOf'>,
  candidates: readonly Decided[],
): readonly Decided[] {
  const { outOfService } = shared.expected;
  const place = (node: NodeFacts): number => (isUpdateNow(node) ? -1 : placeOf(node));
  return candidates.toSorted(
    (a, b) =>
      place(a.node) - place(b.node) ||
      rank(shared, a) - rank(shared, b) ||
      outOfService(b.node.name) - outOfService(a.node.name),
  );
}

/** Workers first, then nodes of which only one may go at a time, the leader's own node last. */
function rank({ snapshot }: PolicyCase, { node }: Decided): number {
  if (node.name === snapshot.self.nodeName) return 3;
  if (isControlPlane(node)) return 2;
  return needsExclusive(node, snapshot) ? 1 : 0;
}
