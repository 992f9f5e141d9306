/** Whether what we know of a node is fresh, and when it is asked again. */
import { durationToMillis } from '../api/duration.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Millis, NodeFacts } from './facts.ts';
import { readRestore } from './restore-note.ts';
import { timeOf } from './text.ts';

export interface Inspection {
  /** Made under the node's present boot id and image, and for what is wanted now. */
  readonly fresh: boolean;
  readonly due: boolean;
  readonly dueAt: Millis;
}

export function inspectionOf(
  seen: NodeViewStatus,
  node: NodeFacts,
  checkInterval: string,
  now: Millis,
  /** What it must have been asked for; left out where that does not matter. */
  wanted?: { readonly asked: string | undefined },
): Inspection {
  const at = timeOf(seen.inspectedAt);
  const fresh =
    at !== undefined &&
    seen.inspectedBootID === node.bootID &&
    seen.inspectedImage === node.osImage &&
    (wanted === undefined || wanted.asked === seen.asked);
  if (!fresh) return { fresh, due: true, dueAt: now };
  const dueAt = at + spreadInterval(durationToMillis(checkInterval), node.uid);
  return { fresh, due: now >= dueAt, dueAt };
}

/**
 * A Stage has locked the host to what it staged, and no note says what the lock was before: the release program of an uninstall has put
 * it back, which writes no ContainerOSNode. Where it is a person's own lock, one Inspect says so.
 */
export const isTakenBack = (
  { settings, staged, inspectedAt, checkedAt }: NodeViewStatus,
  node: NodeFacts,
): boolean =>
  staged !== undefined &&
  settings?.versionLock === staged &&
  inspectedAt === checkedAt &&
  readRestore(node).kind === 'None';

/** When the update server is asked again through a Stage, where only a Stage can ask. */
export function checkDueAt(seen: NodeViewStatus, node: NodeFacts, checkInterval: string): Millis | undefined {
  const at = timeOf(seen.checkedAt);
  return at === undefined ? undefined : at + spreadInterval(durationToMillis(checkInterval), node.uid);
}

/** A fleet that was inspected in one go spreads out: each node's interval is up to a tenth shorter, by its UID. */
function spreadInterval(interval: Millis, uid: string): Millis {
  let hash = 0;
  for (let i = 0; i < uid.length; i++) hash = (hash * 31 + uid.charCodeAt(i)) >>> 0;
  return interval - ((hash % 1000) / 1000) * (interval / 10);
}
