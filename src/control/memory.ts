/** What this process remembers between passes. All of it may be lost: the worst that follows is a request that was sent before. */
import type { Millis, PodFacts } from '../plan/facts.ts';
import type { EvictionMemory, Preview, TaskMemory } from '../plan/snapshot.ts';

export class Memory {
  readonly previews = new Map<string, Preview>();
  readonly evictions = new Map<string, EvictionMemory>();
  readonly evictedOwners = new Map<string, Map<string, number>>();
  readonly taskMemory = new Map<string, TaskMemory>();
  readonly busy = new Set<string>();
  /** Nodes for which a pass has planned a task that is not being made yet. */
  readonly #intended = new Map<string, readonly string[]>();
  /** UIDs of task Pods whose deletion was accepted: they count as going away before the watch says so. */
  readonly deletedTasks = new Set<string>();
  /** UIDs of Jobs of hooks, alike. */
  readonly deletedHooks = new Set<string>();
  readonly #refused = new Map<string, ReadonlyMap<string, Millis>>();
  readonly #watched = new Map<string, readonly string[]>();
  readonly #podsOfNode = new Map<string, Set<string>>();
  readonly #firstPods = new Map<string, ReadonlySet<string>>();

  /** Everything but what is under way. */
  forget(): void {
    this.previews.clear();
    this.evictions.clear();
    this.evictedOwners.clear();
    this.taskMemory.clear();
    this.deletedTasks.clear();
    this.deletedHooks.clear();
    this.#refused.clear();
    this.#watched.clear();
    this.#podsOfNode.clear();
    this.#firstPods.clear();
  }

  /** Until this is told again with none, passes over other keys count a task on each of these nodes. */
  intend(key: string, nodes: readonly string[]): void {
    if (nodes.length === 0) this.#intended.delete(key);
    else this.#intended.set(key, nodes);
  }

  /** Names of nodes with a step under way or about to be. */
  underWay(): ReadonlySet<string> {
    return this.#intended.size === 0
      ? this.busy
      : new Set([...this.busy, ...[...this.#intended.values()].flat()]);
  }

  /** The nodes whose Pods some pass wants watched. */
  watch(key: string, nodes: readonly string[]): ReadonlySet<string> {
    this.#watched.set(key, nodes);
    const all = new Set([...this.#watched.values()].flat());
    for (const node of this.#podsOfNode.keys()) if (!all.has(node)) this.#forgetNode(node);
    return all;
  }

  /** Whatever was remembered for other keys goes: their policies are gone. */
  keep(keys: ReadonlySet<string>): void {
    for (const known of [this.#watched, this.#refused])
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
  }

  /** Since when each of these nodes has been refused by its preview, without a break. */
  refuse(key: string, uids: ReadonlySet<string>, now: Millis): void {
    const before = this.#refused.get(key);
    this.#refused.set(key, new Map([...uids].map((uid) => [uid, before?.get(uid) ?? now])));
  }

  refusedSince(key: string): ReadonlyMap<string, Millis> {
    return this.#refused.get(key) ?? new Map();
  }

  eviction(node: string, pod: PodFacts, memory: EvictionMemory | undefined): void {
    if (memory === undefined) this.evictions.delete(pod.uid);
    else this.evictions.set(pod.uid, memory);
    const pods = this.#podsOfNode.get(node) ?? new Set();
    pods.add(pod.uid);
    this.#podsOfNode.set(node, pods);
  }

  /** UIDs of the Pods that were on the node when its drain sent its first eviction: any other one came back. */
  firstPods(node: string, present: () => readonly PodFacts[]): ReadonlySet<string> {
    const known = this.#firstPods.get(node) ?? new Set(present().map(({ uid }) => uid));
    this.#firstPods.set(node, known);
    return known;
  }

  /** An eviction of a Pod that came to the node after its drain had begun was accepted. */
  cameBack(node: string, ownerUID: string): void {
    const owners = this.evictedOwners.get(node) ?? new Map<string, number>();
    owners.set(ownerUID, (owners.get(ownerUID) ?? 0) + 1);
    this.evictedOwners.set(node, owners);
  }

  #forgetNode(node: string): void {
    for (const uid of this.#podsOfNode.get(node) ?? []) this.evictions.delete(uid);
    this.#podsOfNode.delete(node);
    this.#firstPods.delete(node);
    this.evictedOwners.delete(node);
    this.previews.delete(node);
  }
}
