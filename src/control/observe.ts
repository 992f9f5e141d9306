/** Everything a pass may know, read once: caches, memory, clock. */
import type { OsRulesByName } from '../plan/os-rules.ts';
import type { Settings } from '../plan/settings.ts';
import type { Snapshot } from '../plan/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import type { Memory } from './memory.ts';
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
  readonly views: Pick<ViewWriter, 'views'>;
  readonly clock: Clock;
  readonly rules: OsRulesByName;
  readonly settings: Settings;
  readonly self: Self;
}

export function observe(
  { reader, memory, views, clock, rules, settings, self }: ObserveOptions,
  key: string,
  fence: string,
): Snapshot {
  return {
    now: clock.now(),
    fence,
    policies: reader.policies(),
    nodes: reader.nodes(),
    views: views.views(),
    tasks: reader.tasks(),
    pdbs: reader.pdbs(),
    pods: reader.pods(),
    previews: memory.previews,
    evictions: memory.evictions,
    evictedOwners: memory.evictedOwners,
    taskMemory: memory.taskMemory,
    refusedSince: memory.refusedSince(key),
    exclusive: reader.exclusive(),
    self: { ...self, replicas: reader.replicas() },
    nodesHeard: reader.nodesHeard(),
    busy: memory.busy,
    rules,
    settings,
  };
}
