/** The task Pods as the plan reads them: with the time that each was first seen, and what its node's state adds. */
import type { NodeFacts, TaskFacts } from '../../plan/facts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TaskPodRecord } from './facts/task-record.ts';
import { taskFacts } from './facts/task.ts';

export interface TaskWatch {
  /** By the Node UID that they are named for. */
  readonly tasks: () => ReadonlyMap<string, TaskFacts>;
  /** To be told of each change of a task Pod. */
  readonly changed: (after: TaskPodRecord | undefined, before: TaskPodRecord | undefined) => void;
  readonly stop: () => void;
}

export interface TaskWatchOptions {
  readonly clock: Clock;
  readonly records: () => ReadonlyMap<string, TaskPodRecord>;
  readonly nodes: () => ReadonlyMap<string, NodeFacts>;
  /** Milliseconds after which a Pod that is kept from starting by a socket says so. */
  readonly missingSocketAfter: number;
  /** Something about the task on this node changed. */
  readonly onChange: (node: string) => void;
}

export function createTaskWatch({
  clock,
  records,
  nodes,
  missingSocketAfter,
  onChange,
}: TaskWatchOptions): TaskWatch {
  type Sight = Pick<TaskFacts, 'firstSeen' | 'firstSeenTicks'>;
  const sights = new Map<string, Sight>();
  const sight = (): Sight => ({ firstSeen: clock.now(), firstSeenTicks: clock.monotonic() });
  const timers = new Map<string, NodeJS.Timeout>();

  const forget = (podUID: string): void => {
    sights.delete(podUID);
    clearTimeout(timers.get(podUID));
    timers.delete(podUID);
  };
  const see = ({ facts: { podUID, nodeName }, sockets }: TaskPodRecord): void => {
    if (sights.has(podUID)) return;
    sights.set(podUID, sight());
    if (sockets.length === 0) return;
    // Nothing will happen at the moment from which a missing socket is told; somebody has to say so.
    timers.set(podUID, setTimeout(() => onChange(nodeName), missingSocketAfter).unref());
  };

  return {
    tasks: () => {
      const ticks = clock.monotonic();
      const seen = new Map<string, TaskFacts>();
      for (const record of records().values()) {
        const { podUID, nodeUID, nodeName } = record.facts;
        const nodeReady = nodes().get(nodeName)?.ready === true;
        seen.set(
          nodeUID,
          taskFacts(record, { ticks, ...(sights.get(podUID) ?? sight()), nodeReady, missingSocketAfter }),
        );
      }
      return seen;
    },
    changed: (after, before) => {
      if (before !== undefined && before.facts.podUID !== after?.facts.podUID) forget(before.facts.podUID);
      if (after !== undefined) see(after);
      const node = (after ?? before)?.facts.nodeName;
      if (node !== undefined) onChange(node);
    },
    stop: () => {
      for (const podUID of sights.keys()) forget(podUID);
    },
  };
}
