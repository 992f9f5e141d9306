/** Growing waits between failed attempts, spread so that clients of one server do not come back together. */
export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  readonly firstMs: number;
  /** Milliseconds that no wait exceeds before it is spread. */
  readonly mostMs: number;
}

export const watchBackoff: BackoffOptions = { firstMs: 800, mostMs: 30_000 };

/** Milliseconds to wait after so many failures in a row; `random` is from 0 to below 1 and adds at most as much again. */
export function backoffMs(failures: number, options: BackoffOptions, random: number): number {
  if (failures <= 0) return 0;
  const base = Math.min(options.mostMs, options.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.min(options.mostMs, Math.round(base * (1 + random)));
}
