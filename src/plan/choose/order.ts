/** In which order candidates have their turn. */
import { isControlPlane, needsExclusive } from '../exclusive.ts';
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
  // Worked out once for each, not in each comparison: there may be thousands of them.
  const keyed = candidates.map((one) => ({
    one,
    place: isUpdateNow(one.node) ? -1 : placeOf(one.node),
    rank: rank(shared, one),
    takes: shared.expected.outOfService(one.node.name),
  }));
  return keyed
    .toSorted((a, b) => a.place - b.place || a.rank - b.rank || b.takes - a.takes)
    .map(({ one }) => one);
}

/** Workers first, then nodes of which only one may go at a time, the leader's own node last. */
function rank({ snapshot }: PolicyCase, { node }: Decided): number {
  if (node.name === snapshot.self.nodeName) return 3;
  if (isControlPlane(node)) return 2;
  return needsExclusive(node, snapshot) ? 1 : 0;
}
