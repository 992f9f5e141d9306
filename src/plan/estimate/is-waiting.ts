/** Whether a node only waits to be started. */
import { isBeingDeleted } from '../holdback.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';
import { isUpdateNow } from '../update-now.ts';

/** It would be started by itself: nothing but its turn, the time and other nodes holds it back. */
export function isWaiting({ node, decision, ownership, reading }: Decided, { rules }: PolicyCase): boolean {
  if (ownership.kind !== 'Owned' || reading.kind !== 'None') return false;
  if (!node.ready || (node.unschedulable && !isUpdateNow(node)) || isBeingDeleted(node)) return false;
  if (['Held', 'Failed', 'Unsupported'].includes(decision.state)) return false;
  if (decision.behind === true) return true;
  // Where only a Stage can tell, a node that was never asked is taken for one that is behind.
  return rules.stageIsActivation && decision.unchecked === true && decision.state !== 'UpToDate';
}
