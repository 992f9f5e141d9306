/** S8: a node counts as updated only when it was Ready on a new boot id, with the version that was claimed for it. */
import type { Breach } from '../violation.ts';
import { member } from '../world/audit.ts';
import type { History } from '../world/history.ts';
import { entriesOf } from '../world/ledger.ts';
import type { ClaimNote } from '../world/node.ts';
import { bootIDOf, claimOf, isReady, shownVersion } from '../world/node.ts';
import type { RawNode } from '../world/objects.ts';
import { isTask, taskNodeUID } from '../world/tasks.ts';
import { isOlder } from '../world/versions.ts';
import type { Check, CheckOptions } from './check.ts';

export const checkVerified: Check = (history, options) => [
  ...history.changes('policies').flatMap(({ object, before, revision, at }) => {
    const soaking = (policy: typeof object): ReadonlyMap<string, string> =>
      new Map(
        (policy === undefined ? [] : entriesOf(policy))
          .filter(({ phase }) => phase === 'Soaking')
          .map(({ node, attempt }) => [attempt, node]),
      );
    const known = soaking(before?.object);
    return [...soaking(object)]
      .filter(([attempt]) => !known.has(attempt))
      .flatMap(([attempt, node]) => judge(history, { node, attempt, revision, at }, options));
  }),
  ...history.changes('views').flatMap(({ object, before, revision, at }) => {
    const update = object?.status?.lastUpdate;
    if (object === undefined || update === undefined || update.at === before?.object?.status?.lastUpdate?.at)
      return [];
    return judge(history, { node: object.metadata.name, attempt: undefined, revision, at }, options);
  }),
];

interface Counted {
  readonly node: string;
  /** Undefined: the last one on the Node. */
  readonly attempt: string | undefined;
  readonly revision: number;
  readonly at: number;
}

function judge(history: History, counted: Counted, { nodeSightMs }: CheckOptions): readonly Breach[] {
  const { node, attempt, revision, at } = counted;
  const breach = (sentence: string): readonly Breach[] => [
    { id: 'S8', revision, sentence: `${node} is counted as updated ${sentence}`, nodes: [node] },
  ];
  const timeline = (history.timelines('nodes').get(node) ?? []).filter((state) => state.revision <= revision);
  const claimed = timeline.findLast(({ object }) => {
    const claim = claimOf(object);
    return claim !== undefined && (attempt === undefined || claim.attempt === attempt);
  });
  const claim = claimOf(claimed?.object);
  if (claim === undefined) return breach('and was never claimed');
  const { order } = claim;
  if (order === undefined) return breach('and its reboot was never ordered');
  const ordered = timeline.findIndex(({ object }) => claimOf(object)?.order?.at === order.at);
  const sights = timeline.filter(
    (_, index) =>
      index >= ordered && (timeline[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= at - nodeSightMs,
  );
  const rebooted = sights.filter(({ object }) => object !== undefined && bootIDOf(object) !== order.bootID);
  if (rebooted.length === 0) return breach('on the boot id of its order');
  const ready = rebooted.filter(({ object }) => isReady(object));
  if (ready.length === 0) return breach('and was not Ready on its new boot id');
  const versions = ready.flatMap(({ object }) =>
    object === undefined ? [] : versionsOf(history, object, revision),
  );
  if (versions.some((version) => isReached(version, claim))) return [];
  const wanted = claim.target === '' ? `something newer than ${claim.from}` : claim.target;
  return breach(`to ${wanted}, and runs ${versions[0] ?? 'a version that nobody knows'}`);
}

/** From the Node where it shows it, else from the answers of tasks under the same boot id. */
function versionsOf(history: History, node: RawNode, revision: number): readonly string[] {
  const shown = shownVersion(node);
  if (shown !== undefined) return [shown];
  const answers = [...history.timelines('pods').values()].flat().flatMap(({ object, revision: seen }) => {
    if (object === undefined || seen > revision || !isTask(object)) return [];
    if (taskNodeUID(object) !== node.metadata.uid) return [];
    return object.status?.containerStatuses?.flatMap(({ state }) => state?.terminated?.message ?? []) ?? [];
  });
  return answers.toReversed().flatMap((text) => {
    if (!text.startsWith('{') || !text.includes(bootIDOf(node))) return [];
    const answer: unknown = parsed(text);
    const version = member(answer, 'version');
    return member(answer, 'bootID') === bootIDOf(node) && typeof version === 'string' ? [version] : [];
  });
}

function isReached(version: string, { os, from, target, exact }: ClaimNote): boolean {
  if (os === 'ContainerOptimizedOS') return isOlder(from, version);
  return !isOlder(version, target) && !(exact && isOlder(target, version));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a broken host writes is no answer.
    return undefined;
  }
}
