/** A node-task Pod: what it was made for, and what its kubelet says became of it. */
import {
  askedKey,
  attemptKey,
  nodeUIDKey,
  orderBootIDKey,
  policyUIDKey,
  taskKey,
} from '../../../api/keys.ts';
import { parseAnswer, type TaskAnswer, taskKinds } from '../../../api/task.ts';
import type { Millis, TaskFacts } from '../../../plan/facts.ts';
import { noAnswerOf, whyEnded } from './no-answer.ts';
import type { RawContainerState, RawPod } from './pod.ts';

export const taskPodPrefix = 'task-';

/** A task Pod trimmed, before the time and its Node are known. */
export interface TaskPodRecord {
  readonly facts: Omit<TaskFacts, 'answer' | 'noAnswer' | 'firstSeen'>;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly container: RawContainerState;
  /** The kubelet knows of it. */
  readonly acknowledged: boolean;
  /** Its volumes are mounted and its sandbox is there. */
  readonly prepared: boolean;
  /** Host sockets that it mounts. */
  readonly sockets: readonly string[];
}

export function taskPodRecord({ metadata = {}, spec = {}, status = {} }: RawPod): TaskPodRecord {
  const { labels = {}, annotations = {}, name = '' } = metadata;
  const { state = {}, lastState = {} } = status.containerStatuses?.[0] ?? {};
  const phase = status.phase ?? '';
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const { waiting, running } = state;
  // A kubelet that forgot its containers shows one that waits to be created, although the Pod is over, and the lost one as the last.
  const terminated = state.terminated ?? (ended ? lastState.terminated : undefined);
  return {
    facts: {
      podName: name,
      podUID: metadata.uid ?? '',
      nodeUID: labels[nodeUIDKey] ?? name.slice(taskPodPrefix.length),
      nodeName: spec.nodeName ?? '',
      policyUID: labels[policyUIDKey] ?? '',
      // A kind from a newer operator does not matter for long: its answer is recorded under its own name, or not understood.
      task: taskKinds.find((kind) => kind === labels[taskKey]) ?? 'Inspect',
      orderBootID: annotations[orderBootIDKey],
      attempt: annotations[attemptKey],
      asked: annotations[askedKey],
      terminal: ended || terminated !== undefined,
      deleting: metadata.deletionTimestamp !== undefined,
    },
    phase,
    reason: status.reason ?? '',
    message: status.message ?? '',
    container: {
      ...(waiting && { waiting: { reason: waiting.reason ?? '', message: waiting.message ?? '' } }),
      ...(running && { running: {} }),
      ...(terminated && {
        terminated: {
          reason: terminated.reason ?? '',
          message: terminated.message ?? '',
          exitCode: terminated.exitCode ?? 0,
        },
      }),
    },
    acknowledged: status.startTime !== undefined,
    prepared: (status.conditions ?? []).some(
      (condition) => condition.type === 'PodReadyToStartContainers' && condition.status === 'True',
    ),
    sockets: (spec.volumes ?? []).flatMap(({ hostPath }) =>
      hostPath?.type === 'Socket' ? [hostPath.path ?? ''] : [],
    ),
  };
}

export interface TaskReading {
  readonly now: Millis;
  readonly firstSeen: Millis;
  readonly nodeReady: boolean;
  /** Milliseconds after which a Pod that is kept from starting by a socket says so. */
  readonly missingSocketAfter: number;
}

export function taskFacts(record: TaskPodRecord, reading: TaskReading): TaskFacts {
  const { terminated } = record.container;
  // The kubelet puts a text of its own where the container's state was lost.
  const lost = terminated?.reason === 'ContainerStatusUnknown';
  const parsed = terminated === undefined || lost ? undefined : parseAnswer(terminated.message ?? '');
  const answer = parsed !== undefined && 'answer' in parsed ? explained(parsed.answer, record) : undefined;
  return {
    ...record.facts,
    answer,
    noAnswer:
      answer === undefined
        ? noAnswerOf(
            record,
            parsed !== undefined && 'invalid' in parsed ? parsed.invalid : undefined,
            reading,
          )
        : undefined,
    firstSeen: reading.firstSeen,
  };
}

/** A task that was told to stop says so; who told it, only the kubelet knows. */
function explained(answer: TaskAnswer, record: TaskPodRecord): TaskAnswer {
  const why = answer.reason === 'Terminated' ? whyEnded(record) : undefined;
  return why === undefined ? answer : { ...answer, message: `${why}: ${answer.message}` };
}
