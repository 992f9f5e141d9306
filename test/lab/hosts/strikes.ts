/** How often a fault has struck: faults with `times` stop after so many. */
export interface Strikes {
  /** Whether the fault strikes once more; counts it if so. `limit` undefined means always. */
  strike(fault: string, limit: number | undefined): boolean;
  /** Starts anew for a fault that was changed. */
  reset(fault: string): void;
}

export function createStrikes(): Strikes {
  const counts = new Map<string, number>();
  return {
    strike(fault, limit) {
      const count = counts.get(fault) ?? 0;
      if (limit !== undefined && count >= limit) return false;
      counts.set(fault, count + 1);
      return true;
    },
    reset: (fault) => void counts.delete(fault),
  };
}

/** The names whose values differ between two fault tables. */
export function changedFaults(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
