/** A node-task Pod trimmed to what its facts are made of. */
import { askedKey, attemptKey, nodeUIDKey, policyUIDKey, taskKey } from '../../../api/keys.ts';
import { taskKinds } from '../../../api/task.ts';
import type { Millis, TaskFacts, Ticks } from '../../../plan/facts.ts';
import type { RawContainerState, RawPod } from './pod.ts';

export const taskPodPrefix = 'task-';

/** A task Pod trimmed, before the time and its Node are known. */
export interface TaskPodRecord {
  readonly facts: Omit<TaskFacts, 'answer' | 'noAnswer' | 'firstSeen' | 'firstSeenTicks'>;
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
  /** Now. */
  readonly ticks: Ticks;
  readonly firstSeen: Millis;
  readonly firstSeenTicks: Ticks;
  readonly nodeReady: boolean;
  /** Milliseconds after which a Pod that is kept from starting by a socket says so. */
  readonly missingSocketAfter: number;
}
