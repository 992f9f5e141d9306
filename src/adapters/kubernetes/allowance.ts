/** How many events one object may still have: a bucket that fills up slowly. */
import type { Clock } from '../../ports/clock.ts';

export interface Allowance {
  /** False if this object has used up its share. */
  take(uid: string): boolean;
}

const most = 25;
/** Milliseconds for one more. */
const refillEvery = 15_000;
const mostObjects = 10_000;

export function createAllowance(clock: Clock): Allowance {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (uid) => {
      const now = clock.monotonic();
      const bucket = buckets.get(uid) ?? { left: most, at: now };
      const left = Math.min(most, bucket.left + (now - bucket.at) / refillEvery);
      buckets.delete(uid);
      buckets.set(uid, { left: left >= 1 ? left - 1 : left, at: now });
      const [oldest] = buckets.keys();
      // The one that was not heard of for longest has a full bucket again in all likelihood.
      if (buckets.size > mostObjects && oldest !== undefined) buckets.delete(oldest);
      return left >= 1;
    },
  };
}
