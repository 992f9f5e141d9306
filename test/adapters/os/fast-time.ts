/** Time that runs faster than the wall's, so that waits of seconds pass in a moment beside a host that answers in real time. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../../src/ports/clock.ts';

export interface Time {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function fastTime(factor: number): Time {
  const start = performance.now();
  const epoch = Date.now();
  const elapsed = () => (performance.now() - start) * factor;
  return {
    clock: { now: () => epoch + elapsed(), monotonic: elapsed },
    sleep: (ms, signal) => wait(ms / factor, undefined, { signal }),
  };
}

/** Time that stands still until somebody sleeps: for hosts that are scripted. */
export function steppedTime(epoch = Date.parse('2026-03-01T12:00:00Z')): Time {
  let elapsed = 0;
  return {
    clock: { now: () => epoch + elapsed, monotonic: () => elapsed },
    sleep: async (ms, signal) => {
      await wait(0);
      signal.throwIfAborted();
      elapsed += ms;
    },
  };
}
