/** S4: a reboot is ordered only on a cordoned node that had no evictable Pod at some revision after the cordon, at most 5 s before. */
import type { Breach } from '../violation.ts';
import type { History } from '../world/history.ts';
import type { ClaimNote } from '../world/node.ts';
import { claimOf, isCordoned } from '../world/node.ts';
import type { RawNode, RawPod, RawPolicy } from '../world/objects.ts';
import { selects } from '../world/selector.ts';
import { hasEnded, isReplica, isTask } from '../world/tasks.ts';
import type { Change, Timeline } from '../world/timeline.ts';
import { stateAt } from '../world/timeline.ts';
import type { Check, CheckOptions } from './check.ts';

const listFreshMs = 5000;

export const checkDrained: Check = (history, options) =>
  history.changes('nodes').flatMap((change) => {
    const claim = claimOf(change.object);
    const former = claimOf(change.before?.object);
    if (change.object === undefined || claim?.order === undefined) return [];
    if (former?.order?.at === claim.order.at && former.attempt === claim.attempt) return [];
    return judgeOrder(history, change.object, claim, change, options);
  });

function judgeOrder(
  history: History,
  node: RawNode,
  claim: ClaimNote,
  { revision, at }: Change<RawNode>,
  { slackMs }: CheckOptions,
): readonly Breach[] {
  const { name } = node.metadata;
  const breach = (sentence: string): Breach => ({
    id: 'S4',
    revision,
    sentence: `the reboot of ${name} is ordered while ${sentence}`,
    nodes: [name],
    policies: [claim.policy],
  });
  if (!isCordoned(node)) return [breach('it is not cordoned')];
  const nodes = history.timelines('nodes').get(name) ?? [];
  const cordoned = nodes.find(({ object }) => claimOf(object)?.attempt === claim.attempt)?.revision ?? 0;
  const pods = [...history.timelines('pods').values()].filter((timeline) =>
    timeline.some(({ object }) => object?.spec?.nodeName === name),
  );
  const since = at - listFreshMs - slackMs;
  const specs = policySpecs(history, claim.policyUID, revision, since);
  const looks = looksAt(pods, Math.max(cordoned, lastBefore(history, since)), revision);
  const evictableAt = (look: number, spec: RawPolicy['spec'] | undefined): readonly string[] =>
    pods.flatMap((timeline) => {
      const pod = stateAt(timeline, look)?.object;
      return pod?.spec?.nodeName === name && isEvictable(pod, spec, at) ? [pod.metadata.name] : [];
    });
  if (looks.some((look) => specs.some((spec) => evictableAt(look, spec).length === 0))) return [];
  return [breach(`Pods are bound to it: ${evictableAt(revision, specs[0]).slice(0, 5).join(', ')}`)];
}

/** The last revision that was there before that time. */
function lastBefore(history: History, time: number): number {
  return history.revisionAt(time);
}

/** Every revision from `first` on, up to `last`, at which the Pods may look different. */
function looksAt(pods: readonly Timeline<RawPod>[], first: number, last: number): readonly number[] {
  const between = pods.flat().map(({ revision }) => revision);
  return [first, ...between.filter((revision) => revision > first && revision < last)];
}

/** What the policy said over that time: the operator may not have seen the newest yet. */
function policySpecs(
  history: History,
  uid: string,
  revision: number,
  since: number,
): readonly (RawPolicy['spec'] | undefined)[] {
  const states = [...history.timelines('policies').values()]
    .flat()
    .filter(({ object, revision: own }) => object?.metadata.uid === uid && own <= revision);
  const recent = states.filter(({ at }) => at >= since);
  const before = states.findLast(({ at }) => at < since);
  const specs = [...recent.toReversed(), ...(before === undefined ? [] : [before])];
  return specs.length === 0 ? [undefined] : specs.map(({ object }) => object?.spec);
}

function isEvictable(pod: RawPod, spec: RawPolicy['spec'] | undefined, now: number): boolean {
  const { metadata } = pod;
  if (isTask(pod) || isReplica(pod) || hasEnded(pod)) return false;
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return false;
  if (metadata.ownerReferences?.some(({ kind, controller }) => kind === 'DaemonSet' && controller === true)) {
    return false;
  }
  const { skipPods, skipTerminatingOlderThan } = spec?.drain ?? {};
  if (skipPods !== undefined && selects(skipPods, metadata.labels)) return false;
  if (skipTerminatingOlderThan === undefined || metadata.deletionTimestamp === undefined) return true;
  return now <= Date.parse(metadata.deletionTimestamp) + milliseconds(skipTerminatingOlderThan);
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function milliseconds(duration: string): number {
  let sum = 0;
  for (const [, count, unit] of duration.matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    sum += Number(count) * (units[unit ?? ''] ?? 0);
  }
  return sum;
}
