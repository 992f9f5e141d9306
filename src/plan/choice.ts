/** Of the versions that a node is offered, the newest that it may take, and the newest that is kept from it. */
import { exactVersion } from '../api/target-version.ts';
import { isOurs } from '../api/restore.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Verdict } from './allowed.ts';
import type { NodeFacts } from './facts.ts';
import type { NodeCase, PolicyCase } from './node-case.ts';
import { readRestore } from './restore-note.ts';

export type Refusal = Exclude<Verdict, { kind: 'Allowed' }>;

export interface Kept {
  readonly version: string;
  readonly verdict: Refusal;
}

export interface Choice {
  /** The newest allowed one that is newer than what the node runs. */
  readonly best: string | undefined;
  /** Newer still, and not allowed (yet): one that may become so before one that never will. */
  readonly kept: Kept | undefined;
}

type Chooser = Pick<PolicyCase, 'rules' | 'spec' | 'versions'>;

export function choiceOf(
  { rules, versions }: Pick<Chooser, 'rules' | 'versions'>,
  node: Pick<NodeFacts, 'annotations'>,
  seen: NodeViewStatus,
): Choice {
  const running = seen.version ?? '';
  const list = versions.governed ? (seen.offers ?? [seen.available]) : [seen.available];
  const lock = versions.governed ? ownLock(node, seen) : 'latest';
  const newer = list
    .filter((one): one is string => one !== undefined && rules.compareVersions(one, running) > 0)
    .filter((one) => !versions.governed || rules.isNamed(one))
    .filter((one) => lock === 'latest' || rules.compareVersions(one, lock) === 0)
    .toSorted((a, b) => rules.compareVersions(b, a));
  const best = newer.find((one) => versions.judge(one, running).kind === 'Allowed');
  const kept = newer.slice(0, best === undefined ? undefined : newer.indexOf(best)).flatMap((version) => {
    const verdict = versions.judge(version, running);
    return verdict.kind === 'Allowed' ? [] : [{ version, verdict }];
  });
  return { best, kept: kept.find(({ verdict }) => verdict.kind !== 'Denied') ?? kept[0] };
}

/** What the host was locked to before the operator changed anything: a person's choice among its versions. */
function ownLock(node: Pick<NodeFacts, 'annotations'>, { settings }: NodeViewStatus): string {
  const lock = settings?.versionLock ?? 'latest';
  const reading = readRestore(node);
  return reading.kind === 'Note' && isOurs(reading.note, 'version-lock', lock)
    ? reading.note['version-lock']
    : lock;
}

/** The version that a Stage is told to take; undefined where it takes what the host chooses. */
export function namedVersion(
  c: Chooser,
  node: Pick<NodeFacts, 'annotations'>,
  seen: NodeViewStatus,
): string | undefined {
  const exact = exactVersion(c.spec);
  if (exact !== undefined) return exact;
  return c.versions.governed && c.rules.choosesVersion ? choiceOf(c, node, seen).best : undefined;
}

/** Why a staged version that is newer than what runs may not be entered; undefined where it may, or where there is none. */
export function stagedRefusal({
  rules,
  versions,
  seen: { staged, version = '' },
}: Pick<NodeCase, 'rules' | 'versions' | 'seen'>): Kept | undefined {
  if (staged === undefined || rules.compareVersions(staged, version) <= 0) return undefined;
  const verdict = versions.judge(staged, version);
  return verdict.kind === 'Allowed' ? undefined : { version: staged, verdict };
}
