/** What healthy means beyond Ready, for one node: conditions of its Node, and Pods on it. */
import type { WantedCondition } from '../api/health.ts';
import { type LabelSelector, selects } from '../api/label-selector.ts';
import { podTitle } from './drain.ts';
import type { Millis, NodeFacts, PodFacts } from './facts.ts';
import { listed } from './text.ts';

export interface WantedHealth {
  readonly conditions?: readonly WantedCondition[];
  readonly pods?: LabelSelector;
  /** At least so many of these Pods belong to the node and must be Ready; 0 if left out. */
  readonly readyPods?: number;
}

export type HealthVerdict =
  /** `since`: what was the last to become so. */
  | { readonly kind: 'Met'; readonly since: Millis }
  /** `since`: what has been wrong for the longest time. */
  | { readonly kind: 'NotMet'; readonly because: string; readonly since: Millis | undefined }
  /** Its Pods are not known yet. */
  | { readonly kind: 'Unlisted' };

export function judgeHealth(
  wanted: WantedHealth | undefined,
  node: NodeFacts,
  pods: readonly PodFacts[] | undefined,
): HealthVerdict {
  const { conditions = [], pods: selector, readyPods = 0 } = wanted ?? {};
  const bad = conditions.filter(({ type, status }) => conditionOf(node, type)?.status !== status);
  if (bad.length > 0)
    return {
      kind: 'NotMet',
      because: listed(bad.map((one) => sayCondition(node, one))),
      since: oldest(bad.map(({ type }) => conditionOf(node, type)?.since)),
    };
  const since = [0, ...conditions.map(({ type }) => conditionOf(node, type)?.since ?? 0)];
  if (selector === undefined) return { kind: 'Met', since: Math.max(...since) };
  if (pods === undefined) return { kind: 'Unlisted' };
  const ours = pods.filter((pod) => selects(selector, pod.labels) && isToRun(pod));
  const down = ours.filter(({ ready }) => !ready);
  if (down.length > 0)
    return {
      kind: 'NotMet',
      because: `pod ${listed(down.map((pod) => podTitle(pod)).toSorted())} is not Ready`,
      since: oldest(down.map(({ readySince }) => readySince)),
    };
  const own = ours.filter((pod) => isOfNode(pod));
  if (own.length < readyPods)
    return {
      kind: 'NotMet',
      because: `only ${own.length} of ${readyPods} pods of the node that health.pods selects are there again`,
      since: undefined,
    };
  return { kind: 'Met', since: Math.max(...since, ...own.map(({ readySince = 0 }) => readySince)) };
}

/** How many Pods there are to come back: the others go with the drain, and need not. */
export const countReadyOwn = (selector: LabelSelector, pods: readonly PodFacts[]): number =>
  pods.filter((pod) => pod.ready && isOfNode(pod) && isToRun(pod) && selects(selector, pod.labels)).length;

/** Of DaemonSets, and static ones: a drain leaves them, and a boot starts them. */
const isOfNode = ({ controller, mirror }: PodFacts): boolean => mirror || controller?.kind === 'DaemonSet';

const isToRun = ({ phase, deletionTimestamp }: PodFacts): boolean =>
  deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';

/** A type may be the name of something that every object inherits. */
const conditionOf = ({ conditions, ready, readySince }: NodeFacts, type: string) =>
  type === 'Ready'
    ? ({ status: ready ? 'True' : 'False', since: readySince } as const)
    : Object.hasOwn(conditions, type)
      ? conditions[type]
      : undefined;

function sayCondition(node: NodeFacts, { type, status }: WantedCondition): string {
  const found = conditionOf(node, type)?.status;
  return found === undefined
    ? `it has no condition ${type}`
    : `its condition ${type} is ${found} instead of ${status}`;
}

function oldest(times: readonly (Millis | undefined)[]): Millis | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
