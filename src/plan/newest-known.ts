/**
 * The newest version that the policy's nodes know of. What a wave holds back from a node its host does not tell; that it exists is known
 * from another node of the same variant and architecture that was offered it.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { OsRules } from './os-rules.ts';
import type { Snapshot } from './snapshot.ts';

interface Known {
  readonly version: string;
  /** When the first of the nodes that know it was asked; RFC 3339 as we write it, which sorts as text. */
  readonly at: string;
}

type Views = Pick<Snapshot, 'views'>['views'];

/** Gathered once in a pass, when the first node wants to know. */
export function newestKnown(
  { views }: Pick<Snapshot, 'views'>,
  policy: string,
  rules: OsRules,
): (seen: NodeViewStatus) => string | undefined {
  let newest: ReadonlyMap<string, Known> | undefined;
  return (seen) => {
    newest ??= gather(views, policy, rules);
    const known = newest.get(kindOf(seen));
    // A node that was asked before anybody knew of it may be offered it the next time.
    return known !== undefined && (seen.inspectedAt ?? '') >= known.at ? known.version : undefined;
  };
}

const kindOf = ({ variant = '', architecture = '' }: NodeViewStatus): string => `${variant}/${architecture}`;

function gather(views: Views, policy: string, rules: OsRules): ReadonlyMap<string, Known> {
  const newest = new Map<string, Known>();
  for (const { status } of views.values()) {
    if (status.policy !== policy || status.inspectedAt === undefined) continue;
    const { inspectedAt: at, version, available } = status;
    const kind = kindOf(status);
    for (const one of [version, available]) {
      if (one === undefined) continue;
      const before = newest.get(kind);
      const order = one === before?.version ? 0 : rules.compareVersions(one, before?.version ?? '');
      if (before === undefined || order > 0 || (order === 0 && at < before.at))
        newest.set(kind, { version: one, at });
    }
  }
  return newest;
}
