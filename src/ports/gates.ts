/** Whoever can answer the question of a gate. */
import type { Gate } from '../api/health.ts';
import type { GateStatus } from '../api/policy-status.ts';

export interface GateVerdict {
  readonly state: GateStatus['state'];
  /** For people: what was found, or why it cannot be told. The same finding always gives the same text. */
  readonly because: string;
}

export interface GateSource {
  /** Takes 10 s at most, changes nothing, and never throws: what goes wrong is `Unknown`. */
  evaluate(question: Gate['prometheus']): Promise<GateVerdict>;
}

/** The bearer tokens that gates may send, each with the one place that it may be sent to. */
export interface GateTokens {
  /** Read anew each time. Throws nothing: what keeps the token from being used is said. */
  tokenFor(
    secret: { readonly name: string; readonly key: string },
    url: string,
  ): Promise<{ readonly token: string } | { readonly refused: string }>;
}
