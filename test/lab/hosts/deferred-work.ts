/** Timers of one boot of a host, so that all of them can be forgotten when the machine goes down. */
export interface DeferredWork {
  /** Runs `job` after `delayMs` milliseconds, unless the machine went down before. Returns a function that calls it off. */
  after(delayMs: number, job: () => void): () => void;
  /** Resolves after `delayMs` milliseconds; never when the machine goes down before. */
  pause(delayMs: number): Promise<void>;
  /** Calls everything off. */
  forget(): void;
}

/** `log` hears of a job that throws: a host must not take the lab down. */
export function createDeferredWork(log: (line: string) => void): DeferredWork {
  const timers = new Set<NodeJS.Timeout>();
  const after = (delayMs: number, job: () => void): (() => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      try {
        job();
      } catch (error) {
        log(`deferred work failed: ${String(error)}`);
      }
    }, delayMs);
    timers.add(timer);
    return () => {
      clearTimeout(timer);
      timers.delete(timer);
    };
  };
  return {
    after,
    pause: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
    forget() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
