/** Asks gates in the background, each at most once at a time for a policy, and keeps the last answers. All of it may be lost. */
import type { GateQuestion, GateReading } from '../plan/gates.ts';
import type { Clock } from '../ports/clock.ts';
import type { GateSource, GateVerdict } from '../ports/gates.ts';

export interface GateReadingsOptions {
  readonly source: GateSource;
  readonly clock: Pick<Clock, 'now'>;
  /** A gate of this policy has answered. */
  readonly onAnswer: (key: string) => void;
}

interface OfPolicy {
  /** Grows with each change of the policy's ledger. */
  round: number;
  readonly asking: Set<string>;
  readonly answers: Map<string, Omit<GateReading, 'current'> & { readonly round: number }>;
}

/** More than a policy has; those of gates that were edited go first. */
const mostAnswers = 20;

export class GateReadings {
  readonly #options: GateReadingsOptions;
  readonly #policies = new Map<string, OfPolicy>();

  constructor(options: GateReadingsOptions) {
    this.#options = options;
  }

  /** The last answer of each gate that was asked for this policy. */
  of(key: string): ReadonlyMap<string, GateReading> {
    const { round, answers } = this.#policies.get(key) ?? { round: 0, answers: [] };
    return new Map(
      [...answers].map(([gate, { round: askedIn, ...answer }]) => [
        gate,
        { ...answer, current: askedIn === round },
      ]),
    );
  }

  /** To be told before the request goes out: should its answer be lost, the ledger may have changed all the same. */
  ledgerChanges(key: string): void {
    const policy = this.#policies.get(key);
    if (policy !== undefined) policy.round += 1;
  }

  ask(key: string, questions: readonly GateQuestion[]): void {
    for (const question of questions) void this.#ask(key, question);
  }

  /** Whatever is known for other keys goes: their policies are gone. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#policies.keys()) if (!keys.has(key)) this.#policies.delete(key);
  }

  /** Answers that are under way will not count either. */
  forget(): void {
    this.#policies.clear();
  }

  async #ask(key: string, { key: gate, prometheus }: GateQuestion): Promise<void> {
    const { source, clock, onAnswer } = this.#options;
    const policy = this.#policies.get(key) ?? { round: 0, asking: new Set(), answers: new Map() };
    this.#policies.set(key, policy);
    if (policy.asking.has(gate)) return;
    policy.asking.add(gate);
    const { round } = policy;
    const at = clock.now();
    let verdict: GateVerdict;
    try {
      verdict = await source.evaluate(prometheus);
    } catch (error) {
      verdict = { state: 'Unknown', because: error instanceof Error ? error.message : String(error) };
    }
    policy.asking.delete(gate);
    if (this.#policies.get(key) !== policy) return;
    policy.answers.delete(gate);
    policy.answers.set(gate, { ...verdict, at, round });
    for (const oldest of policy.answers.keys()) {
      if (policy.answers.size <= mostAnswers) break;
      policy.answers.delete(oldest);
    }
    onAnswer(key);
  }
}
