/** Why a node is offered less than others of its kind: its own pin, or its place among the waves in which releases are spread. */
import type { Millis } from './facts.ts';
import type { NodeCase } from './node-case.ts';
import { sayTime, timeOf } from './text.ts';

/**
 * Follows what the node is offered. It changes with an inspection only: until the next one a time that has passed says nothing about
 * the node.
 */
export function keptBack(c: NodeCase): string {
  const { seen, known, rules } = c;
  const lock = seen.settings?.versionLock;
  if (lock !== undefined && lock !== 'latest') return `; its own setting version-lock says ${lock}`;
  const newest = known(seen);
  if (newest === undefined || rules.compareVersions(newest, seen.version ?? '') <= 0) return '';
  if (seen.settings?.ignoreWaves === true)
    return `; ${newest} exists, and is not in its repository, or not for the version that it runs`;
  const ignore = '(spec.bottlerocket.ignoreWaves)';
  const by = lastWaveOf(c, newest);
  if (by === undefined)
    return `; ${newest} exists, and had not reached it at its last inspection: its wave had not come ${ignore}`;
  if ((timeOf(seen.inspectedAt) ?? 0) < by)
    return `; ${newest} exists, its wave reaches this node by ${sayTime(by)} if its repository keeps the default waves ${ignore}`;
  return `; ${newest} exists, its wave was to reach this node by ${sayTime(by)}: its repository has waves of its own, or holds it back ${ignore}`;
}

/** When the last of the default waves has begun, at the latest: a release is not younger than its first offer. */
function lastWaveOf({ policy, rules }: NodeCase, version: string): Millis | undefined {
  const { versionsSeen = [] } = policy.status;
  const seenAt = timeOf(versionsSeen.find((one) => rules.compareVersions(one.version, version) === 0)?.at);
  return seenAt === undefined || rules.wavesEndAfterMs === undefined
    ? undefined
    : seenAt + rules.wavesEndAfterMs;
}
