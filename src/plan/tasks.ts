/** Steps that put a task on a node. */
import type { RebootOrder } from '../api/claim.ts';
import type { TaskKind, TaskRequest } from '../api/task.ts';
import { taskProtocol } from '../api/task.ts';
import type { OsName } from '../api/os.ts';
import type { NodeFacts } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import type { Settings } from './settings.ts';
import type { TaskMemory } from './snapshot.ts';
import type { Step } from './step.ts';
import { sayTime } from './text.ts';

interface TaskWish {
  readonly os: OsName;
  readonly policyUID: string;
  readonly attempt?: string | undefined;
  readonly target?: string | undefined;
  readonly order?: RebootOrder | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly because: string;
}

export function createTask(task: TaskKind, node: NodeFacts, wish: TaskWish, settings: Settings): Step {
  const request: TaskRequest = {
    protocol: taskProtocol,
    task,
    os: wish.os,
    ...(wish.target === undefined || wish.target === '' ? {} : { target: wish.target }),
    ...(wish.order === undefined
      ? {}
      : { order: { bootID: wish.order.bootID, notAfter: wish.order.notAfter } }),
    options: wish.options,
  };
  const limit =
    task === 'Inspect'
      ? settings.inspectTimeout
      : task === 'Stage'
        ? settings.stageTimeout
        : settings.orderValidity + settings.orderVoidAfter;
  return {
    do: 'CreateTask',
    node: node.name,
    nodeUID: node.uid,
    policyUID: wish.policyUID,
    attempt: wish.attempt,
    request,
    deadlineSeconds: Math.ceil(limit / 1000),
    because: wish.because,
  };
}

/** Why a task of this kind waits on this node after one that gave no answer; undefined if it may be made. */
export function taskWait(
  memory: TaskMemory | undefined,
  task: TaskKind,
  now: number,
): { readonly because: string; readonly until: number } | undefined {
  if (memory === undefined || memory.task !== task || memory.notBefore <= now) return undefined;
  return {
    because: `${memory.because}; the next ${task} comes after ${sayTime(memory.notBefore)}`,
    until: memory.notBefore,
  };
}

/** The wait after the n-th task in a row without an answer (n from 1), in milliseconds. */
export function taskBackoff(count: number, settings: Settings): number {
  return Math.min(settings.taskBackoffMost, settings.taskBackoff * 2 ** Math.min(Math.max(count - 1, 0), 16));
}

/** A Stage of whatever the node's own repository offers as the newest: nothing is pinned. */
export function stageStep(
  c: Pick<PolicyCase, 'policy' | 'rules' | 'spec' | 'snapshot'>,
  node: NodeFacts,
  attempt: string | undefined,
  because: string,
): Step {
  return createTask(
    'Stage',
    node,
    { os: c.rules.os, policyUID: c.policy.uid, attempt, options: c.rules.taskOptions(c.spec), because },
    c.snapshot.settings,
  );
}
