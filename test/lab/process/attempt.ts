/** Runs `action`; false when it failed with the system error `expected` (`ENOENT` …). @throws every other failure. */
export function attempt(expected: string, action: () => unknown): boolean {
  return attemptValue(expected, () => (action(), true)) ?? false;
}

/** The answer of `action`; undefined when it failed with the system error `expected`. @throws every other failure. */
export function attemptValue<T>(expected: string, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return undefined;
    throw error;
  }
}
