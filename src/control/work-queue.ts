/**
 * Keys that want work. A key is handled by one worker at a time; one that is added while it is being handled is handled once
 * more afterwards; failures of a key wait longer each time, without a hold on the others.
 */
import type { Clock } from '../ports/clock.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Handles one key; a rejection is a failure of that key. */
  readonly handle: (key: string) => Promise<void>;
  /** Told of each failure; gives the least wait before the key is handled again, in milliseconds. */
  readonly onFailure: (key: string, error: unknown, failures: number) => number;
  /** Between the first add and the handling: what comes in one burst is handled once. Milliseconds. */
  readonly gatherMs: number;
  readonly meter: QueueMeter;
}

export interface QueueMeter {
  queued(depth: number): void;
  dequeued(depth: number, waitedSeconds: number): void;
  worked(seconds: number): void;
  retried(): void;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  readonly #failures = new Map<string, number>();
  #open = false;
  #idle: (() => void) | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  open(): void {
    this.#open = true;
  }

  /** Handles nothing more; resolves when what is being handled is done. */
  async close(): Promise<void> {
    this.#open = false;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#again.clear();
    this.#failures.clear();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  get depth(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** As soon as may be. */
  add(key: string): void {
    if (this.#running.has(key)) {
      if (this.#open) this.#again.add(key);
    } else this.addAfter(key, this.#options.gatherMs);
  }

  /** After `ms`, unless it is handled earlier for another reason. */
  addAfter(key: string, ms: number): void {
    if (!this.#open) return;
    const at = this.#options.clock.monotonic() + Math.max(0, ms);
    const before = this.#waiting.get(key);
    if (before !== undefined && before.at <= at) return;
    if (before !== undefined) clearTimeout(before.timer);
    // Timers of more than 24 days fire at once.
    const timer = setTimeout(() => this.#run(key), Math.min(Math.max(0, ms), 2_000_000_000));
    this.#waiting.set(key, { timer, at });
    this.#options.meter.queued(this.depth);
  }

  #run(key: string): void {
    const entry = this.#waiting.get(key);
    this.#waiting.delete(key);
    const { clock, meter } = this.#options;
    // Time that was asked for is not time in the queue.
    meter.dequeued(this.depth, Math.max(0, clock.monotonic() - (entry?.at ?? 0)) / 1000);
    if (!this.#open) return;
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#running.add(key);
    void this.#handle(key);
  }

  async #handle(key: string): Promise<void> {
    const { clock, meter } = this.#options;
    const startedAt = clock.monotonic();
    let wait: number | undefined;
    try {
      await this.#options.handle(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      wait = this.#options.onFailure(key, error, failures);
      meter.retried();
    }
    meter.worked((clock.monotonic() - startedAt) / 1000);
    this.#running.delete(key);
    const again = this.#again.delete(key);
    if (wait !== undefined) this.addAfter(key, wait);
    else if (again) this.addAfter(key, this.#options.gatherMs);
    if (this.#running.size === 0) this.#idle?.();
  }
}
