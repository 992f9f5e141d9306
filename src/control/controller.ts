/** Wakes passes: changes of the cluster, times that plans asked for, failures that wait. Works only while this process leads. */
import type { OsName } from '../api/os.ts';
import type { Settings } from '../plan/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Change, ClusterReader, ClusterWriter } from '../ports/cluster.ts';
import { ConflictError, NotFoundError, StaleError, UnreachableError } from '../ports/errors.ts';
import type { GateSource } from '../ports/gates.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { OsAdapter } from '../ports/os-adapter.ts';
import { createApplier } from './apply-step.ts';
import { GateReadings } from './gate-readings.ts';
import { Memory } from './memory.ts';
import type { Narrator } from './narrator.ts';
import { observe, type Self } from './observe.ts';
import { createReconcile, orphansKey } from './reconcile.ts';
import { returnAfterOwnNode } from './stay-out.ts';
import { ViewWriter } from './view-writer.ts';
import { type QueueMeter, WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly leadership: Leadership;
  readonly gates: GateSource;
  readonly clock: Clock;
  readonly adapters: Readonly<Record<OsName, OsAdapter>>;
  readonly settings: Settings;
  readonly self: Self;
  readonly narrator: Narrator;
  readonly metrics: ControllerMetrics;
}

export interface ControllerMetrics extends QueueMeter {
  reconciled(result: 'success' | 'requeue' | 'requeue_after' | 'error', seconds: number): void;
  evicted(result: string): void;
}

export interface Controller {
  /** This process leads, under this fence. */
  start(fence: string): void;
  /** It does not any more; resolves when nothing of it is under way. */
  stop(): Promise<void>;
  /** Something changed. */
  wake(): void;
}

/** A burst of events is one pass. */
const gatherMs = 10;
const viewGatherMs = 400;
const resyncMs = 600_000;
const leaderlessMs = 60_000;

export function createController(options: ControllerOptions): Controller {
  const { reader, writer, leadership, clock, adapters, settings, self, narrator, metrics } = options;
  const memory = new Memory();
  const gates = new GateReadings({
    source: options.gates,
    clock,
    onAnswer: (key) => queue.add(key),
  });
  const views = new ViewWriter({
    reader,
    writer,
    clock,
    gatherMs: viewGatherMs,
    most: 8,
    onFailure: (node, error) => narrator.failed(`View of ${node}`, error),
  });
  let term = { fence: '', leadsSince: 0 };
  let resync: NodeJS.Timeout | undefined;

  const handOver = (): void => {
    leadership
      .handOver(returnAfterOwnNode(reader, self, clock), leaderlessMs)
      .catch((error: unknown) => narrator.failed('Hand-over of the lease', error));
  };
  const apply = createApplier({
    reader,
    writer,
    memory,
    views,
    clock,
    adapters,
    settings,
    handOver,
    evicted: (result) => metrics.evicted(result),
    evictionsAtOnce: 64,
  });
  const reconcile = createReconcile({
    reader,
    writer,
    leadership,
    memory,
    gates,
    views,
    clock,
    narrator,
    apply,
    observe: (key) =>
      observe({ reader, memory, gates, views, clock, rules: adapters, settings, self }, key, term),
    again: (key) => queue.add(key),
    failed: (key, what, error) => writeFailed(key, what, error),
  });
  const queue = new WorkQueue({
    clock,
    gatherMs,
    meter: metrics,
    handle: async (key) => {
      const startedAt = clock.monotonic();
      const { wakeInMs } = await reconcile(key);
      metrics.reconciled(
        wakeInMs === undefined ? 'success' : 'requeue_after',
        (clock.monotonic() - startedAt) / 1000,
      );
      if (wakeInMs !== undefined) queue.addAfter(key, Math.max(wakeInMs, gatherMs));
    },
    onFailure: (key, error, failures) => {
      const expected = isExpected(error);
      metrics.reconciled(expected ? 'requeue' : 'error', 0);
      if (!expected) narrator.failed(`Pass over ${key}`, error);
      return waitAfter(error, failures);
    },
  });

  function writeFailed(key: string, what: string, error: unknown): void {
    if (!isExpected(error)) narrator.failed(what, error);
    queue.addAfter(key, waitAfter(error, 1));
  }

  const wakeAll = (): void => {
    for (const { uid } of reader.policies()) queue.add(uid);
    queue.add(orphansKey);
  };

  // Which policies a node belongs to may follow from any change of it, so a Node wakes them all; a burst is one pass each.
  reader.onChange((_change: Change) => wakeAll());

  return {
    start: (fence) => {
      term = { fence, leadsSince: clock.now() };
      memory.forget();
      gates.forget();
      queue.open();
      wakeAll();
      resync = setInterval(wakeAll, resyncMs);
    },
    stop: async () => {
      clearInterval(resync);
      views.drop();
      reader.watchPodsOf(new Set());
      await queue.close();
    },
    wake: wakeAll,
  };
}

/** Somebody else was first, or the moment has passed: no news, just another pass. */
const isExpected = (error: unknown): boolean =>
  error instanceof ConflictError || error instanceof StaleError || error instanceof NotFoundError;

function waitAfter(error: unknown, failures: number): number {
  if (error instanceof StaleError) return gatherMs;
  // The event that tells what changed is on its way; this is only in case it is lost.
  if (isExpected(error)) return Math.min(5000, 50 * 2 ** Math.min(failures - 1, 8));
  const least = error instanceof UnreachableError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(least, Math.min(30_000, 500 * 2 ** Math.min(failures - 1, 8)));
}
