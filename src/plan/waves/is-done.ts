/** Whether the next wave does not wait for a node any more. */
import { type LabelSelector, selects } from '../../api/label-selector.ts';
import type { Decided } from '../owned-nodes.ts';

/**
 * Up to date and Ready, also where something newer waits for an approval or its age; or left to people: held, or failed past its retries while
 * the rollout is not halted. A node that is not Ready, was not inspected, waits for its back-off, or for a check that only a Stage can
 * make, is waited for.
 */
export function isDone(
  { decision, node }: Decided,
  /** UIDs of the nodes in the ledger. */
  onItsWay: ReadonlySet<string>,
  halted: string | undefined,
  /** Nodes of which it does not matter that they are not Ready. */
  ignored: LabelSelector | undefined,
): boolean {
  const { state, reason, behind, unchecked, candidate, prefetch } = decision;
  if (state === 'Held' || state === 'Unsupported') return true;
  if (state === 'Failed') return halted === undefined;
  return (
    (node.ready || (ignored !== undefined && selects(ignored, node.labels))) &&
    (state === 'UpToDate' ||
      (state === 'Outdated' && (reason === 'AwaitingApproval' || reason === 'TooYoung'))) &&
    prefetch !== true &&
    behind !== true &&
    unchecked !== true &&
    candidate !== true &&
    !onItsWay.has(node.uid)
  );
}
