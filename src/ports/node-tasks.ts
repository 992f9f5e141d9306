/** What an operating system does on its own host: three tasks, run one at a time by the node-task program. */
import type { Outcome, TaskAnswer, TaskRequest } from '../api/task.ts';
import type { Clock } from './clock.ts';
import type { TaskReason } from './task-reasons.ts';

/** The part of an answer that only the operating system knows. Its reason is one of a table: see plan/reason-text.ts. */
export interface TaskResult<Reason extends string = TaskReason> extends Partial<
  Pick<
    TaskAnswer,
    'version' | 'variant' | 'available' | 'staged' | 'offers' | 'settings' | 'restored' | 'againAfterSeconds'
  >
> {
  readonly outcome: Outcome;
  /** Done and NothingToDo may do without. */
  readonly reason?: Reason;
  /** For a person; where the mechanism failed, its own error text. */
  readonly message: string;
}

export interface TaskContext {
  readonly request: TaskRequest;
  readonly clock: Clock;
  /** Rejects when the signal (by default the context's own) aborts. Milliseconds. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborts on SIGTERM and at the task's overall deadline. */
  readonly signal: AbortSignal;
  /** One line of progress, for people who read the Pod's log. */
  readonly log: (line: string) => void;
  /** The boot id of the running kernel. */
  readonly readBootID: () => Promise<string>;
  /** Why this boot or this moment is not the order's, or undefined while the reboot may happen. Ask directly before the reboot call. */
  readonly checkOrder: () => Promise<TaskResult | undefined>;
}

/**
 * Expected outcomes are results. A throw means that nothing is known: the program then ends without a document. `reboot` never
 * returns anything but `Done` once a reboot call was sent that may have been accepted.
 */
export interface NodeTasks {
  readonly inspect: (context: TaskContext) => Promise<TaskResult<string>>;
  readonly stage: (context: TaskContext) => Promise<TaskResult<string>>;
  readonly reboot: (context: TaskContext) => Promise<TaskResult<string>>;
}
