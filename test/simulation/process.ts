/** One process of the operator: the real controller, planner and steps, over the model cluster through the operator's own ports. */
import { osAdapters } from '../../src/adapters/os/index.ts';
import { type Controller, createController } from '../../src/control/controller.ts';
import { withoutKinds } from '../../src/control/without-kinds.ts';
import { type Left, whatIsLeft } from '../../src/plan/left.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { Change as PortChange, ClusterReader } from '../../src/ports/cluster.ts';
import {
  ConflictError,
  InvalidError,
  NotFoundError,
  StaleError,
  UnreachableError,
} from '../../src/ports/errors.ts';
import { Caches } from './caches.ts';
import type { Change, KindName, Kinds } from './cluster-state.ts';
import type { Candidate, Election } from './election.ts';
import type { Random } from './random.ts';
import { createRequests, type Request } from './requests.ts';
import type { World } from './world.ts';
import { createWriter } from './writer.ts';

export interface ProcessOptions {
  readonly world: World;
  readonly id: string;
  readonly election: Election;
  /** The machine it runs on, where it runs in the cluster. */
  readonly nodeName: string | undefined;
  readonly replicas: () => readonly {
    readonly pod: string;
    readonly nodeName: string;
    readonly ready: boolean;
  }[];
  /** The release program: every policy counts as gone, and views are its own. */
  readonly kindless?: boolean;
  readonly onDeath: () => void;
  /** An error that no fault of the world explains. */
  readonly onBug: (what: string, error: unknown) => void;
}

export class OperatorProcess implements Candidate {
  readonly id: string;
  readonly nodeName: string | undefined;
  alive = true;
  asleepUntil = 0;
  readonly caches: Caches;
  readonly #options: ProcessOptions;
  readonly #random: Random;
  readonly #controller: Controller;
  readonly #sees: ClusterReader;
  leads = false;
  readonly #request: Request;
  readonly #frozen = new Map<KindName, { readonly since: number; readonly until: number }>();
  readonly #delivering = new Set<KindName>();
  readonly #listeners: ((change: PortChange) => void)[] = [];
  readonly #watched = new Map<string, boolean>();
  readonly #startedAt: number;
  readonly #firstSeen = new Map<string, number>();
  #exclusive: ReturnType<ClusterReader['exclusive']> = { held: 'Unknown' };
  #exclusiveReadAt = Number.NEGATIVE_INFINITY;
  #stopped: Promise<void> = Promise.resolve();

  constructor(options: ProcessOptions) {
    const { world, id, election, nodeName } = options;
    this.#options = options;
    this.#startedAt = world.time.now;
    this.id = id;
    this.nodeName = nodeName;
    this.#random = world.random(`process ${id}`);
    this.caches = new Caches(world.state);
    this.#request = createRequests(world, this, this.#random, () => this.die());
    world.state.onChange((change) => this.#deliverSoon(change));
    const whole = this.#reader();
    const writes = createWriter({
      world,
      by: id,
      random: this.#random,
      request: this.#request,
      caches: this.caches,
      wrote: (kind, key, value, revision) => {
        if (this.caches.wrote(kind, key, value, revision)) this.#tell({ kind: 'Pdb' });
      },
      exclusive: (holder) => this.#learn(holder),
    });
    const { reader, writer } =
      options.kindless === true ? withoutKinds(whole, writes) : { reader: whole, writer: writes };
    this.#sees = reader;
    this.#controller = createController({
      reader,
      writer,
      leadership: election.join(this),
      gates: world.gates.sourceFor(id, this),
      clock: { now: () => world.time.now, monotonic: () => this.#ticksAt(world.time.now) },
      adapters: osAdapters,
      settings: defaultSettings,
      self: {
        nodeName,
        podName: nodeName === undefined ? undefined : `pod-${nodeName}`,
        namespace: 'operator',
        podLabels: { 'app.kubernetes.io/name': 'container-os-operator' },
      },
      narrator: {
        tell: () => undefined,
        did: () => undefined,
        failed: (what, error) => {
          if (!isPortError(error)) options.onBug(what, error);
        },
      },
      metrics: {
        reconciled: () => undefined,
        evicted: () => undefined,
        queued: () => undefined,
        dequeued: () => undefined,
        worked: () => undefined,
        retried: () => undefined,
      },
    });
  }

  onStarted(fence: string): void {
    this.#options.world.tell(`${this.id} leads`);
    this.leads = true;
    this.#exclusive = { held: 'Unknown' };
    this.#exclusiveReadAt = Number.NEGATIVE_INFINITY;
    void this.#stopped.then(() => this.#controller.start(fence));
  }

  /** What it sees that the operator has left on nodes. */
  left(): readonly Left[] {
    const reader = this.#sees;
    return whatIsLeft({ nodes: reader.nodes(), views: reader.views(), tasks: reader.tasks() });
  }

  onStopped(): Promise<void> {
    this.leads = false;
    this.#stopped = this.#controller.stop();
    return this.#stopped;
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#options.world.tell(`${this.id} dies`);
    this.#options.election.silent(this);
    this.#options.onDeath();
  }

  sleep(ms: number): void {
    const { world, election } = this.#options;
    this.asleepUntil = world.time.now + ms;
    election.silent(this);
    world.time.after(ms, () => election.awake(this), this);
  }

  /** Its watch of one kind says nothing for a while. */
  freeze(kind: KindName, ms: number): void {
    const since = this.#options.world.time.now;
    this.#frozen.set(kind, { since, until: since + ms });
  }

  /** Its monotonic clock has another zero, so that nothing compares it with a time of day. */
  #ticksAt(at: number): number {
    return at - this.#startedAt;
  }

  #deliverSoon({ kind, after, before }: Change): void {
    if (!this.alive || this.#delivering.has(kind)) return;
    if (kind === 'pods' && !this.#isWatched((after ?? before) as Kinds['pods'])) return;
    this.#delivering.add(kind);
    this.#deliverIn(kind, this.#random.int(2, 40));
  }

  #deliverIn(kind: KindName, ms: number): void {
    const { time } = this.#options.world;
    const deliver = (): void => {
      const frozen = (this.#frozen.get(kind)?.until ?? 0) - time.now;
      if (frozen > 0) return this.#deliverIn(kind, frozen);
      this.#delivering.delete(kind);
      const news = this.caches.hear(kind);
      const told =
        kind === 'pods'
          ? news.some((one) => this.#isWatched((one.after ?? one.before) as Kinds['pods']))
          : news.length > 0;
      if (told) this.#tell({ kind: 'Pdb' });
    };
    time.after(ms, deliver, this);
  }

  #isWatched(pod: Kinds['pods']): boolean {
    return this.#watched.get(pod.nodeName) === true;
  }

  #tell(change: PortChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #reader(): ClusterReader {
    const { world, replicas } = this.#options;
    const { held } = this.caches;
    return {
      policies: () => [...held.policies.values()],
      nodes: () => held.nodes,
      views: () => held.views,
      hooks: () => (world.scenario.noHooks === true ? undefined : [...held.hooks.values()]),
      pdbs: () => [...held.pdbs.values()],
      replicas,
      tasks: () =>
        new Map(
          [...held.tasks.values()].map(({ request: _request, ...task }) => {
            const firstSeen = this.#firstSeen.get(task.podUID) ?? world.time.now;
            this.#firstSeen.set(task.podUID, firstSeen);
            return [task.nodeUID, { ...task, firstSeen, firstSeenTicks: this.#ticksAt(firstSeen) }];
          }),
        ),
      pods: () => {
        const nodes = [...this.#watched].flatMap(([node, synced]) => (synced ? [node] : []));
        return new Map(
          nodes.map((node) => [node, [...held.pods.values()].filter((pod) => pod.nodeName === node)]),
        );
      },
      nodesHeard: () => {
        const frozen = this.#frozen.get('nodes');
        return frozen !== undefined && frozen.until > world.time.now ? frozen.since : world.time.now;
      },
      watchPodsOf: (nodes) => {
        for (const node of this.#watched.keys()) if (!nodes.has(node)) this.#watched.delete(node);
        for (const node of nodes) if (!this.#watched.has(node)) this.#beginWatch(node);
      },
      exclusive: () => {
        const age = world.time.now - this.#exclusiveReadAt;
        const due = this.#exclusive.held === 'Unknown' ? age >= 2000 : this.#exclusive.held && age >= 30_000;
        if (due) this.#readExclusive();
        return this.#exclusive;
      },
      onChange: (listener) => void this.#listeners.push(listener),
    };
  }

  #beginWatch(node: string): void {
    this.#watched.set(node, false);
    this.#options.world.time.after(
      this.#random.int(5, 60),
      () => {
        if (!this.#watched.has(node)) return;
        this.#watched.set(node, true);
        this.caches.hear('pods');
        this.#tell({ kind: 'Pods', node });
      },
      this,
    );
  }

  #readExclusive(): void {
    const { world } = this.#options;
    this.#exclusiveReadAt = world.time.now;
    const before = this.#exclusive;
    this.#request({ commit: () => world.state.exclusive, reads: true })
      .then((holder) => {
        if (this.#exclusive === before) this.#learn(holder);
      })
      .catch((error: unknown) => {
        if (!isPortError(error)) this.#options.onBug('exclusive', error);
      });
  }

  #learn(holder: string | undefined): void {
    this.#exclusive = holder === undefined ? { held: false } : { held: true, holder };
    this.#tell({ kind: 'Exclusive' });
  }
}

const isPortError = (error: unknown): boolean =>
  error instanceof ConflictError ||
  error instanceof InvalidError ||
  error instanceof NotFoundError ||
  error instanceof StaleError ||
  error instanceof UnreachableError;
