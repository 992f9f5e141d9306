/** Some other program that holds the update lock. */
import type { BottlerocketFaults } from './faults.ts';

export interface ForeignLock {
  /** Takes or lets go of the lock, as the faults now say; a duration counts from here. */
  set(faults: BottlerocketFaults): void;
  held(): 'Exclusive' | 'Shared' | undefined;
}

/** `now` in milliseconds since the epoch. */
export function createForeignLock(now: () => number): ForeignLock {
  let kind: 'Exclusive' | 'Shared' | undefined;
  let until = 0;
  return {
    set(faults) {
      kind = faults.lockHeld ?? (faults.lockHeldMs === undefined ? undefined : 'Exclusive');
      until = now() + (faults.lockHeldMs ?? Number.POSITIVE_INFINITY);
    },
    held: () => (now() < until ? kind : undefined),
  };
}
