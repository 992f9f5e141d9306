/** What has to be so for a scenario to be repeated: the host before it, and what changes at which step. */
import type { Change } from './lab-bench.ts';

export interface Setup {
  readonly version?: string;
  readonly offers?: readonly string[];
  readonly refreshMs?: number;
  readonly prepareMs?: number;
  /** Before the first step. */
  readonly first?: readonly Change[];
  /** Settings that were there before, as a body for PATCH. */
  readonly settings?: string;
  /** Before the step of this number; the first is 0. */
  readonly at?: Readonly<Record<number, Change>>;
  /** Before the n-th call of a path, the first is 1: `prepare-update#2`. */
  readonly before?: Readonly<Record<string, Change>>;
  /** Steps that are not compared, with the reason. */
  readonly skip?: Readonly<Record<number, string>>;
}
