/**
 * When versions were first offered to a node of a policy: what `spec.target.minimumAge` counts from. A node may lie about what it is
 * offered. Its word only ever adds an entry: it moves no time that is there, and where there are too many, what few nodes tell of goes
 * before what many do.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { VersionSeen } from '../api/policy-status.ts';
import { isVersionText } from '../api/target.ts';
import type { Millis } from './facts.ts';
import type { OsRules } from './os-rules.ts';
import { isoTime } from './text.ts';

const most = 50;

export function versionsSeenAfter(
  before: readonly VersionSeen[],
  views: readonly NodeViewStatus[],
  { compareVersions }: Pick<OsRules, 'compareVersions'>,
  now: Millis,
): readonly VersionSeen[] {
  const offered = new Map<string, number>();
  for (const view of views)
    for (const version of offersOf(view)) offered.set(version, (offered.get(version) ?? 0) + 1);
  const known = new Set(before.map(({ version }) => version));
  const at = isoTime(now);
  const news = [...offered.keys()].filter((version) => !known.has(version));
  if (news.length === 0) return before;
  const all = [...before, ...news.map((version) => ({ version, at }))];
  const kept =
    all.length <= most
      ? all
      : all
          .toSorted(
            (a, b) =>
              (offered.get(b.version) ?? 0) - (offered.get(a.version) ?? 0) ||
              // Among those of one node what was there before stays; among those of none the newest.
              (offered.has(a.version) ? a.at.localeCompare(b.at) : 0) ||
              compareVersions(b.version, a.version),
          )
          .slice(0, most);
  return kept.toSorted((a, b) => compareVersions(b.version, a.version) || (a.version < b.version ? -1 : 1));
}

/** What a node does not run and was offered, has found or has staged. */
function offersOf({ version, available, staged, offers = [] }: NodeViewStatus): ReadonlySet<string> {
  const told = [available, staged, ...offers].filter(
    (one) => one !== undefined && one !== version && isVersionText(one),
  );
  return new Set(told as string[]);
}
