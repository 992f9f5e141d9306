/** The cluster as the operator sees it: watches, the reads over them, and the writes whose answers go into them at once. */
import { hookKey, taskKey, tasksNamespace } from '../../api/keys.ts';
import type { Labels, NodeFacts, NodeView, PdbFacts, PolicyFacts, ReplicaFacts } from '../../plan/facts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Change, ClusterReader, ClusterWriter } from '../../ports/cluster.ts';
import { watchBackoff } from './backoff.ts';
import type { ApiClient } from './client.ts';
import { inPortWords } from './errors.ts';
import { createRecorder } from './events.ts';
import { evict } from './eviction.ts';
import { createExclusive } from './exclusive.ts';
import type { HookPodRecord, HookRecord, RawHookJob, RawHookPod } from './facts/hook.ts';
import { hookPodRecord, hookRecord } from './facts/hook.ts';
import { nodeFacts } from './facts/node.ts';
import type { RawNode } from './facts/node.ts';
import { pdbFacts } from './facts/pdb.ts';
import { podFacts, replicaFacts } from './facts/pod.ts';
import type { RawPod } from './facts/pod.ts';
import { policyFacts } from './facts/policy.ts';
import type { RawPolicy } from './facts/policy.ts';
import type { TaskPodRecord } from './facts/task-record.ts';
import { taskPodRecord } from './facts/task-record.ts';
import { viewFacts } from './facts/view.ts';
import type { RawView } from './facts/view.ts';
import type { HookJobOptions } from './hook-job.ts';
import { createHookWatch } from './hook-watch.ts';
import { hookWrites } from './hook-writes.ts';
import { listPaged } from './list-paged.ts';
import { nodeWrites } from './node-writes.ts';
import { allPodsPath } from './paths.ts';
import { createPodWatches } from './pod-watches.ts';
import type { RawObject } from './raw.ts';
import type { ReflectorOptions, ReflectorWaits } from './reflector.ts';
import { Reflector } from './reflector.ts';
import { statusWrites } from './status-writes.ts';
import type { TaskPodOptions } from './task-pod.ts';
import { createTaskWatch } from './task-watch.ts';
import { taskWrites } from './task-writes.ts';
import type { WatchedResource } from './watched-resource.ts';
import { labelSelectorText, pathOf, sameResource, watched } from './watched-resource.ts';

export interface ClusterOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the operator's own Pods and Leases live. */
  readonly namespace: string;
  /** Labels that mark our own Pods; none: there are no replicas to watch. */
  readonly podLabels: Labels;
  readonly task: TaskPodOptions;
  readonly hooks: { readonly namespace: string | undefined; readonly serviceAccount: string };
  /** Our own kinds and the budgets are not watched: for an account that may not. */
  readonly nodesOnly?: boolean;
  /** Name of this Pod or process, in events. */
  readonly instance: string;
  readonly waits?: Partial<ClusterWaits>;
  /** What failed in the background and is being tried again; `where` is constant text. */
  readonly onError: (where: string, error: unknown) => void;
}

export interface ClusterWaits extends ReflectorWaits {
  /** Milliseconds after which a task Pod that is kept from starting by a socket says so. */
  readonly missingSocketAfter: number;
}

export interface Cluster {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  /** What is watched all the time. */
  readonly resources: readonly WatchedResource[];
  /** Starts the watch of one of `resources`; the listener is told the key of each object whose facts changed. */
  startWatch(resource: WatchedResource, listener?: (key: string, present: boolean) => void): void;
  /** Starts all watches; stops when the signal aborts. */
  start(signal: AbortSignal): void;
  /** Resolves when each watch that every policy needs has its first complete list. */
  synced(): Promise<void>;
  /** Each watch: when its loop last did anything, if only fail. Milliseconds of the clock's `now`. */
  activity(): ReadonlyMap<string, number>;
  /** To be called on gaining the lease: what another leader may have changed without a watch telling is unknown again. */
  forget(): void;
  /** Resolves when nothing runs any more and the last events have been sent or given up. */
  stop(): Promise<void>;
}

const usualWaits: ClusterWaits = { silenceMs: 90_000, backoff: watchBackoff, missingSocketAfter: 30_000 };

export function createCluster(options: ClusterOptions): Cluster {
  const { api, clock, random, namespace, podLabels, onError, nodesOnly = false } = options;
  const waits: ClusterWaits = { ...usualWaits, ...options.waits };
  const listeners: ((change: Change) => void)[] = [];
  const tell = (change: Change): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        onError('A listener failed', error);
      }
    }
  };

  interface Watch {
    readonly resource: WatchedResource;
    readonly reflector: Pick<Reflector<RawObject, object>, 'start' | 'stop' | 'synced' | 'active'>;
    /** Nobody waits for its first list: what it shows is needed by some policies only. */
    readonly onlySome: boolean;
    listener?: ((key: string, present: boolean) => void) | undefined;
  }
  const watches: Watch[] = [];
  const watch = <R extends RawObject, T extends object>(
    resource: WatchedResource,
    query: Readonly<Record<string, string>>,
    trim: (object: R) => T,
    onChange: (key: string, after: T | undefined, before: T | undefined) => void,
    onlySome?: { readonly onSynced: () => void },
  ): Reflector<R, T> => {
    const path = pathOf(resource);
    const config: ReflectorOptions<R, T> = {
      api,
      clock,
      random,
      waits,
      path,
      query,
      trim,
      onChange: (key, after, before) => {
        onChange(key, after, before);
        entry.listener?.(key, after !== undefined);
      },
      onError: (error) => onError(`Watch of ${resource.plural} failed`, error),
      ...onlySome,
    };
    const reflector = new Reflector<R, T>(config);
    const entry: Watch = { resource, reflector, onlySome: onlySome !== undefined };
    watches.push(entry);
    return reflector;
  };

  const policies = nodesOnly
    ? undefined
    : watch<RawPolicy, PolicyFacts>(watched.policies, {}, policyFacts, (name) =>
        tell({ kind: 'Policy', name }),
      );
  const nodes = watch<RawNode, NodeFacts>(watched.nodes, {}, nodeFacts, (node) =>
    tell({ kind: 'Node', node }),
  );
  const views = nodesOnly
    ? undefined
    : watch<RawView, NodeView>(watched.views, {}, viewFacts, (node) => tell({ kind: 'View', node }));
  const pdbs = nodesOnly
    ? undefined
    : watch<RawObject, PdbFacts>(watched.pdbs, {}, pdbFacts, () => tell({ kind: 'Pdb' }));
  const tasks = watch<RawPod, TaskPodRecord>(
    watched.podsIn(tasksNamespace),
    { labelSelector: taskKey },
    taskPodRecord,
    (_key, after, before) => taskWatch.changed(after, before),
  );
  const ownPods = labelSelectorText(podLabels);
  const replicas =
    ownPods === undefined
      ? undefined
      : watch<RawPod, ReplicaFacts>(watched.podsIn(namespace), { labelSelector: ownPods }, replicaFacts, () =>
          tell({ kind: 'Replica' }),
        );
  const taskWatch = createTaskWatch({
    clock,
    records: () => tasks.facts,
    nodes: () => nodes.facts,
    missingSocketAfter: waits.missingSocketAfter,
    onChange: (node) => tell({ kind: 'Task', node }),
  });
  // Watched only where there can be any.
  const ofHooks = options.hooks.namespace;
  const hooks: HookJobOptions | undefined =
    ofHooks === undefined ? undefined : { ...options.hooks, namespace: ofHooks };
  const hookJobs =
    hooks &&
    watch<RawHookJob, HookRecord>(
      watched.jobsIn(hooks.namespace),
      { labelSelector: hookKey },
      hookRecord,
      () => hookWatch?.changed(),
      { onSynced: () => hookWatch?.changed() },
    );
  const hookPods =
    hooks &&
    watch<RawHookPod, HookPodRecord>(
      watched.podsIn(hooks.namespace),
      { labelSelector: hookKey },
      hookPodRecord,
      () => hookWatch?.changed(),
      { onSynced: () => hookWatch?.changed() },
    );
  const hookWatch =
    hookJobs &&
    hookPods &&
    createHookWatch({
      clock,
      jobs: () => hookJobs.facts,
      pods: () => hookPods.facts,
      onChange: () => tell({ kind: 'Hook' }),
    });
  const podWatches = createPodWatches(
    { api, clock, random, waits, onError: (error) => onError('Watch of the pods of a node failed', error) },
    (node) => tell({ kind: 'Pods', node }),
  );
  const exclusive = createExclusive({
    api,
    clock,
    namespace,
    onChange: () => tell({ kind: 'Exclusive' }),
    onError: (error) => onError('Reading the exclusive lease failed', error),
  });
  const recorder = createRecorder({
    api,
    clock,
    random,
    instance: options.instance,
    onLost: (error) => onError('Event lost', error),
  });

  const reader: ClusterReader = {
    policies: () => [...(policies?.facts.values() ?? [])],
    nodes: () => nodes.facts,
    views: () => views?.facts ?? new Map(),
    tasks: taskWatch.tasks,
    // A namespace that is gone, and its rights with it, keeps the policies that use it from going on, and no others.
    hooks: () =>
      hookJobs?.isSynced === false || hookPods?.isSynced === false ? 'Unheard' : hookWatch?.hooks(),
    pdbs: () => [...(pdbs?.facts.values() ?? [])],
    replicas: () => [...(replicas?.facts.values() ?? [])],
    pods: podWatches.pods,
    nodesHeard: () => nodes.heard(),
    watchPodsOf: podWatches.watch,
    exclusive: exclusive.current,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };

  const writer: ClusterWriter = {
    ...statusWrites(api, { policy: (raw) => policies?.wrote(raw), view: (raw) => views?.wrote(raw) }),
    ...nodeWrites(api, (raw) => nodes.wrote(raw)),
    ...taskWrites(api, options.task, (raw) => tasks.wrote(raw)),
    ...hookWrites(api, hooks, (raw) => hookJobs?.wrote(raw)),
    evict: (pod, gracePeriodSeconds, guard) => evict(api, pod, gracePeriodSeconds, guard),
    listPodsOf: async (node) => {
      const pods: RawPod[] = [];
      const query = { fieldSelector: `spec.nodeName=${node}` };
      await inPortWords(listPaged<RawPod>({ api, path: allPodsPath, query, each: (pod) => pods.push(pod) }));
      return pods.map(podFacts);
    },
    takeExclusive: exclusive.take,
    dropExclusive: exclusive.drop,
    announce: recorder.announce,
  };

  const cluster: Cluster = {
    reader,
    writer,
    resources: watches.map(({ resource }) => resource),
    startWatch: (resource, listener) => {
      const entry = watches.find((candidate) => sameResource(candidate.resource, resource));
      if (entry === undefined) throw new Error(`Nothing is known of ${pathOf(resource)}`);
      entry.listener = listener;
      entry.reflector.start();
    },
    start: (signal) => {
      for (const resource of cluster.resources) cluster.startWatch(resource);
      signal.addEventListener('abort', () => void cluster.stop(), { once: true });
    },
    synced: async () => {
      await Promise.all(watches.flatMap(({ reflector, onlySome }) => (onlySome ? [] : [reflector.synced()])));
    },
    activity: () => new Map(watches.map(({ resource, reflector }) => [pathOf(resource), reflector.active()])),
    forget: exclusive.forget,
    stop: async () => {
      taskWatch.stop();
      hookWatch?.stop();
      await Promise.all([podWatches.stop(), ...watches.map(({ reflector }) => reflector.stop())]);
      await recorder.settled();
    },
  };
  return cluster;
}
