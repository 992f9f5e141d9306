/** What the recorder's process is asked, one JSON line each on its standard input, and what it answers on its output. */
import type { Violation } from './violation.ts';
import type { RebootCall } from './world/event.ts';

/** Judge everything up to now. The end of the input asks the same for the last time. */
export interface CheckRequest {
  readonly do: 'check';
  /** What the hosts' own logs say beyond their journals. */
  readonly rebootCalls: readonly RebootCall[];
}

export type Answer =
  /** Everything from here on is recorded. */
  | { readonly kind: 'Recording' }
  | Report
  /** The record is not complete, so that it proves nothing. */
  | { readonly kind: 'Broken'; readonly because: string };

export interface Report {
  readonly kind: 'Report';
  readonly revisions: number;
  readonly requests: number;
  readonly violations: readonly Violation[];
}
