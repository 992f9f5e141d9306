/** In which order candidates have their turn. */
import { isControlPlane, needsExclusive } from '../exclusive.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';

export const inOrder = (shared: PolicyCase, candidates: readonly Decided[]): readonly Decided[] =>
  candidates.toSorted((a, b) => rank(shared, a) - rank(shared, b));

/** Workers first, then nodes of which only one may go at a time, the leader's own node last; else by name. */
function rank({ snapshot }: PolicyCase, { node }: Decided): number {
  if (node.name === snapshot.self.nodeName) return 3;
  if (isControlPlane(node)) return 2;
  return needsExclusive(node, snapshot) ? 1 : 0;
}
