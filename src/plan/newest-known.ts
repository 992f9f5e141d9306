/**
 * The newest version that the policy's nodes know of. What a wave holds back from a node its host does not tell; that it exists is known
 * from another node of the same variant and architecture that was offered it.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Millis } from './facts.ts';
import type { OsRules } from './os-rules.ts';
import type { Snapshot } from './snapshot.ts';
import { timeOf } from './text.ts';

interface Known {
  readonly version: string;
  /** When the first of the nodes that know it was asked. */
  readonly at: Millis;
}

export function newestKnown(
  { views }: Pick<Snapshot, 'views'>,
  policy: string,
  rules: OsRules,
): (seen: NodeViewStatus) => string | undefined {
  const kind = ({ variant = '', architecture = '' }: NodeViewStatus): string => `${variant}/${architecture}`;
  const newest = new Map<string, Known>();
  for (const { status } of views.values()) {
    if (status.policy !== policy || status.os !== rules.os) continue;
    const at = timeOf(status.inspectedAt) ?? Number.POSITIVE_INFINITY;
    for (const version of [status.version, status.available]) {
      if (version === undefined) continue;
      const before = newest.get(kind(status));
      const order = rules.compareVersions(version, before?.version ?? '');
      if (order > 0 || before === undefined) newest.set(kind(status), { version, at });
      else if (order === 0 && at < before.at) newest.set(kind(status), { version, at });
    }
  }
  return (seen) => {
    const known = newest.get(kind(seen));
    // A node that was asked before anybody knew of it may be offered it the next time.
    return known !== undefined && (timeOf(seen.inspectedAt) ?? 0) >= known.at ? known.version : undefined;
  };
}
