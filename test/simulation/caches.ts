/** What one process of the operator has heard of the cluster: behind, kind by kind, but never back in time. Its own writes it knows at once. */
import type { Change, ClusterState, KindName, Kinds } from './cluster-state.ts';

type Held = { readonly [K in KindName]: Map<string, Kinds[K]> };

export class Caches {
  readonly #state: ClusterState;
  readonly held: Held;
  readonly #heardUpTo: Record<KindName, number>;
  /** Revisions of own writes that the watch has not shown yet. */
  readonly #ahead = new Map<string, number>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.held = {
      policies: new Map(state.stores.policies),
      nodes: new Map(state.stores.nodes),
      views: new Map(state.stores.views),
      tasks: new Map(state.stores.tasks),
      pdbs: new Map(state.stores.pdbs),
      pods: new Map(state.stores.pods),
      hooks: new Map(state.stores.hooks),
    };
    const { logs } = state;
    this.#heardUpTo = {
      policies: logs.policies.length,
      nodes: logs.nodes.length,
      views: logs.views.length,
      tasks: logs.tasks.length,
      pdbs: logs.pdbs.length,
      pods: logs.pods.length,
      hooks: logs.hooks.length,
    };
  }

  /** Everything of this kind that happened up to now. Answers the changes that were news. */
  hear(kind: KindName): readonly Change[] {
    const log = this.#state.logs[kind];
    const from = this.#heardUpTo[kind];
    const news: Change[] = [];
    for (let i = from; i < log.length; i++) {
      const change = log[i];
      if (change === undefined) continue;
      const { key, after, revision } = change;
      const ahead = this.#ahead.get(`${kind}/${key}`);
      if (ahead !== undefined && ahead > revision) continue;
      this.#ahead.delete(`${kind}/${key}`);
      if (this.held[kind].get(key) === after) continue;
      this.#set(kind, key, after);
      news.push(change);
    }
    this.#heardUpTo[kind] = log.length;
    return news;
  }

  wrote<K extends KindName>(kind: K, key: string, value: Kinds[K], revision: number): boolean {
    const log = this.#state.logs[kind];
    const heard = log[this.#heardUpTo[kind] - 1]?.revision ?? 0;
    if (revision <= heard || (this.#ahead.get(`${kind}/${key}`) ?? 0) > revision) return false;
    this.#ahead.set(`${kind}/${key}`, revision);
    this.#set(kind, key, value);
    return true;
  }

  #set(kind: KindName, key: string, value: Kinds[KindName] | undefined): void {
    const map = this.held[kind] as Map<string, Kinds[KindName]>;
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}
