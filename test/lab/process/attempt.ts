/** Runs `action`; false when it failed with the system error `expected` (`ENOENT` …). @throws every other failure. */
export function attempt(expected: string, action: () => unknown): boolean {
  return attemptValue(expected, () => (action(), true)) ?? false;
}

/** The answer of `action`; undefined when it failed with the system error `expected`. @throws every other failure. */
export function attemptValue<T>(expected: string, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasCode(error, expected)) return undefined;
    throw error;
  }
}

/** Whether `error` is the system error `code`. */
export function hasCode(error: unknown, code: string): boolean {
  // Not `instanceof`: a test runner's sandbox has an Error of its own.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
