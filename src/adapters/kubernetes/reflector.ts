/**
 * Keeps trimmed copies of the objects of one resource. Streams the first list (WatchList) and watches on; where the server
 * refuses that, lists page by page and then watches. Starts over when the server has forgotten the version that we are at,
 * so deletions in between are noticed, and after a silence. Where the server goes on saying that there is no such resource, there are no objects of it.
 * Never ends by itself.
 */
import type { Clock } from '../../ports/clock.ts';
import { UnreachableError } from '../../ports/errors.ts';
import type { BackoffOptions } from './backoff.ts';
import { backoffMs } from './backoff.ts';
import type { ApiClient } from './client.ts';
import { isFailure } from './errors.ts';
import { listPaged } from './list-paged.ts';
import { pause } from './pause.ts';
import type { RawObject } from './raw.ts';
import { keyOf, versionOf } from './raw.ts';
import type { Entry } from './store.ts';
import { createStore } from './store.ts';
import { SilentError, watchEvents } from './watch-events.ts';

export interface ReflectorOptions<R extends RawObject, T extends object> {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly path: string;
  /** Label and field selectors. */
  readonly query: Readonly<Record<string, string>>;
  readonly trim: (object: R) => T;
  readonly waits: ReflectorWaits;
  /** Told of each object whose facts changed; `after` is undefined once it is gone. What it throws is reported, and nothing else. */
  readonly onChange: (key: string, after: T | undefined, before: T | undefined) => void;
  /** Called after each complete list. */
  readonly onSynced?: () => void;
  readonly onError: (error: unknown) => void;
}

export interface ReflectorWaits {
  /** Milliseconds without any event or bookmark after which a stream is dead. */
  readonly silenceMs: number;
  readonly backoff: BackoffOptions;
}

/** A stream that lived so long was a good one: its end is the server's ordinary time limit, and starts no back-off. */
const goodStreamMs = 5_000;
/** After so many answers of a server in trouble in a row, perhaps about our version, start over. */
const patience = 3;

export class Reflector<R extends RawObject, T extends object> {
  readonly #options: ReflectorOptions<R, T>;
  readonly #store = createStore<T>();
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #running: Promise<void> | undefined;
  #heard = Number.NEGATIVE_INFINITY;
  #active: number;
  /** The version to watch on from; undefined: a list is needed. */
  #position: string | undefined;
  #streams: 'Yes' | 'NotNow' | 'Never' = 'Yes';
  #failures = 0;
  /** The last failure says what to ask instead: without a wait. */
  #atOnce = false;

  constructor(options: ReflectorOptions<R, T>) {
    this.#options = options;
    this.#active = options.clock.now();
  }

  get facts(): ReadonlyMap<string, T> {
    return this.#store.facts;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** When the server last said anything on this watch, by the clock's `now`; minus infinity before. */
  heard(): number {
    return this.#heard;
  }

  /** When this loop last did anything at all, if only fail: an outage is not a hang. */
  active(): number {
    return this.#active;
  }

  /** Resolves at the first complete list; also when stopped before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#synced.resolve();
    await this.#running;
  }

  /** The server's answer to a write of ours. */
  wrote(object: R): void {
    const key = keyOf(object);
    const before = this.#store.facts.get(key);
    if (this.#store.wrote(key, this.#entry(object))) this.#tell(key, before);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, onError } = this.#options;
    while (!signal.aborted) {
      const began = clock.monotonic();
      this.#active = clock.now();
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#judge(error);
        onError(error);
      }
      const good = clock.monotonic() - began >= goodStreamMs;
      this.#failures = good ? 0 : this.#failures + 1;
      if (!this.#atOnce) await this.#wait(signal);
      this.#atOnce = false;
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { api, random, waits } = this.#options;
    const ms = backoffMs(this.#failures, waits.backoff, random());
    const either = AbortSignal.any([signal, api.recovery()]);
    await pause(ms, either);
    // Not all watches in the same moment in which the server is back.
    if (either.aborted) await pause(Math.min(ms, waits.backoff.firstMs * random()), signal);
  }

  /** One stream from its start to its end, with the list before it where one is needed. */
  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#position !== undefined) return this.#watch({ resourceVersion: this.#position }, signal);
    if (this.#streams === 'Yes') {
      return this.#watch({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, signal);
    }
    const { api, path, query } = this.#options;
    const entries = new Map<string, Entry<T>>();
    const each = (object: R): void => {
      this.#active = this.#options.clock.now();
      this.#collect(entries, object);
    };
    const version = await listPaged<R>({ api, path, query, signal, each });
    if (this.#streams === 'NotNow') this.#streams = 'Yes';
    this.#hear();
    this.#replace(entries, version);
    return this.#watch({ resourceVersion: version }, signal);
  }

  async #watch(from: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { api, path, query, waits, random } = this.#options;
    // Its own limit, spread: all watches of all clients would otherwise come back at once for ever after a restart of the server.
    const timeoutSeconds = String(300 + Math.floor(300 * random()));
    const stream = await api.open({
      path,
      query: { ...query, ...from, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds },
      signal,
      timeoutMs: 30_000,
    });
    let initial = 'sendInitialEvents' in from ? new Map<string, Entry<T>>() : undefined;
    for await (const { type, object } of watchEvents<R>(stream, `watch ${path}`, waits.silenceMs)) {
      this.#hear();
      const key = keyOf(object);
      const version = versionOf(object);
      if (initial !== undefined) {
        if (type === 'DELETED') initial.delete(key);
        else if (type !== 'BOOKMARK') this.#collect(initial, object);
        else if (object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true') {
          this.#replace(initial, version);
          initial = undefined;
        }
        continue;
      }
      this.#apply(type, key, object);
      this.#position = version;
    }
    if (initial !== undefined) {
      // Something on the way does not know this kind of list, or cut it: a plain one comes next.
      this.#streams = 'NotNow';
      throw new UnreachableError(`watch ${path}: ended before the list was complete`);
    }
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', key: string, object: R): void {
    const before = this.#store.facts.get(key);
    switch (type) {
      case 'BOOKMARK':
        this.#store.reached(versionOf(object));
        return;
      case 'DELETED':
        if (this.#store.gone(key, versionOf(object))) this.#tell(key, before);
        return;
      case 'ADDED':
      case 'MODIFIED': {
        const entries = new Map<string, Entry<T>>();
        this.#collect(entries, object);
        for (const entry of entries.values()) if (this.#store.seen(key, entry)) this.#tell(key, before);
      }
    }
  }

  #replace(entries: ReadonlyMap<string, Entry<T>>, version: string): void {
    const before = new Map(this.#store.facts);
    const changed = this.#store.replaced(entries, version);
    this.#position = version;
    this.#isSynced = true;
    this.#synced.resolve();
    for (const key of changed) this.#tell(key, before.get(key));
    this.#isolated(() => this.#options.onSynced?.());
  }

  #judge(error: unknown): void {
    if (isFailure(error, 'Invalid') && this.#position === undefined && this.#streams === 'Yes') {
      this.#streams = 'Never';
      this.#atOnce = true;
    } else if (isFailure(error, 'Expired') || (isFailure(error, 'Server') && this.#failures >= patience)) {
      this.#position = undefined;
      this.#atOnce = this.#failures === 0;
    } else if (error instanceof SilentError) {
      // What keeps a list that is streamed from us may let a plain one through.
      if (this.#position === undefined && this.#streams === 'Yes') this.#streams = 'NotNow';
      // A watch from where we are may say nothing for as long again where nothing happens; a list tells at once that all is as we know it.
      this.#position = undefined;
    } else if (isFailure(error, 'NotFound') && this.#failures >= patience) {
      this.#clear();
    }
  }

  /** A CustomResourceDefinition was deleted, and with it all that it defined. */
  #clear(): void {
    const before = new Map(this.#store.facts);
    const gone = this.#store.cleared();
    this.#position = undefined;
    this.#isSynced = true;
    this.#synced.resolve();
    for (const key of gone) this.#tell(key, before.get(key));
  }

  /** One object that cannot be read must not keep all others from being seen. */
  #collect(entries: Map<string, Entry<T>>, object: R): void {
    this.#isolated(() => entries.set(keyOf(object), this.#entry(object)));
  }

  #entry(object: R): Entry<T> {
    return { facts: this.#options.trim(object), version: versionOf(object) };
  }

  #tell(key: string, before: T | undefined): void {
    this.#isolated(() => {
      this.#options.onChange(key, this.#store.facts.get(key), before);
    });
  }

  #isolated(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #hear(): void {
    this.#heard = this.#options.clock.now();
    this.#active = this.#heard;
  }
}
