/** Candidates of which only one may be out of service at a time, and the node that the leader itself runs on. */
import type { LedgerEntry } from '../../api/policy-status.ts';
import { needsExclusive, otherReplicaReady } from '../exclusive.ts';
import type { NodeFacts } from '../facts.ts';
import type { Decided } from '../owned-nodes.ts';
import type { Answer, Round } from './round.ts';

/**
 * A leader keeps the lease at least so long. Else a pass over one policy hands it back before the pass over another one, for whose
 * node it was handed over, has given that node its slot.
 */
const termAtLeast = 10_000;

/** What such a node waits for; undefined: it may go, and is the one. */
export function waitToBeAlone(round: Round, { node }: Decided): Answer | undefined {
  const { snapshot } = round.shared;
  if (!needsExclusive(node, snapshot)) return undefined;
  const { exclusive, self } = snapshot;
  if (round.exclusiveTaken || (exclusive.held === true && exclusive.holder !== node.uid))
    return { because: 'waits for another control-plane node or node of the operator' };
  if (self.nodeName === node.name) {
    // Also because the replica that would take over may be on its way back with a node that soaks.
    if (
      round.looking ||
      round.entries.some((entry) => !isStuck(round, entry)) ||
      round.decided.some((one) => isFirstAsked(round, one, node))
    )
      return { because: "waits: the leader's node comes last" };
    if (otherReplicaReady(snapshot)) {
      const termEnds = snapshot.leadsSince + termAtLeast;
      if (snapshot.now < termEnds) {
        round.wake(termEnds);
        return { because: 'the leader runs on it, and has just taken the lease over' };
      }
      return {
        because: 'the leader runs on it; hands the lease over first',
        step: {
          node: node.name,
          nodeUID: node.uid,
          do: 'HandOver',
          because: 'the leader runs on the node whose turn has come',
        },
      };
    }
  }
  round.exclusiveTaken = true;
  return undefined;
}

/** Asked for the first time now, it may turn out to have its turn before the leader's node. One that went down meanwhile keeps its Pod, and nobody waits for it. */
function isFirstAsked({ shared, waves }: Round, { node, decision }: Decided, own: NodeFacts): boolean {
  if (!node.ready || decision.seen.inspectedAt !== undefined || node.uid === own.uid) return false;
  const task = shared.snapshot.tasks.get(node.uid);
  const isAsked = decision.inspect !== undefined || (task?.task === 'Inspect' && !task.deleting);
  return isAsked && waves.placeOf(node) <= waves.placeOf(own);
}

/** A failed node may hold its slot for days, and nobody waits for it. */
function isStuck({ shared, decided }: Round, entry: LedgerEntry): boolean {
  return (
    (shared.policy.status.failures ?? []).some(({ attempt }) => attempt === entry.attempt) ||
    decided.some(({ node, decision }) => node.uid === entry.nodeUID && decision.state === 'Failed')
  );
}
