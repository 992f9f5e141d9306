/** How long a node's next task waits after one that gave no answer: until its time, or until a new retry was carried out. */
import type { Millis, NodeView } from '../plan/facts.ts';
import type { ToldReason } from '../plan/node-reasons.ts';
import type { Settings } from '../plan/settings.ts';
import type { TaskMemory } from '../plan/snapshot.ts';
import { taskBackoff } from '../plan/tasks.ts';
import type { Memory } from './memory.ts';

export interface NoAnswerToTask {
  readonly node: string;
  readonly nodeUID: string;
  readonly task: string;
  readonly because: string;
  readonly reason?: ToldReason | undefined;
  /** The next one waits at least so long. */
  readonly wait?: Millis | undefined;
}

type Views = ReadonlyMap<string, NodeView>;

export function backOff(
  { taskMemory }: Pick<Memory, 'taskMemory'>,
  { node, nodeUID, task, because, reason, wait = 0 }: NoAnswerToTask,
  views: Views,
  settings: Settings,
  now: number,
): void {
  const retrySeen = views.get(node)?.status.retrySeen;
  const before = taskMemory.get(nodeUID);
  const goesOn = before?.task === task && before.retrySeen === retrySeen;
  const count = goesOn ? before.count + 1 : 1;
  const notBefore = now + Math.max(wait, taskBackoff(count, settings));
  taskMemory.set(nodeUID, { task, count, because, reason, notBefore, retrySeen });
}

/** What still counts: a retry that was carried out since forgets the waits of before. */
export function sinceRetry(
  taskMemory: ReadonlyMap<string, TaskMemory>,
  views: Views,
): ReadonlyMap<string, TaskMemory> {
  if (taskMemory.size === 0) return taskMemory;
  const seen = new Map([...views.values()].map(({ nodeUID, status }) => [nodeUID, status.retrySeen]));
  return new Map([...taskMemory].filter(([nodeUID, { retrySeen }]) => seen.get(nodeUID) === retrySeen));
}
