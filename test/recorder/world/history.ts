/** The recorded run in the order of etcd's revisions: what each object was at each revision, and what we asked for. */
import type { AuditEvent } from './audit.ts';
import type { ObjectEvent, RebootCall, RecordedEvent } from './event.ts';
import type { Objects, RawObject, Resource } from './objects.ts';
import { stateAt } from './timeline.ts';
import { changesOf } from './timeline.ts';
import type { Change, Timeline } from './timeline.ts';

export interface History {
  readonly objects: readonly ObjectEvent[];
  /** By `namespace/name`, or name where there is no namespace. */
  timelines<R extends Resource>(resource: R): ReadonlyMap<string, Timeline<Objects[R]>>;
  /** Objects that are there at that revision. */
  at<R extends Resource>(resource: R, revision: number): readonly Objects[R][];
  changes<R extends Resource>(resource: R): readonly Change<Objects[R]>[];
  /** The judged accounts' requests, in the order of their end. */
  readonly requests: readonly AuditEvent[];
  readonly rebootCalls: readonly RebootCall[];
  /** Nodes whose hosts' calls are known. */
  readonly journaled: ReadonlySet<string>;
  /** The last revision seen not later than that time (milliseconds since the epoch); 0 before the first. */
  revisionAt(time: number): number;
}

export interface HostRecord {
  readonly rebootCalls: readonly RebootCall[];
  readonly journaled: readonly string[];
}

export const noHosts: HostRecord = { rebootCalls: [], journaled: [] };

export function createHistory(events: readonly RecordedEvent[], hosts: HostRecord = noHosts): History {
  const objects = events
    .flatMap((event) => (event.kind === 'Object' ? [event] : []))
    .toSorted((a, b) => a.revision - b.revision);
  const requests = events
    .flatMap((event) => (event.kind === 'Audit' ? [event.event] : []))
    .toSorted((a, b) => Date.parse(a.stageTimestamp) - Date.parse(b.stageTimestamp));
  const timelines = {
    nodes: timelinesOf('nodes', objects),
    pods: timelinesOf('pods', objects),
    policies: timelinesOf('policies', objects),
    views: timelinesOf('views', objects),
  } satisfies { readonly [R in Resource]: ReadonlyMap<string, Timeline<Objects[R]>> };
  const of = <R extends Resource>(resource: R): ReadonlyMap<string, Timeline<Objects[R]>> =>
    timelines[resource] as ReadonlyMap<string, Timeline<Objects[R]>>;
  const clock = revisionsByTime(objects);

  return {
    objects,
    timelines: of,
    at: (resource, revision) =>
      [...of(resource).values()].flatMap((timeline) => stateAt(timeline, revision)?.object ?? []),
    changes: (resource) =>
      [...of(resource).values()].flatMap(changesOf).toSorted((a, b) => a.revision - b.revision),
    requests,
    rebootCalls: hosts.rebootCalls,
    journaled: new Set(hosts.journaled),
    revisionAt: (time) => stateAt(clock, time)?.object ?? 0,
  };
}

/** A timeline over time instead of revisions: the highest revision seen by then. */
function revisionsByTime(objects: readonly ObjectEvent[]): Timeline<number> {
  let highest = 0;
  return objects
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, revision }) => {
      highest = Math.max(highest, revision);
      return { revision: at, at, old: false, object: highest };
    });
}

export function keyOf({ metadata: { namespace, name } }: RawObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function timelinesOf<R extends Resource>(
  resource: R,
  events: readonly ObjectEvent[],
): ReadonlyMap<string, Timeline<Objects[R]>> {
  const timelines = new Map<string, Timeline<Objects[R]>[number][]>();
  for (const event of events) {
    if (event.resource !== resource) continue;
    const object = event.object as Objects[R];
    const timeline = timelines.get(keyOf(object)) ?? [];
    timelines.set(keyOf(object), timeline);
    // A watch that was opened again may show a revision twice.
    if (timeline.at(-1)?.revision === event.revision) continue;
    const { revision, at, old, deleted } = event;
    timeline.push({ revision, at, old, object: deleted ? undefined : object });
  }
  return timelines;
}
