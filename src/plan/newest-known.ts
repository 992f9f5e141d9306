/**
 * The newest version that the policy's nodes know of. What a wave holds back from a node its host does not tell; that it exists is known
 * from another node of the same variant and architecture that was offered it.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { VersionSeen } from '../api/policy-status.ts';
import type { PolicyFacts } from './facts.ts';
import type { OsRules } from './os-rules.ts';
import type { Snapshot } from './snapshot.ts';

interface Known {
  readonly version: string;
  /** Since when one of the nodes has known it, as far as is known; RFC 3339 as we write it, which sorts as text. */
  readonly at: string;
}

type Views = Pick<Snapshot, 'views'>['views'];

/** Gathered once in a pass, when the first node wants to know. */
export function newestKnown(
  { views }: Pick<Snapshot, 'views'>,
  { name, status }: Pick<PolicyFacts, 'name' | 'status'>,
  rules: OsRules,
): (seen: NodeViewStatus) => string | undefined {
  let newest: ReadonlyMap<string, Known> | undefined;
  return (seen) => {
    newest ??= gather(views, name, rules, status.versionsSeen ?? []);
    const known = newest.get(kindOf(seen));
    // A node that was asked before anybody knew of it may be offered it the next time.
    return known !== undefined && (seen.inspectedAt ?? '') >= known.at ? known.version : undefined;
  };
}

const kindOf = ({ variant = '', architecture = '' }: NodeViewStatus): string => `${variant}/${architecture}`;

function gather(
  views: Views,
  policy: string,
  rules: OsRules,
  versionsSeen: readonly VersionSeen[],
): ReadonlyMap<string, Known> {
  const newest = new Map<string, Known>();
  for (const { status } of views.values()) {
    if (status.policy !== policy) continue;
    const { inspectedAt, version, available } = status;
    const kind = kindOf(status);
    for (const one of [version, available]) {
      const before = newest.get(kind);
      if (one === undefined) continue;
      const order = one === before?.version ? 0 : rules.compareVersions(one, before?.version ?? '');
      if (before !== undefined && order < 0) continue;
      const at = knownSince(status, one, versionsSeen) ?? inspectedAt;
      if (at === undefined) continue;
      if (before === undefined || order > 0 || at < before.at) newest.set(kind, { version: one, at });
    }
  }
  return newest;
}

/**
 * Since when `version` was offered to the policy's nodes, or has been running on this one. When the node was asked last tells less: with each
 * time it is asked again it would seem to know it for a shorter time than the others.
 */
function knownSince(
  { version: running, state, since }: NodeViewStatus,
  version: string,
  versionsSeen: readonly VersionSeen[],
): string | undefined {
  const offered = versionsSeen.find((one) => one.version === version)?.at;
  return offered ?? (version === running && state === 'UpToDate' ? since : undefined);
}
