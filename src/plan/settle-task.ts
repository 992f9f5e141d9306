/** What an Inspect or Stage Pod that is there means: its answer, its deadline, or that something else must wait for it. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import { millisToDuration } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { TaskAnswer } from '../api/task.ts';
import type { Millis, NoAnswerCause, NodeFacts, TaskFacts } from './facts.ts';
import { told, type ToldReason } from './node-reasons.ts';
import type { OsRules } from './os-rules.ts';
import { recordAnswer } from './record.ts';
import { readRestore } from './restore-note.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';

export interface Settled {
  /** The view with the answer in it. */
  readonly seen: NodeViewStatus;
  /** The Pod's answer is in the view, or there will be none: it goes. */
  readonly deletion: Step | undefined;
  /** It is still at work, or still going away: the node gets no other task. */
  readonly blocking:
    | {
        readonly because: string;
        /** Of that sentence, where it says what is wrong. */ readonly reason?: ToldReason | undefined;
        readonly wakeAt: Millis | undefined;
      }
    | undefined;
}

export function settleTask(
  seen: NodeViewStatus,
  task: TaskFacts | undefined,
  node: NodeFacts,
  retry: PolicySpec['retry'],
  rules: OsRules,
  { now, ticks, settings }: Pick<Snapshot, 'now' | 'ticks' | 'settings'>,
  /** The attempt of the claim on the node, if there is one. */
  attempt: string | undefined,
): Settled {
  if (task === undefined) return { seen, deletion: undefined, blocking: undefined };
  const title = `its ${task.task} task`;
  if (task.deleting)
    return { seen, deletion: undefined, blocking: { because: `${title} is going away`, wakeAt: undefined } };
  const remove = (because: string, later: Later | undefined, wait?: Millis): Step => ({
    do: 'DeleteTask',
    node: node.name,
    nodeUID: task.nodeUID,
    podName: task.podName,
    podUID: task.podUID,
    task: task.task,
    backOff: later?.because,
    reason: later?.reason,
    ...(wait === undefined ? {} : { wait }),
    because,
  });
  if (task.task === 'Reboot') {
    // Left over from a claim that is gone, after a crash between the release and its removal: its order is void.
    const deletion = task.attempt === attempt ? undefined : remove('its claim is gone', undefined);
    return { seen, deletion, blocking: { because: `${title} is there`, wakeAt: undefined } };
  }
  if (task.answer !== undefined && task.terminal) {
    const { answer } = task;
    return {
      seen: recordAnswer(seen, task, answer, node, retry, rules, now),
      deletion: remove(
        `${title} answered ${answer.outcome}`,
        whyLater(task, answer, node),
        answer.againAfterSeconds === undefined ? undefined : answer.againAfterSeconds * 1000,
      ),
      blocking: { because: `${title} has answered`, wakeAt: undefined },
    };
  }
  if (task.terminal) {
    const why = silence(task) ?? { because: 'it ended without an answer' };
    return {
      seen,
      deletion: remove(`${title} gave no answer: ${why.because}`, why),
      blocking: { ...why, wakeAt: undefined },
    };
  }
  const limit = task.task === 'Inspect' ? settings.inspectTimeout : settings.stageTimeout;
  const left = task.firstSeenTicks + limit - ticks;
  const why = silence(task);
  if (left <= 0) {
    const overdue = why ?? noAnswer('DeadlineExceeded', `no answer within ${millisToDuration(limit)}`);
    return {
      seen,
      deletion: remove(`${title} gave no answer within ${millisToDuration(limit)}`, overdue),
      blocking: { ...overdue, wakeAt: undefined },
    };
  }
  return {
    seen,
    deletion: undefined,
    blocking: { ...(why ?? { because: `${title} is running` }), wakeAt: now + left },
  };
}

/** Why the next task waits. */
interface Later {
  readonly because: string;
  /** As the host or its kubelet gives it, if one does. */
  readonly reason?: ToldReason;
}

const noAnswer = (cause: NoAnswerCause, because: string): Later => ({ because, reason: told(cause) });

/** What is known to keep it from answering. */
const silence = ({ noAnswer: known }: TaskFacts): Later | undefined =>
  known === undefined ? undefined : noAnswer(known.cause, known.sentence);

/** Why the next task waits after this answer, if it does. */
function whyLater(task: TaskFacts, answer: TaskAnswer, node: NodeFacts): Later | undefined {
  const { outcome, reason, message } = answer;
  if (outcome === 'Retry' || outcome === 'Failed')
    return {
      because: message === '' ? (reason ?? outcome) : message,
      ...(reason === undefined ? {} : { reason: told(reason) }),
    };
  // It makes nothing fresh. A node that lies about its boot would be asked again at once, for ever.
  if (answer.bootID !== node.bootID)
    return { because: `it answered for boot ${answer.bootID}, the node shows ${node.bootID}` };
  // One that was to put settings back and says nothing of it would be asked again at once, too.
  const noted = readRestore(node).kind === 'Note';
  if (task.task === 'Inspect' && noted && answer.restored !== true)
    return { because: 'its settings were not put back' };
  return undefined;
}
