/** What every check is. */
import type { Breach } from '../violation.ts';
import type { History } from '../world/history.ts';

export interface CheckOptions {
  /** How old the operator's sight of the Nodes may be when it claims (S1, S8), milliseconds. */
  readonly nodeSightMs: number;
  /** How much the recorder's times may be off, milliseconds: events reach it some time after they happened. */
  readonly slackMs: number;
}

export const usualOptions: CheckOptions = { nodeSightMs: 90_000, slackMs: 1500 };

export type Check = (history: History, options: CheckOptions) => readonly Breach[];
