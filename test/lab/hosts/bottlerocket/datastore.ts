/** The settings store: what is live, and named transactions that wait to be committed. Both survive a reboot. */
import type { FlatSettings } from './settings-tree.ts';
import type { Json } from './settings-model.ts';

export interface Datastore {
  live(): FlatSettings;
  pending(transaction: string): FlatSettings;
  /** Names of transactions that hold something. */
  transactions(): readonly string[];
  patch(transaction: string, values: FlatSettings): void;
  /** Drops a transaction; answers its keys. */
  drop(transaction: string): readonly string[];
  /** Makes a transaction live; answers its keys, also of values that did not change. */
  commit(transaction: string): readonly string[];
}

export function createDatastore(first: FlatSettings): Datastore {
  const live = new Map(first);
  const pending = new Map<string, Map<string, Json>>();
  const drop = (transaction: string): FlatSettings => {
    const values = pending.get(transaction) ?? new Map<string, Json>();
    pending.delete(transaction);
    return values;
  };
  return {
    live: () => live,
    pending: (transaction) => pending.get(transaction) ?? new Map<string, Json>(),
    transactions: () => [...pending.keys()],
    patch(transaction, values) {
      if (values.size === 0) return;
      pending.set(transaction, new Map([...(pending.get(transaction) ?? []), ...values]));
    },
    drop: (transaction) => [...drop(transaction).keys()],
    commit(transaction) {
      const values = drop(transaction);
      for (const [key, value] of values) live.set(key, value);
      return [...values.keys()];
    },
  };
}
