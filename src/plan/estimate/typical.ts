/**
 * How long nodes usually take, for the estimate: the mean of what this policy's earlier nodes took, a node's own last time first. Not the
 * cautious guess by which a node must fit into a window, which would put every rollout's end too far off.
 */
import { durationToMillis } from '../../api/duration.ts';
import type { NodeViewStatus } from '../../api/container-os-node.ts';
import type { PolicySpec } from '../../api/policy-spec.ts';
import type { Millis } from '../facts.ts';
import { type OsRules, stagesInTurn } from '../os-rules.ts';
import type { Snapshot } from '../snapshot.ts';

export interface Steps {
  /** In the node's slot; 0 where nodes are staged ahead of it. */
  readonly stage: Millis;
  readonly drain: Millis;
  /** Until verified. */
  readonly reboot: Millis;
}

export interface Typical {
  readonly of: (node: string) => Steps;
  /** How many earlier nodes it rests on. */
  readonly learnedFrom: number;
}

/** Until a node has shown how long it takes. */
const unlearned: Steps = { stage: 300_000, drain: 120_000, reboot: 180_000 };

export function typicalBy(
  spec: PolicySpec,
  policy: string,
  { views, settings }: Pick<Snapshot, 'views' | 'settings'>,
  rules: Pick<OsRules, 'stageIsActivation'>,
): Typical {
  const longest: Steps = {
    stage: stagesInTurn(spec, rules) ? settings.stageTimeout : 0,
    drain: durationToMillis(spec.drain.timeout),
    reboot: durationToMillis(spec.reboot.timeout),
  };
  // Nodes say how long they took: none takes longer than it may.
  const bounded = (steps: Steps): Steps => ({
    stage: Math.min(steps.stage, longest.stage),
    drain: Math.min(steps.drain, longest.drain),
    reboot: Math.min(steps.reboot, longest.reboot),
  });
  const earlier = new Map<string, Steps>();
  const stages: Millis[] = [];
  for (const { name, status } of views.values()) {
    if (status.policy !== policy || status.lastUpdate === undefined) continue;
    const { seconds } = status.lastUpdate;
    earlier.set(name, bounded(stepsOf(seconds)));
    if (seconds['stage'] !== undefined) stages.push(Math.min(seconds['stage'] * 1000, longest.stage));
  }
  const all = [...earlier.values()];
  const usual = bounded({
    stage: mean(stages) ?? unlearned.stage,
    drain: mean(all.map(({ drain }) => drain)) ?? unlearned.drain,
    reboot: mean(all.map(({ reboot }) => reboot)) ?? unlearned.reboot,
  });
  return {
    of: (node) => {
      const own = earlier.get(node);
      return own === undefined ? usual : { ...own, stage: own.stage === 0 ? usual.stage : own.stage };
    },
    learnedFrom: all.length,
  };
}

function stepsOf(seconds: NonNullable<NodeViewStatus['lastUpdate']>['seconds']): Steps {
  const { stage = 0, drain = 0, beforeDrain = 0, ...others } = seconds;
  const reboot = Object.values(others).reduce((sum, one) => sum + one, 0);
  return { stage: stage * 1000, drain: (beforeDrain + drain) * 1000, reboot: reboot * 1000 };
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;
