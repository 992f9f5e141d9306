import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds after which it gives up. */
  readonly withinMs: number;
  /** Milliseconds between two looks. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks again and again until `look` answers something, and answers that.
 * @throws Error naming `what` after `withinMs`; whatever `look` throws; an AbortError after `signal`.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  options: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${String(options.withinMs / 1000)} s in vain for ${what}`);
    }
    await sleep(options.everyMs ?? 100, undefined, { ...(options.signal && { signal: options.signal }) });
  }
}
