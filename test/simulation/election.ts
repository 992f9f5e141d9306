/** The Lease: one holder, taken from one that was silent for too long. A holder that is awake renews it without a word. */
import { StaleError } from '../../src/ports/errors.ts';
import type { Leadership } from '../../src/ports/leadership.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

const leaseDuration = 15_000;
const renewDeadline = 10_000;

export interface Candidate extends Owner {
  readonly onStarted: (fence: string) => void;
  readonly onStopped: () => Promise<void>;
}

interface Standing {
  leading: boolean;
  /** Set while it sleeps or is dead: when it renewed last. */
  silentSince: number | undefined;
  staysOut: { readonly mayReturn: () => boolean; readonly until: number } | undefined;
}

export class Election {
  readonly #time: VirtualTime;
  readonly #standings = new Map<Candidate, Standing>();
  #holder: Candidate | undefined;
  #transitions = -1;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get leader(): Candidate | undefined {
    return this.#holder;
  }

  join(candidate: Candidate): Leadership {
    const standing: Standing = { leading: false, silentSince: undefined, staysOut: undefined };
    this.#standings.set(candidate, standing);
    this.#tryAfter(candidate, 50);
    const isLeading = (): boolean =>
      standing.leading &&
      (standing.silentSince === undefined || this.#time.now - standing.silentSince < renewDeadline);
    return {
      run: () => Promise.resolve(),
      isLeading,
      assertLeading: () => {
        if (!isLeading()) throw new StaleError('the lease was not renewed in time');
      },
      handOver: async (mayReturn, leaderlessMs) => {
        if (!standing.leading) return;
        standing.staysOut = { mayReturn, until: this.#time.now + leaderlessMs };
        await this.#stop(candidate, standing);
        if (this.#holder === candidate) this.#holder = undefined;
        this.#wakeOthers(100);
        this.#tryAfter(candidate, 2000);
      },
    };
  }

  /** It sleeps, or is dead: it renews no more. */
  silent(candidate: Candidate): void {
    const standing = this.#standings.get(candidate);
    if (standing === undefined) return;
    standing.silentSince ??= this.#time.now;
    if (!candidate.alive) this.#standings.delete(candidate);
    if (this.#holder === candidate)
      this.#wakeOthers(leaseDuration - (this.#time.now - standing.silentSince) + 100);
  }

  /** It woke up: at its next renewal it learns what it is. To be called as its own happening. */
  awake(candidate: Candidate): void {
    const standing = this.#standings.get(candidate);
    if (standing === undefined) return;
    this.#time.after(
      700,
      () => {
        standing.silentSince = undefined;
        if (standing.leading && this.#holder !== candidate) void this.#stop(candidate, standing);
        this.#tryAfter(candidate, 2000);
      },
      candidate,
    );
  }

  async #stop(candidate: Candidate, standing: Standing): Promise<void> {
    standing.leading = false;
    await candidate.onStopped();
  }

  #wakeOthers(ms: number): void {
    for (const candidate of this.#standings.keys())
      if (candidate !== this.#holder) this.#tryAfter(candidate, ms);
  }

  #tryAfter(candidate: Candidate, ms: number): void {
    this.#time.after(ms, () => this.#try(candidate), candidate);
  }

  #try(candidate: Candidate): void {
    const standing = this.#standings.get(candidate);
    if (standing === undefined || this.#holder === candidate || standing.leading) return;
    const { staysOut } = standing;
    if (staysOut !== undefined) {
      if (!staysOut.mayReturn() && (this.#holder !== undefined || this.#time.now < staysOut.until))
        return this.#tryAfter(candidate, 5000);
      standing.staysOut = undefined;
    }
    if (this.#holder !== undefined) {
      const freeAt = this.#freeAt(this.#holder);
      // An awake holder renews; whoever makes it silent wakes us.
      if (freeAt === undefined) return;
      if (freeAt > this.#time.now) return this.#tryAfter(candidate, freeAt - this.#time.now + 50);
    }
    this.#holder = candidate;
    this.#transitions += 1;
    standing.leading = true;
    candidate.onStarted(`${candidate.id}/${this.#transitions}`);
  }

  readonly #died = new Map<Candidate, number>();

  #freeAt(holder: Candidate): number | undefined {
    if (!holder.alive) {
      const at = this.#died.get(holder) ?? this.#time.now;
      this.#died.set(holder, at);
      return at + leaseDuration;
    }
    const since = this.#standings.get(holder)?.silentSince;
    return since === undefined ? undefined : since + leaseDuration;
  }
}
