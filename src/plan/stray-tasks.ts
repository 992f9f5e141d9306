/** Task Pods that were made for a Node that is gone. They stay bound to a Node that is made anew under the same name. */
import type { TaskFacts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';

export function strayTasksOf(snapshot: Pick<Snapshot, 'tasks' | 'nodes'>): ReadonlyMap<string, TaskFacts> {
  const stray = new Map<string, TaskFacts>();
  if (snapshot.tasks.size === 0) return stray;
  const alive = new Set([...snapshot.nodes.values()].map(({ uid }) => uid));
  for (const task of snapshot.tasks.values()) if (!alive.has(task.nodeUID)) stray.set(task.nodeName, task);
  return stray;
}
