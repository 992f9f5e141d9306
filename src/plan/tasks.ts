/** Steps that put a task on a node. */
import type { RebootOrder } from '../api/claim.ts';
import type { TaskKind, TaskRequest } from '../api/task.ts';
import { longestTask, taskProtocol } from '../api/task.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { OsName } from '../api/os.ts';
import { noteFor } from '../api/restore.ts';
import type { Millis, NodeFacts } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import type { ToldReason } from './node-reasons.ts';
import { readRestore, settingsOf } from './restore-note.ts';
import { same } from './same.ts';
import type { Settings } from './settings.ts';
import type { TaskMemory } from './snapshot.ts';
import type { Step } from './step.ts';
import { askedOf, stageWish } from './target.ts';
import { sayTime } from './text.ts';

type CreateTask = Extract<Step, { do: 'CreateTask' }>;

interface TaskWish {
  readonly os: OsName;
  readonly policyUID: string;
  readonly attempt?: string | undefined;
  readonly asked?: string | undefined;
  readonly target?: string | undefined;
  readonly order?: RebootOrder | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly because: string;
}

export function createTask(task: TaskKind, node: NodeFacts, wish: TaskWish, settings: Settings): CreateTask {
  const limit = patience(task, settings);
  const request: TaskRequest = {
    protocol: taskProtocol,
    task,
    os: wish.os,
    ...(wish.target === undefined || wish.target === '' ? {} : { target: wish.target }),
    ...(wish.order === undefined
      ? {}
      : { order: { bootID: wish.order.bootID, notAfter: wish.order.notAfter } }),
    // A Reboot is bounded by its order.
    ...(task === 'Reboot' ? {} : { withinSeconds: answerWithin(limit) }),
    options: wish.options,
  };
  return {
    do: 'CreateTask',
    node: node.name,
    nodeUID: node.uid,
    policyUID: wish.policyUID,
    attempt: wish.attempt,
    asked: wish.asked,
    request,
    deadlineSeconds: Math.ceil(limit / 1000) + (task === 'Reboot' ? 0 : kubeletLater),
    because: wish.because,
  };
}

/** Seconds by which the kubelet is more patient than the operator, who says more about it: it ends what no operator is there to end. */
const kubeletLater = 10;

/** How long the operator waits for the answer, in milliseconds. */
function patience(task: TaskKind, settings: Settings): number {
  if (task === 'Inspect') return settings.inspectTimeout;
  if (task === 'Stage') return settings.stageTimeout;
  return settings.orderValidity + settings.orderVoidAfter;
}

/** Seconds in which the host must answer, so that its word comes before the operator gives up: its Pod needs a moment to start. */
function answerWithin(limit: number): number {
  const margin = Math.min(60_000, limit / 5);
  return Math.min(longestTask, Math.max(1, Math.floor((limit - margin) / 1000)));
}

export interface TaskWait {
  readonly because: string;
  readonly reason: ToldReason | undefined;
  readonly until: Millis;
}

/** Why a task of this kind waits on this node after one that gave no answer; undefined if it may be made. */
export function taskWait(memory: TaskMemory | undefined, task: TaskKind, now: number): TaskWait | undefined {
  if (memory === undefined || memory.task !== task || memory.notBefore <= now) return undefined;
  return {
    because: `${memory.because}; the next ${task} comes after ${sayTime(memory.notBefore)}`,
    reason: memory.reason,
    until: memory.notBefore,
  };
}

/** The wait after the n-th task in a row without an answer (n from 1), in milliseconds. */
export function taskBackoff(count: number, settings: Settings): number {
  return Math.min(settings.taskBackoffMost, settings.taskBackoff * 2 ** Math.min(Math.max(count - 1, 0), 16));
}

/**
 * A Stage of what the policy names or chooses, or of whatever the node's own repository offers as the newest. Where it has to change settings of
 * the host, what they were is written on the Node before the Pod exists.
 */
export function stageSteps(
  c: Pick<PolicyCase, 'policy' | 'rules' | 'spec' | 'snapshot' | 'versions'>,
  node: NodeFacts,
  seen: NodeViewStatus,
  attempt: string | undefined,
  because: string,
): readonly Step[] {
  const { rules, spec, policy, snapshot } = c;
  const reading = readRestore(node);
  const before = reading.kind === 'Note' ? reading.note : undefined;
  const { target, pins, options } = stageWish(c, node, seen);
  const note = seen.settings === undefined ? undefined : noteFor(pins, settingsOf(seen.settings), before);
  const stage = createTask(
    'Stage',
    node,
    {
      os: rules.os,
      policyUID: policy.uid,
      attempt,
      asked: askedOf(spec, rules),
      target,
      options: { ...options, ...(note === undefined ? {} : { restore: note }) },
      because,
    },
    snapshot.settings,
  );
  if (note === undefined || same(note, before)) return [stage];
  const remember: Step = {
    do: 'Remember',
    node: node.name,
    nodeUID: node.uid,
    resourceVersion: node.resourceVersion,
    note,
    because: 'the settings of the host that its update changes are put back after it',
  };
  return [remember, stage];
}
