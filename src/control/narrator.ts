/** One line and one number for each thing that happens; nothing for a pass in which nothing does. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Snapshot } from '../plan/snapshot.ts';
import type { Plan, Step } from '../plan/step.ts';

export interface Narrator {
  /** What a pass decided: changes of state, of conditions. */
  tell(snapshot: Snapshot, plan: Plan, key: string): void;
  did(step: Step): void;
  failed(what: string, error: unknown): void;
}

/** A log with fields; the message is constant. */
export interface NarratorLog {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface NarratorMetrics {
  updated(policy: string, result: 'Succeeded' | 'Failed'): void;
  stepTook(policy: string, step: string, seconds: number): void;
}

export function createNarrator(log: NarratorLog, metrics: NarratorMetrics): Narrator {
  return {
    tell: (snapshot, plan, key) => {
      for (const { node, status } of plan.views) {
        const before = snapshot.views.get(node)?.status;
        if (before?.state === status.state && before?.because === status.because) continue;
        const fields = {
          policy: status.policy,
          node,
          from: before?.state,
          to: status.state,
          because: status.because,
        };
        if (before?.state === status.state) log.debug(fields, 'Node has another reason');
        else log.info(fields, 'Node changed state');
        count(before, status, metrics);
      }
      const policy = snapshot.policies.find(({ uid }) => uid === key);
      if (plan.status !== undefined && policy !== undefined && plan.status.message !== policy.status.message)
        log.info(
          { policy: policy.name, progress: plan.status.progress, because: plan.status.message },
          'Policy changed',
        );
    },
    did: (step) => {
      log.info(
        {
          step: step.do,
          node: step.node,
          because: step.because,
          ...('request' in step ? { task: step.request.task } : {}),
        },
        'Step done',
      );
    },
    failed: (what, error) => log.warn({ what, err: error }, 'Failed, and is tried again'),
  };
}

function count(before: NodeViewStatus | undefined, after: NodeViewStatus, metrics: NarratorMetrics): void {
  const policy = after.policy ?? '';
  if (after.lastUpdate !== undefined && before?.lastUpdate?.at !== after.lastUpdate.at) {
    metrics.updated(policy, 'Succeeded');
    for (const [step, seconds] of Object.entries(after.lastUpdate.seconds))
      metrics.stepTook(policy, step, seconds);
  }
  const failed = (view: NodeViewStatus | undefined): number =>
    (view?.attempts ?? []).reduce((sum, entry) => sum + entry.count, 0);
  if (failed(after) > failed(before)) metrics.updated(policy, 'Failed');
}
