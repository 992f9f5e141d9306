/**
 * When one window is open. Where summer time skips or doubles an hour: a start whose minute and hour are plain numbers, lists or ranges
 * opens at the moment of the jump if it was skipped, and once, the first time, if it comes twice. One with `*` or a step in minute or hour
 * follows the clock on the wall: what is skipped does not come, what comes twice opens twice.
 */
import type { Millis } from '../facts.ts';
import { Days, minutesOf } from './days.ts';
import { dayLength, type Zone } from './zone.ts';

/** Open from the first to before the last millisecond. */
export interface OpenTime {
  readonly from: Millis;
  readonly until: Millis;
}

const minute = 60_000;
/** Days in a row on which all that should fire may have been skipped. */
const mostSkipped = 3;

export class Window {
  readonly #zone: Zone;
  readonly #length: Millis;
  readonly #days: Days;
  readonly #plain: boolean;
  readonly #minutes: readonly number[];
  /** Of a day without a change of the clock, from its midnight on. */
  readonly #usual: readonly OpenTime[];
  readonly #known = new Map<number, readonly OpenTime[]>();

  constructor(expression: string, length: Millis, zone: Zone) {
    this.#zone = zone;
    this.#length = length;
    this.#days = new Days(expression);
    this.#minutes = minutesOf(expression);
    this.#plain = !/[*/?]/.test(expression.split(' ').slice(0, 2).join(' '));
    this.#usual = joined(
      this.#minutes.map((at) => at * minute),
      length,
    );
  }

  /** Until when it is open at that time, or was last: as far as the starts of one day tell. */
  reach(at: Millis): Millis | undefined {
    let day = this.#days.upTo(this.#zone.dayOf(at));
    for (let i = 0; day !== undefined && i < mostSkipped; i++) {
      const last = this.#timesOf(day).findLast(({ from }) => from <= at);
      if (last !== undefined) return last.until;
      day = this.#days.upTo(day - 1);
    }
    return undefined;
  }

  /** When it opens next; to be asked while it is closed. */
  opensAfter(at: Millis): Millis | undefined {
    const today = this.#zone.dayOf(at);
    let day = this.#days.after(today - 1);
    for (let i = 0; day !== undefined && i < mostSkipped; i++) {
      const next = this.#timesOf(day).find(({ from }) => from > at);
      if (next !== undefined) return next.from;
      day = this.#days.after(day);
    }
    return undefined;
  }

  #timesOf(day: number): readonly OpenTime[] {
    const known = this.#known.get(day);
    if (known !== undefined) return known;
    const times = this.#timesBy(day);
    this.#known.set(day, times);
    return times;
  }

  #timesBy(day: number): readonly OpenTime[] {
    const midnight = day * dayLength;
    const { before, after, jump } = this.#zone.around(day);
    if (before === after)
      return this.#usual.map(({ from, until }) => ({
        from: midnight + from - before,
        until: midnight + until - before,
      }));
    const starts = this.#minutes.flatMap((at) => {
      const reading = midnight + at * minute;
      // By the old offset, by the new one, both where it comes twice, neither where it is skipped.
      const moments = [reading - before, reading - after].filter((moment, i) =>
        i === 0 ? moment < jump : moment >= jump,
      );
      if (!this.#plain) return moments;
      return [moments[0] ?? jump];
    });
    return joined(
      [...new Set(starts)].toSorted((a, b) => a - b),
      this.#length,
    );
  }
}

/** Times that meet or overlap are one. */
function joined(starts: readonly Millis[], length: Millis): readonly OpenTime[] {
  const times: { from: Millis; until: Millis }[] = [];
  for (const from of starts) {
    const last = times.at(-1);
    if (last !== undefined && from <= last.until) last.until = from + length;
    else times.push({ from, until: from + length });
  }
  return times;
}
