/**
 * Who leads: one Lease, with the semantics that other Kubernetes clients have (15 s lease, 10 s to renew it, tried every 2 s).
 * The election alone fences nobody: whoever sleeps through it wakes up as a leader in its own eyes, so every guarded write asks
 * `assertLeading`, which goes by a clock that does not sleep with us, and the fence in each policy refuses the rest.
 */
import type { Clock } from '../../ports/clock.ts';
import { StaleError } from '../../ports/errors.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { ApiClient } from './client.ts';
import { isFailure } from './errors.ts';
import type { Holding, LeaseRecord, RawLease } from './lease-record.ts';
import { leaseRecord } from './lease-record.ts';
import type { Observation } from './lease-watch.ts';
import { createObservation, watchUntilFree } from './lease-watch.ts';
import { pause } from './pause.ts';

export interface LeadershipOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly namespace: string;
  /** Another one at each process start. */
  readonly identity: string;
  /** Milliseconds after which others take an unrenewed lease. */
  readonly leaseDuration: number;
  /** Milliseconds after the last renewal at which we stop to lead ourselves; shorter than the lease. */
  readonly renewDeadline: number;
  /** Milliseconds between renewals, and between tries to get it. */
  readonly retryPeriod: number;
  /** Something failed and is being tried again. */
  readonly onError: (error: unknown) => void;
}

interface Exile {
  readonly mayReturn: () => boolean;
  readonly leaderlessMs: number;
  leaderlessSince: number | undefined;
  readonly left: () => void;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  return new LeaseLeadership(options);
}

class LeaseLeadership implements Leadership {
  readonly #options: LeadershipOptions;
  readonly #record: LeaseRecord;
  readonly #observation: Observation;
  /** When the last successful renewal was sent, by the monotonic clock; undefined: not leading. */
  #renewed: number | undefined;
  #acquiredAt = 0;
  #transitions = -1;
  #exile: Exile | undefined;
  /** Ends the present term, or the wait for the next renewal in it. */
  #term = new AbortController();

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#record = leaseRecord(options.api, options.namespace);
    this.#observation = createObservation(options.clock);
  }

  isLeading(): boolean {
    const { clock, renewDeadline } = this.#options;
    return this.#renewed !== undefined && clock.monotonic() < this.#renewed + renewDeadline;
  }

  assertLeading(): void {
    if (!this.isLeading()) throw new StaleError('The lease was not renewed in time');
  }

  async run(
    callbacks: { readonly onStarted: (fence: string) => void; readonly onStopped: () => void },
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const lease = await this.#acquire(signal);
      if (lease === undefined) return;
      this.#term = new AbortController();
      callbacks.onStarted(`${this.#options.identity}/${this.#transitions}`);
      const lost = await this.#renewUntilOver(lease, AbortSignal.any([signal, this.#term.signal]));
      this.#renewed = undefined;
      callbacks.onStopped();
      if (!lost) await this.#release();
      this.#exile?.left();
    }
  }

  handOver(mayReturn: () => boolean, leaderlessMs: number): Promise<void> {
    if (this.#renewed === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#exile = { mayReturn, leaderlessMs, leaderlessSince: undefined, left: resolve };
      this.#term.abort();
    });
  }

  /** The lease once it is ours; undefined when the signal aborted before. */
  async #acquire(signal: AbortSignal): Promise<RawLease | undefined> {
    const { retryPeriod, random, onError, api, namespace } = this.#options;
    while (!signal.aborted) {
      try {
        const lease = await this.#record.read({ timeoutMs: this.#requestMs, signal });
        this.#observation.see(lease);
        // Ours without our leading: the answer to a write was lost, or the release was.
        const ours = lease?.spec?.holderIdentity === this.#options.identity;
        if (ours || this.#observation.freeIn() <= 0) {
          if (!this.#staysOut()) return await this.#take(lease, signal);
        } else if (this.#staysOut()) {
          if (this.#exile) this.#exile.leaderlessSince = undefined;
        } else if (lease !== undefined) {
          await watchUntilFree(lease, { api, namespace, observation: this.#observation, signal });
          if (this.#observation.freeIn() <= 0) continue;
        }
      } catch (error) {
        if (signal.aborted) return undefined;
        // Somebody else was quicker.
        if (!isFailure(error, 'Conflict')) onError(error);
      }
      await pause(retryPeriod * (1 + 0.2 * random()), signal);
    }
    return undefined;
  }

  async #take(lease: RawLease | undefined, signal: AbortSignal): Promise<RawLease> {
    const { clock } = this.#options;
    const sentAt = clock.monotonic();
    this.#acquiredAt = clock.now();
    // One more each time, also after ourselves: each term has a fence of its own. Should the Lease be re-made, it does not start over.
    const before = lease?.spec?.leaseTransitions ?? -1;
    const holding = this.#holding(Math.max(before, this.#transitions) + 1);
    const limits = { timeoutMs: this.#requestMs, signal };
    const taken = await (lease === undefined
      ? this.#record.create(holding, limits)
      : this.#record.replace(lease, holding, limits));
    this.#transitions = holding.transitions;
    this.#exile = undefined;
    this.#renewed = sentAt;
    return taken;
  }

  /** True if the lease was lost; false if the signal aborted while it was ours. */
  async #renewUntilOver(first: RawLease, signal: AbortSignal): Promise<boolean> {
    const { clock, retryPeriod, renewDeadline, onError } = this.#options;
    let lease = first;
    for (;;) {
      await pause(Math.min(retryPeriod, this.#leftMs()), signal);
      if (signal.aborted) return !this.isLeading();
      if (this.#leftMs() <= 0) return true;
      const sentAt = clock.monotonic();
      const limits = { timeoutMs: Math.min(this.#requestMs, this.#leftMs()), signal };
      try {
        lease = await this.#record.replace(lease, this.#holding(this.#transitions), limits);
        // The time of sending: the server may have stored it long before we hear of it.
        if (clock.monotonic() - sentAt < renewDeadline) this.#renewed = sentAt;
      } catch (error) {
        if (signal.aborted) return !this.isLeading();
        if (isFailure(error, 'NotFound')) return true;
        if (!isFailure(error, 'Conflict')) {
          onError(error);
          continue;
        }
        const now = await this.#lookAgain(limits);
        if (now === 'Lost') return true;
        lease = now ?? lease;
      }
    }
  }

  /** After a conflict: perhaps a write of ours whose answer was lost. Undefined: could not be read. */
  async #lookAgain(limits: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  }): Promise<RawLease | 'Lost' | undefined> {
    try {
      const lease = await this.#record.read(limits);
      return lease?.spec?.holderIdentity === this.#options.identity ? lease : 'Lost';
    } catch (error) {
      if (!limits.signal.aborted) this.#options.onError(error);
      return undefined;
    }
  }

  /** Best effort: others wait for its end if it fails. */
  async #release(): Promise<void> {
    const { identity, onError } = this.#options;
    const limits = { timeoutMs: this.#requestMs };
    try {
      const lease = await this.#record.read(limits);
      if (lease?.spec?.holderIdentity !== identity) return;
      await this.#record.replace(
        lease,
        { ...this.#holding(this.#transitions), holder: '', durationMs: 0 },
        limits,
      );
    } catch (error) {
      onError(error);
    }
  }

  /** Handed over, and neither called back nor missed. */
  #staysOut(): boolean {
    const exile = this.#exile;
    if (exile === undefined) return false;
    const now = this.#options.clock.monotonic();
    exile.leaderlessSince ??= now;
    if (!exile.mayReturn() && now - exile.leaderlessSince < exile.leaderlessMs) return true;
    this.#exile = undefined;
    return false;
  }

  #holding(transitions: number): Holding {
    const { identity, leaseDuration, clock } = this.#options;
    const acquiredAt = this.#acquiredAt;
    return { holder: identity, durationMs: leaseDuration, acquiredAt, renewedAt: clock.now(), transitions };
  }

  #leftMs(): number {
    const { clock, renewDeadline } = this.#options;
    return this.#renewed === undefined ? 0 : this.#renewed + renewDeadline - clock.monotonic();
  }

  get #requestMs(): number {
    return Math.max(500, this.#options.renewDeadline / 2);
  }
}
