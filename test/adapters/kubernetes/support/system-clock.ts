import type { Clock } from '../../../../src/ports/clock.ts';

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A clock that a test moves. */
export function handClock(start = 1_000_000): Clock & { advance(ms: number): void } {
  let at = start;
  return { now: () => at, monotonic: () => at, advance: (ms) => (at += ms) };
}
