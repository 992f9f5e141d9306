/** How long a node is expected to be out of service: learned from this policy's earlier nodes, until then its own timeouts. */
import { durationToMillis } from '../api/duration.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Millis } from './facts.ts';
import type { OsRules } from './os-rules.ts';
import type { Snapshot } from './snapshot.ts';

export interface Expected {
  /** From the cordon to verified; where staging belongs to the turn, from its beginning. */
  readonly outOfService: (node: string) => Millis;
  /** It took so long itself the last time. */
  readonly isOwn: (node: string) => boolean;
  /** How many earlier nodes that rests on; 0: on the timeouts alone. */
  readonly learnedFrom: number;
}

/** The share of earlier nodes that were not slower. */
const quantile = 0.9;

export function expectedBy(
  spec: PolicySpec,
  policy: string,
  { views, settings }: Pick<Snapshot, 'views' | 'settings'>,
  rules: Pick<OsRules, 'stageIsActivation'>,
): Expected {
  const earlier = new Map<string, Millis>();
  for (const { name, status } of views.values()) {
    const took = tookOf(status);
    if (status.policy === policy && took !== undefined) earlier.set(name, took);
  }
  const sorted = [...earlier.values()].toSorted((a, b) => a - b);
  const usual =
    sorted[Math.ceil(sorted.length * quantile) - 1] ??
    durationToMillis(spec.drain.timeout) +
      durationToMillis(spec.reboot.timeout) +
      // The hook before the drain runs within its timeout.
      (spec.hooks?.afterUpdate === undefined ? 0 : settings.hookTimeout) +
      (rules.stageIsActivation ? settings.stageTimeout : 0);
  return {
    outOfService: (node) => earlier.get(node) ?? usual,
    isOwn: (node) => earlier.has(node),
    learnedFrom: sorted.length,
  };
}

function tookOf({ lastUpdate }: NodeViewStatus): Millis | undefined {
  if (lastUpdate === undefined) return undefined;
  return Object.values(lastUpdate.seconds).reduce((sum, seconds) => sum + seconds, 0) * 1000;
}
