/** Every metric that the operator shows: names and labels as controller-runtime has them where it has them, ours under `containeros_`. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { NodeView, PolicyFacts } from '../plan/facts.ts';
import { observeFleet } from './fleet-metrics.ts';

export interface Metrics {
  readonly reconciled: (controller: string, result: ReconcileResult, seconds: number) => void;
  readonly queued: (name: string, depth: number) => void;
  readonly dequeued: (name: string, depth: number, waitedSeconds: number) => void;
  readonly worked: (name: string, seconds: number) => void;
  readonly retried: (name: string) => void;
  readonly requested: (outcome: {
    readonly code: string;
    readonly method: string;
    readonly host: string;
  }) => void;
  readonly leading: (name: string, leads: boolean) => void;
  readonly upgraded: (policy: string, result: 'Succeeded' | 'Failed') => void;
  /** One step of one node's way took so many seconds. */
  readonly stepTook: (policy: string, step: string, seconds: number) => void;
  /** `Accepted`, `Gone`, or the kind of the refusal. */
  readonly evicted: (code: string) => void;
  /** Something in the background failed and is being tried again, or was given up. */
  readonly failedInBackground: (where: string) => void;
  /** The text for Prometheus and its content type. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

export interface MetricsOptions {
  readonly version: string;
  readonly fleet: {
    readonly policies: () => readonly PolicyFacts[];
    readonly views: () => ReadonlyMap<string, NodeView>;
  };
}

const reconcileBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const queueBuckets = [0.001, 0.01, 0.1, 1, 10, 100];
const stepBuckets = [1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

export function createMetrics({ version, fleet }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram<L>({ name, help, labelNames, buckets, registers });

  const reconciles = counter('controller_runtime_reconcile_total', 'Reconciliations by result', [
    'controller',
    'result',
  ]);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciliations that failed', [
    'controller',
  ]);
  const took = histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of a reconciliation',
    ['controller'],
    reconcileBuckets,
  );
  const depth = gauge('workqueue_depth', 'Keys that wait in the work queue', ['name', 'controller']);
  const adds = counter('workqueue_adds_total', 'Keys that were added to the work queue', [
    'name',
    'controller',
  ]);
  const waited = histogram(
    'workqueue_queue_duration_seconds',
    'How long a key waited',
    ['name', 'controller'],
    queueBuckets,
  );
  const work = histogram(
    'workqueue_work_duration_seconds',
    'How long work on a key took',
    ['name', 'controller'],
    queueBuckets,
  );
  const retries = counter('workqueue_retries_total', 'Keys that were put back after a failure', [
    'name',
    'controller',
  ]);
  const requests = counter('rest_client_requests_total', 'Answers of the API server', [
    'code',
    'method',
    'host',
  ]);
  const leader = gauge('leader_election_master_status', '1 while this process leads', ['name']);
  const build = gauge('containeros_build_info', 'Always 1; what runs', ['version', 'node']);
  const upgrades = counter('containeros_node_upgrades_total', 'Nodes that were taken to another version', [
    'policy',
    'result',
  ]);
  const steps = histogram(
    'containeros_node_upgrade_duration_seconds',
    "Seconds of each step of a node's way",
    ['policy', 'step'],
    stepBuckets,
  );
  const evictions = counter('containeros_drain_evictions_total', 'Answers to evictions', ['code']);
  const background = counter('containeros_background_failures_total', 'Failures outside of reconciliations', [
    'where',
  ]);
  build.set({ version, node: process.version }, 1);
  observeFleet(registry, fleet);

  const queue = (name: string): { name: string; controller: string } => ({ name, controller: name });
  return {
    reconciled: (controller, result, seconds) => {
      reconciles.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      took.observe({ controller }, seconds);
    },
    queued: (name, now) => {
      adds.inc(queue(name));
      depth.set(queue(name), now);
    },
    dequeued: (name, now, seconds) => {
      depth.set(queue(name), now);
      waited.observe(queue(name), seconds);
    },
    worked: (name, seconds) => work.observe(queue(name), seconds),
    retried: (name) => retries.inc(queue(name)),
    requested: (outcome) => requests.inc({ ...outcome }),
    leading: (name, leads) => leader.set({ name }, leads ? 1 : 0),
    upgraded: (policy, result) => upgrades.inc({ policy, result }),
    stepTook: (policy, step, seconds) => steps.observe({ policy, step }, seconds),
    evicted: (code) => evictions.inc({ code }),
    failedInBackground: (where) => background.inc({ where }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
