/** The times in which a schedule is open, one after another: windows that meet or overlap are one, and blackouts cut pieces out. */
import { durationToMillis } from '../../api/duration.ts';
import type { Schedule } from '../../api/schedule.ts';
import type { Millis } from '../facts.ts';
import { type Blackout, blackoutsOf, coveringAt, nextFrom } from './blackouts.ts';
import { Lately } from './lately.ts';
import { type OpenTime, Window } from './window.ts';
import { Zone } from './zone.ts';

/** What is open for so long is open without end. */
const longEnough = 400 * 86_400_000;
/** Many windows that hand over to each other for days: so many are looked at, and the rest when their time has come. */
const mostLooks = 20_000;

const lately = new Lately<OpenTimes>();

export const openTimesOf = (schedule: Schedule): OpenTimes =>
  lately.of(schedule, () => new OpenTimes(schedule));

/** The schedule with each of its windows alone, where it has several. */
export const eachAlone = (schedule: Schedule): readonly Schedule[] => {
  const { windows = [] } = schedule;
  return windows.length < 2 ? [] : windows.map((window) => ({ ...schedule, windows: [window] }));
};

export class OpenTimes {
  readonly blackouts: readonly Blackout[];
  readonly #windows: readonly Window[] | undefined;

  constructor(schedule: Schedule) {
    const { windows = [], timeZone } = schedule;
    this.blackouts = blackoutsOf(schedule);
    const zone = new Zone(timeZone);
    this.#windows =
      windows.length === 0
        ? undefined
        : windows.map(({ start, duration }) => new Window(start, durationToMillis(duration), zone));
  }

  /** The one that is at that time, from there on, or else the next one. */
  from(at: Millis): OpenTime | undefined {
    let from: Millis | undefined = at;
    // Each blackout is passed at most once.
    for (let i = 0; i <= this.blackouts.length; i++) {
      from = this.#openFrom(from);
      if (from === undefined) return undefined;
      const blackout = coveringAt(this.blackouts, from);
      if (blackout === undefined) return { from, until: this.#untilFrom(from) };
      from = blackout.to;
    }
    return undefined;
  }

  #openFrom(at: Millis): Millis | undefined {
    if (this.#windows === undefined || this.#reach(at) > at) return at;
    let first: Millis | undefined;
    for (const window of this.#windows) {
      const next = window.opensAfter(at);
      if (next !== undefined && (first === undefined || next < first)) first = next;
    }
    return first;
  }

  /** Until when windows that begin by then are open, at least. */
  #reach(at: Millis): Millis {
    let until = at;
    for (const window of this.#windows ?? []) until = Math.max(until, window.reach(at) ?? until);
    return until;
  }

  #untilFrom(from: Millis): Millis {
    const cut = nextFrom(this.blackouts, from);
    if (this.#windows === undefined) return cut;
    let until = from;
    for (let looks = 0; until < cut && looks < mostLooks; looks += this.#windows.length) {
      const reach = this.#reach(until);
      if (reach === until) return until;
      if (reach - from > longEnough) return cut;
      until = reach;
    }
    return Math.min(until, cut);
  }
}
