/** Everything a pass may know, read once: caches, memory, clock. */
import type { TaskFacts } from '../plan/facts.ts';
import type { OsRulesByName } from '../plan/os-rules.ts';
import type { Settings } from '../plan/settings.ts';
import type { Snapshot } from '../plan/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import type { GateReadings } from './gate-readings.ts';
import type { Memory } from './memory.ts';
import { sinceRetry } from './task-memory.ts';
import type { ViewWriter } from './view-writer.ts';

export interface Self {
  readonly nodeName: string | undefined;
  readonly podName: string | undefined;
  readonly namespace: string | undefined;
  readonly podLabels: Readonly<Record<string, string>>;
}

export interface ObserveOptions {
  readonly reader: ClusterReader;
  readonly memory: Memory;
  readonly gates: Pick<GateReadings, 'of'>;
  readonly views: Pick<ViewWriter, 'views'>;
  readonly clock: Clock;
  readonly rules: OsRulesByName;
  readonly settings: Settings;
  readonly self: Self;
}

export function observe(
  { reader, memory, gates, views, clock, rules, settings, self }: ObserveOptions,
  key: string,
  { fence, leadsSince }: Pick<Snapshot, 'fence' | 'leadsSince'>,
): Snapshot {
  return {
    now: clock.now(),
    ticks: clock.monotonic(),
    fence,
    leadsSince,
    policies: reader.policies(),
    nodes: reader.nodes(),
    views: views.views(),
    tasks: withDeleted(reader.tasks(), memory.deletedTasks),
    hooks: hooksWithDeleted(reader.hooks(), memory.deletedHooks),
    pdbs: reader.pdbs(),
    pods: reader.pods(),
    previews: memory.previews,
    evictions: memory.evictions,
    evictedOwners: memory.evictedOwners,
    taskMemory: sinceRetry(memory.taskMemory, views.views()),
    refusedSince: memory.refusedSince(key),
    gateReadings: gates.of(key),
    exclusive: reader.exclusive(),
    self: { ...self, replicas: reader.replicas() },
    nodesHeard: reader.nodesHeard(),
    busy: memory.underWay(),
    rules,
    settings,
  };
}

function withDeleted(
  tasks: ReadonlyMap<string, TaskFacts>,
  deleted: Set<string>,
): ReadonlyMap<string, TaskFacts> {
  if (deleted.size === 0) return tasks;
  const present = new Set([...tasks.values()].map(({ podUID }) => podUID));
  for (const uid of deleted) if (!present.has(uid)) deleted.delete(uid);
  return new Map(
    [...tasks].map(([key, task]) => [key, deleted.has(task.podUID) ? { ...task, deleting: true } : task]),
  );
}

function hooksWithDeleted(hooks: Snapshot['hooks'], deleted: Set<string>): Snapshot['hooks'] {
  if (hooks === undefined || hooks === 'Unheard' || deleted.size === 0) return hooks;
  const present = new Set(hooks.map(({ jobUID }) => jobUID));
  for (const uid of deleted) if (!present.has(uid)) deleted.delete(uid);
  return hooks.map((job) => (deleted.has(job.jobUID) ? { ...job, deleting: true } : job));
}
