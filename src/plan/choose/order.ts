/** In which order candidates have their turn. */
import { isControlPlane, needsExclusive } from '../exclusive.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';

/** By rank, then those first that are expected to take longest, so that the rollout has no long tail; else by name. */
export function inOrder(shared: PolicyCase, candidates: readonly Decided[]): readonly Decided[] {
  const { outOfService } = shared.expected;
  return candidates.toSorted(
    (a, b) => rank(shared, a) - rank(shared, b) || outOfService(b.node.name) - outOfService(a.node.name),
  );
}

/** Workers first, then nodes of which only one may go at a time, the leader's own node last. */
function rank({ snapshot }: PolicyCase, { node }: Decided): number {
  if (node.name === snapshot.self.nodeName) return 3;
  if (isControlPlane(node)) return 2;
  return needsExclusive(node, snapshot) ? 1 : 0;
}
