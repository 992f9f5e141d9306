/** Runs single tasks against a host the way the node-task program does, guard and abort included. */
import { bottlerocketReasons } from '../../../src/adapters/os/bottlerocket/reasons.ts';
import { cosReasons } from '../../../src/adapters/os/cos/reasons.ts';
import type { OsName } from '../../../src/api/os.ts';
import {
  type TaskAnswer,
  taskAnswer,
  type TaskKind,
  type TaskRequest,
  taskRequest,
} from '../../../src/api/task.ts';
import { formatAnswer } from '../../../src/node-task/answer.ts';
import { runTask, TaskStopped } from '../../../src/node-task/run-task.ts';
import type { NodeTasks } from '../../../src/ports/node-tasks.ts';
import { taskReasons } from '../../../src/ports/task-reasons.ts';
import { assertDocumented } from '../../support/documented.ts';
import type { Time } from './fast-time.ts';

export interface TaskRunner {
  readonly run: (task: TaskKind, request?: Partial<TaskRequest>) => Promise<TaskAnswer>;
  /** An order for the present boot, valid for so many milliseconds. */
  readonly order: (validMs?: number) => NonNullable<TaskRequest['order']>;
  readonly log: readonly string[];
}

export function createRunner(world: {
  readonly os: OsName;
  readonly tasks: NodeTasks;
  readonly time: Time;
  readonly bootID: () => string;
  /** Called before each sleep; may stop the task as a SIGTERM does. */
  readonly beforeSleep?: (ms: number, stop: () => void) => void;
}): TaskRunner {
  const { os, tasks, time } = world;
  const log: string[] = [];
  const notUsed: NodeTasks = { inspect: unexpected, stage: unexpected, reboot: unexpected };
  return {
    log,
    order: (validMs = 120_000) => ({
      bootID: world.bootID(),
      notAfter: new Date(time.clock.now() + validMs).toISOString(),
    }),
    run: async (task, request = {}) => {
      const stop = new AbortController();
      const answer = await runTask(taskRequest.parse({ protocol: 1, task, os, ...request }), {
        tasks: { Bottlerocket: notUsed, ContainerOptimizedOS: notUsed, [os]: tasks },
        clock: time.clock,
        sleep: (ms, signal) => {
          world.beforeSleep?.(ms, () =>
            stop.abort(new TaskStopped('Terminated', `The ${task} task was told to stop.`)),
          );
          return time.sleep(ms, signal);
        },
        readBootID: async () => world.bootID(),
        log: (line) => log.push(line),
        signal: stop.signal,
      });
      // What the operator will read, not what we hold.
      const read = taskAnswer.parse(JSON.parse(formatAnswer(answer)));
      assertTold(read);
      return read;
    },
  };
}

/** Whatever is not well has a reason; people find each reason in the tables, together with the sentence. */
export function assertTold({ os: name, outcome, reason, message }: TaskAnswer): void {
  if (reason === undefined && (outcome === 'Done' || outcome === 'NothingToDo')) return;
  assertDocumented(reason ?? '', message, [reasonsOf[name], taskReasons]);
}

const reasonsOf = { Bottlerocket: bottlerocketReasons, ContainerOptimizedOS: cosReasons };

async function unexpected(): Promise<never> {
  throw new Error('A task of another operating system was asked for.');
}
