/** Which Pods must leave a node, which of them cannot, and how that is said. */
import { doNotEvictBeforeKey, tasksNamespace } from '../api/keys.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import { selects } from '../api/label-selector.ts';
import type { Millis, PodFacts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';
import { sayTime } from './text.ts';

export type DrainSpec = PolicySpec['drain'];

export const podTitle = (pod: PodFacts): string => `${pod.namespace}/${pod.name}`;

/** Whether the drain has to make this Pod leave before the node may reboot. */
export function isEvictable(pod: PodFacts, drain: DrainSpec, self: Snapshot['self']): boolean {
  if (pod.mirror || pod.controller?.kind === 'DaemonSet') return false;
  // One that has ended and is still being deleted counts until it is gone: its volumes, or who holds a finalizer, may need the node.
  const ended = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (ended && pod.deletionTimestamp === undefined) return false;
  if (pod.namespace === tasksNamespace) return false;
  if (isOwnPod(pod, self)) return false;
  return drain.skipPods === undefined || !selects(drain.skipPods, pod.labels);
}

/** The operator's own Pods are never evicted: they stop and come back with their node. */
export function isOwnPod(pod: PodFacts, self: Snapshot['self']): boolean {
  const marks = Object.entries(self.podLabels);
  return (
    pod.namespace === self.namespace &&
    marks.length > 0 &&
    marks.every(([key, value]) => pod.labels[key] === value)
  );
}

/** A sentence for a Pod that no eviction can move now, whatever its PodDisruptionBudget says; undefined if there is none. */
export function standingBlock(pod: PodFacts, drain: DrainSpec, now: Millis): string | undefined {
  if (pod.deletionTimestamp !== undefined) return undefined;
  if (pod.controller === undefined && !drain.force)
    return `pod ${podTitle(pod)} has no controller that would bring it back, and drain.force is false`;
  if (pod.emptyDir && !drain.deleteEmptyDirData)
    return `pod ${podTitle(pod)} has emptyDir data, and drain.deleteEmptyDirData is false`;
  if (pod.doNotEvictBefore !== undefined && pod.doNotEvictBefore > now)
    return `pod ${podTitle(pod)} is not to be evicted before ${sayTime(pod.doNotEvictBefore)} (${doNotEvictBeforeKey})`;
  return undefined;
}

/** A terminating Pod that is no longer waited for. */
export function isGivenUp(pod: PodFacts, skipOlderThan: number | undefined, now: Millis): boolean {
  return (
    skipOlderThan !== undefined &&
    pod.deletionTimestamp !== undefined &&
    now > pod.deletionTimestamp + skipOlderThan
  );
}
