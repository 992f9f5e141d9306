/** The blackouts of a schedule: what covers a moment, and what comes next. */
import type { Schedule } from '../../api/schedule.ts';
import type { Millis } from '../facts.ts';

export interface Blackout {
  readonly from: Millis;
  readonly to: Millis;
  readonly reason: string | undefined;
}

export const blackoutsOf = ({ blackouts = [] }: Schedule): readonly Blackout[] =>
  blackouts
    .map(({ from, to, reason }) => ({ from: Date.parse(from), to: Date.parse(to), reason }))
    .toSorted((a, b) => a.from - b.from);

/** Of several the one that ends last. */
export const coveringAt = (blackouts: readonly Blackout[], at: Millis): Blackout | undefined =>
  blackouts
    .filter(({ from, to }) => from <= at && at < to)
    .toSorted((a, b) => b.to - a.to)
    .at(0);

export const nextFrom = (blackouts: readonly Blackout[], at: Millis): Millis =>
  blackouts.find(({ from }) => from > at)?.from ?? Number.POSITIVE_INFINITY;
