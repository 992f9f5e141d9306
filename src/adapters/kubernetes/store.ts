/** The trimmed objects of one watch, and the rules by which watch, list and our own writes may change them. */
import { isNewer } from './resource-version.ts';
import { sameFacts } from './same-facts.ts';

export interface Entry<T> {
  readonly facts: T;
  readonly version: string;
}

export interface Store<T extends object> {
  readonly facts: ReadonlyMap<string, T>;
  /** From the watch. True if the facts changed: another resourceVersion alone is no change. */
  seen(key: string, entry: Entry<T>): boolean;
  /** From the watch: the object of this version was deleted. */
  gone(key: string, version: string): boolean;
  /** The watch is complete up to this version. */
  reached(version: string): void;
  /** A whole list. Answers the keys whose facts changed. */
  replaced(entries: ReadonlyMap<string, Entry<T>>, version: string): readonly string[];
  /** The server knows no such resource any more. Answers the keys that were there. */
  cleared(): readonly string[];
  /** The server's answer to a write of ours, so that the next plan sees it without waiting for the watch. */
  wrote(key: string, entry: Entry<T>): boolean;
}

export function createStore<T extends object>(): Store<T> {
  const facts = new Map<string, T>();
  const versions = new Map<string, string>();
  // Keys that hold an answer to a write which the watch has not shown yet: only these may be newer than what the watch says.
  // All else follows the server even where versions go back, as they do when etcd is restored from a backup.
  const ahead = new Set<string>();
  let horizon = '';

  const put = (key: string, entry: Entry<T>): boolean => {
    const before = facts.get(key);
    facts.set(key, entry.facts);
    versions.set(key, entry.version);
    return before === undefined || !sameFacts(before, entry.facts);
  };
  const drop = (key: string): boolean => {
    ahead.delete(key);
    versions.delete(key);
    return facts.delete(key);
  };
  const holdsNewer = (key: string, version: string): boolean =>
    ahead.has(key) && isNewer(versions.get(key) ?? '', version);

  return {
    facts,
    seen: (key, entry) => {
      horizon = entry.version;
      if (holdsNewer(key, entry.version)) return false;
      ahead.delete(key);
      return put(key, entry);
    },
    gone: (key, version) => {
      horizon = version;
      // Deleted and made again by us: the watch is still to tell of the second one.
      return !holdsNewer(key, version) && drop(key);
    },
    reached: (version) => {
      horizon = version;
    },
    replaced: (entries, version) => {
      horizon = version;
      const changed: string[] = [];
      for (const key of facts.keys()) {
        if (!entries.has(key) && !holdsNewer(key, version) && drop(key)) changed.push(key);
      }
      for (const [key, entry] of entries) {
        if (holdsNewer(key, entry.version)) continue;
        ahead.delete(key);
        if (put(key, entry)) changed.push(key);
      }
      return changed;
    },
    cleared: () => {
      const gone = [...facts.keys()];
      facts.clear();
      versions.clear();
      ahead.clear();
      horizon = '';
      return gone;
    },
    wrote: (key, entry) => {
      const known = versions.get(key);
      // An unknown object that the watch is past already has been deleted since.
      if (!isNewer(entry.version, known ?? horizon)) return false;
      ahead.add(key);
      return put(key, entry);
    },
  };
}
