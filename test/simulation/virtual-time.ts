/**
 * Time that passes only when everything that was due has happened. What a process of the operator waits for belongs to that
 * process: a dead one hears nothing more, one that sleeps hears it when it wakes.
 */

export interface Owner {
  readonly id: string;
  alive: boolean;
  /** Asleep until then, as if stopped by a signal. */
  asleepUntil: number;
}

interface Happening {
  at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly happen: () => void;
  cancelled: boolean;
}

export interface Cancel {
  (): void;
}

export class VirtualTime {
  #now: number;
  #order = 0;
  readonly #heap: Happening[] = [];
  /** Whose code runs now: its timers are its own. */
  running: Owner | undefined;
  /** Ends the run after what happens now. */
  stopped = false;
  /** How many happenings there were; a bound on it ends a run that would not end. */
  happened = 0;

  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  after(ms: number, happen: () => void, owner?: Owner): Cancel {
    const happening = {
      at: this.#now + Math.max(0, ms),
      order: this.#order++,
      owner,
      happen,
      cancelled: false,
    };
    this.#push(happening);
    return () => {
      happening.cancelled = true;
    };
  }

  /** Lets everything happen that is due until then. Rejects with what a happening throws. */
  async runUntil(end: number, most: number): Promise<void> {
    for (let top = this.#heap[0]; top !== undefined && top.at <= end && !this.stopped; top = this.#heap[0]) {
      this.#pop();
      if (top.cancelled || top.owner?.alive === false) continue;
      this.#now = Math.max(this.#now, top.at);
      const { owner } = top;
      if (owner !== undefined && owner.asleepUntil > this.#now) {
        // In the order in which it was due.
        top.at = owner.asleepUntil;
        this.#push(top);
        continue;
      }
      if (++this.happened > most) throw new Error(`More than ${most} happenings: something spins`);
      this.running = owner;
      top.happen();
      // Only the operator's own code has promises; they are all settled before anything else happens.
      if (owner !== undefined) await settled();
      this.running = undefined;
    }
    this.#now = Math.max(this.#now, end);
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    heap.push(happening);
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, above)) break;
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = right < heap.length && isBefore(heap[right], heap[left]) ? right : left;
      if (least >= heap.length || !this.#swapIfBefore(least, at)) return;
      at = least;
    }
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined || !isBefore(one, other)) return false;
    [this.#heap[a], this.#heap[b]] = [other, one];
    return true;
  }
}

const isBefore = (a: Happening | undefined, b: Happening | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Puts the timers of this realm on virtual time while `body` runs. */
export async function withTimersOn(time: VirtualTime, body: () => Promise<void>): Promise<void> {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval };
  const handleOf = (cancel: Cancel): object => ({ cancel, unref: () => undefined, ref: () => undefined });
  const clear = (handle: { readonly cancel?: Cancel } | undefined): void => handle?.cancel?.();
  const virtual = {
    setTimeout: (run: () => void, ms = 0) => handleOf(time.after(ms, run, time.running)),
    clearTimeout: clear,
    setInterval: (run: () => void, ms: number) => {
      const owner = time.running;
      let cancel: Cancel;
      const next = (): void => {
        cancel = time.after(
          ms,
          () => {
            next();
            run();
          },
          owner,
        );
      };
      next();
      return handleOf(() => cancel());
    },
    clearInterval: clear,
  };
  Object.assign(globalThis, virtual);
  try {
    await body();
  } finally {
    Object.assign(globalThis, real);
  }
}
