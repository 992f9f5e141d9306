/** A time zone's clock on the wall. Readings and days are counted as if the zone were UTC: in milliseconds, and in days since 1970. */
import type { Millis } from '../facts.ts';

const minute = 60_000;
export const dayLength = 86_400_000;

export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** By UTC day: few are asked for again and again. */
  readonly #offsets = new Map<number, Millis>();

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  }

  /** How far the wall is ahead of UTC. */
  offsetAt(at: Millis): Millis {
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(this.#format.format(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minute;
  }

  dayOf(at: Millis): number {
    return Math.floor((at + this.offsetAt(at)) / dayLength);
  }

  /** The offsets long before and after a day of the wall, and where they differ the moment in between at which the clock is changed. */
  around(day: number): { readonly before: Millis; readonly after: Millis; readonly jump: Millis } {
    const [before, after] = [this.#atMidnight(day - 1), this.#atMidnight(day + 2)];
    if (before === after) return { before, after, jump: Number.POSITIVE_INFINITY };
    let [low, high] = [(day - 1) * dayLength, (day + 2) * dayLength];
    while (high - low > minute) {
      const middle = Math.floor((low + high) / 2 / minute) * minute;
      if (this.offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, jump: high };
  }

  #atMidnight(utcDay: number): Millis {
    const known = this.#offsets.get(utcDay);
    if (known !== undefined) return known;
    const offset = this.offsetAt(utcDay * dayLength);
    this.#offsets.set(utcDay, offset);
    return offset;
  }
}
