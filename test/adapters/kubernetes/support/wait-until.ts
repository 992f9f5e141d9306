import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every few milliseconds until it is so; throws after `withinMs`. */
export async function waitUntil(what: string, isSo: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain until ${what}`);
    await sleep(5);
  }
}
