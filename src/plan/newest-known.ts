/**
 * The newest version that the policy's nodes know of. What a wave holds back from a node its host does not tell; that it exists is known
 * from another node of the same variant and architecture that was offered it.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { OsRules } from './os-rules.ts';
import type { Snapshot } from './snapshot.ts';

export function newestKnown(
  { views }: Pick<Snapshot, 'views'>,
  policy: string,
  rules: OsRules,
): (seen: NodeViewStatus) => string | undefined {
  const kind = ({ variant = '', architecture = '' }: NodeViewStatus): string => `${variant}/${architecture}`;
  const newest = new Map<string, string>();
  for (const { status } of views.values()) {
    if (status.policy !== policy || status.os !== rules.os) continue;
    for (const version of [status.version, status.available]) {
      if (version === undefined) continue;
      if (rules.compareVersions(version, newest.get(kind(status)) ?? '') > 0)
        newest.set(kind(status), version);
    }
  }
  return (seen) => newest.get(kind(seen));
}
