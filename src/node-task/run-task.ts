/** One task from request to answer, without the process around it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { OsName } from '../api/os.ts';
import { type TaskAnswer, type TaskRequest, taskProtocol } from '../api/task.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeTasks, TaskContext, TaskResult } from '../ports/node-tasks.ts';
import type { TaskReason } from '../ports/task-reasons.ts';
import { checkOrder } from './guard.ts';

/** Why a task was stopped from outside: the reason of its answer. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
  readonly reason: Extract<TaskReason, 'Terminated' | 'DeadlineExceeded'>;
  constructor(reason: TaskStopped['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface TaskWorld {
  readonly tasks: Readonly<Record<OsName, NodeTasks>>;
  readonly clock: Clock;
  readonly readBootID: () => Promise<string>;
  readonly log: (line: string) => void;
  /** Aborts with a TaskStopped. */
  readonly signal: AbortSignal;
  /** For tests that run on a clock of their own; the process's timers otherwise. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Runs the request. Throws when nothing can be said about what happened: the caller must not write a document then. */
export async function runTask(request: TaskRequest, world: TaskWorld): Promise<TaskAnswer> {
  const started = world.clock.monotonic();
  const bootID = await world.readBootID();
  const result = await resultOf(request, world);
  return {
    ...result,
    protocol: taskProtocol,
    os: request.os,
    bootID,
    now: new Date(world.clock.now()).toISOString(),
    seconds: Math.max(0, Math.round(world.clock.monotonic() - started) / 1000),
  };
}

async function resultOf(request: TaskRequest, world: TaskWorld): Promise<TaskResult<string>> {
  const context = contextOf(request, world);
  const tasks = world.tasks[request.os];
  try {
    if (request.task === 'Inspect') return await tasks.inspect(context);
    if (request.task === 'Stage') return await tasks.stage(context);
    return (await context.checkOrder()) ?? (await tasks.reboot(context));
  } catch (error) {
    // The tasks let an abort through only while nothing that cannot be undone is under way.
    const reason: unknown = world.signal.reason;
    if (world.signal.aborted && reason instanceof TaskStopped) {
      return { outcome: 'Retry', reason: reason.reason, message: reason.message } satisfies TaskResult;
    }
    throw error;
  }
}

function contextOf(request: TaskRequest, world: TaskWorld): TaskContext {
  const { clock, readBootID, log, signal } = world;
  const sleep = world.sleep ?? ((ms: number, until: AbortSignal) => wait(ms, undefined, { signal: until }));
  return {
    request,
    clock,
    readBootID,
    log,
    signal,
    sleep: (ms, until = signal) => sleep(ms, until),
    checkOrder: () => checkOrder(request.order, { readBootID, now: () => clock.now() }),
  };
}
