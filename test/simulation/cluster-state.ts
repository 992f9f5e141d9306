/** What the model cluster stores: objects of seven kinds, each change with a revision, in one total order. */
import type {
  HookFacts,
  NodeFacts,
  NodeView,
  PdbFacts,
  PodFacts,
  PolicyFacts,
  TaskFacts,
} from '../../src/plan/facts.ts';
import type { TaskRequest } from '../../src/api/task.ts';

/** A task Pod with what its kubelet needs of its spec. */
export interface StoredTask extends Omit<TaskFacts, 'firstSeen' | 'firstSeenTicks'> {
  readonly request: TaskRequest;
}

export interface Kinds {
  policies: PolicyFacts;
  nodes: NodeFacts;
  views: NodeView;
  tasks: StoredTask;
  pdbs: PdbFacts;
  pods: PodFacts;
  hooks: HookFacts;
}
export type KindName = keyof Kinds;
export const kindNames = ['policies', 'nodes', 'views', 'tasks', 'pdbs', 'pods', 'hooks'] as const;

export interface Change<K extends KindName = KindName> {
  readonly kind: K;
  readonly key: string;
  readonly revision: number;
  readonly before: Kinds[K] | undefined;
  readonly after: Kinds[K] | undefined;
  /** Who wrote it: the id of an operator process, or a part of the world. */
  readonly by: string;
}

type Stores = { readonly [K in KindName]: Map<string, Kinds[K]> };
type Logs = { readonly [K in KindName]: Change<K>[] };

export class ClusterState {
  #revision = 1;
  readonly stores: Stores = {
    policies: new Map(),
    nodes: new Map(),
    views: new Map(),
    tasks: new Map(),
    pdbs: new Map(),
    pods: new Map(),
    hooks: new Map(),
  };
  readonly logs: Logs = { policies: [], nodes: [], views: [], tasks: [], pdbs: [], pods: [], hooks: [] };
  /** Node UID that holds the Lease `containeros-exclusive`. */
  exclusive: string | undefined;
  /** The CustomResourceDefinitions were deleted: there are neither policies nor views. */
  kindsGone = false;
  readonly #listeners: ((change: Change) => void)[] = [];

  get revision(): number {
    return this.#revision;
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get<K extends KindName>(kind: K, key: string): Kinds[K] | undefined {
    return (this.stores[kind] as Map<string, Kinds[K]>).get(key);
  }

  all<K extends KindName>(kind: K): Kinds[K][] {
    return [...(this.stores[kind] as Map<string, Kinds[K]>).values()];
  }

  /** The object as stored: with its new resourceVersion where its kind has one. */
  put<K extends KindName>(kind: K, key: string, value: Kinds[K], by: string): Kinds[K] {
    const stored =
      'resourceVersion' in value ? { ...value, resourceVersion: String(this.#revision + 1) } : value;
    this.#commit(kind, key, stored, by);
    return stored;
  }

  /** The object with some of its fields changed; nothing happens where it is gone. */
  change<K extends KindName>(kind: K, key: string, fields: Partial<Kinds[K]>, by: string): void {
    const before = this.get(kind, key);
    if (before !== undefined) this.put(kind, key, { ...before, ...fields }, by);
  }

  remove(kind: KindName, key: string, by: string): void {
    if (this.get(kind, key) !== undefined) this.#commit(kind, key, undefined, by);
  }

  #commit<K extends KindName>(kind: K, key: string, after: Kinds[K] | undefined, by: string): void {
    this.#revision += 1;
    const store = this.stores[kind] as Map<string, Kinds[K]>;
    const change: Change<K> = { kind, key, revision: this.#revision, before: store.get(key), after, by };
    if (after === undefined) store.delete(key);
    else store.set(key, after);
    (this.logs[kind] as Change<K>[]).push(change);
    for (const listener of this.#listeners) listener(change);
  }
}
