/** One line and one number for each thing that happens; nothing for a pass in which nothing does. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Snapshot } from '../plan/snapshot.ts';
import type { Plan, Step } from '../plan/step.ts';
import { createTold } from './told.ts';

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

/** Far more than happens between a write and the event that shows it. */
const mostTold = 10_000;

export function createNarrator(log: NarratorLog, metrics: NarratorMetrics): Narrator {
  const isNews = createTold(mostTold);
  return {
    tell: (snapshot, plan, key) => {
      for (const { node, status } of plan.views) {
        const before = snapshot.views.get(node)?.status;
        const { state = '', because = '' } = status;
        const fields = { policy: status.policy, node, from: before?.state, to: state, because };
        if (before?.state !== state && isNews(`state ${node}`, state)) log.info(fields, 'Node changed state');
        else if (before?.because !== because && isNews(`because ${node}`, because))
          log.debug(fields, 'Node has another reason');
        count(node, before, status, metrics, isNews);
      }
      const policy = snapshot.policies.find(({ uid }) => uid === key);
      if (policy === undefined || plan.status === undefined) return;
      const { message = '', progress } = plan.status;
      if (message !== policy.status.message && isNews(`policy ${key}`, message))
        log.info({ policy: policy.name, progress, because: message }, 'Policy changed');
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

function count(
  node: string,
  before: NodeViewStatus | undefined,
  after: NodeViewStatus,
  metrics: NarratorMetrics,
  isNews: (about: string, text: string) => boolean,
): void {
  const policy = after.policy ?? '';
  const { lastUpdate } = after;
  if (lastUpdate !== undefined) {
    const known = before?.lastUpdate?.at === lastUpdate.at ? before.lastUpdate.seconds : undefined;
    if (known === undefined && isNews(`update ${node}`, lastUpdate.at)) metrics.updated(policy, 'Succeeded');
    // A hook after the update comes later than the rest.
    for (const [step, seconds] of Object.entries(lastUpdate.seconds))
      if (known?.[step] === undefined && isNews(`step ${step} ${node}`, lastUpdate.at))
        metrics.stepTook(policy, step, seconds);
  }
  for (const { attempt } of after.attempts ?? []) {
    const known = before?.attempts?.some((entry) => entry.attempt === attempt) ?? false;
    if (!known && isNews(`attempt ${attempt}`, attempt)) metrics.updated(policy, 'Failed');
  }
}
