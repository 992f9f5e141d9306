/** The days on which a cron expression fires. Days are counted since 1970, whatever the time zone. */
import { Cron } from 'croner';
import { cronMode } from '../../api/schedule.ts';
import { dayLength } from './zone.ts';

const options = { mode: cronMode, timezone: 'UTC', paused: true } as const;

export class Days {
  readonly #cron: Cron;
  readonly #next = new Map<number, number | undefined>();
  readonly #last = new Map<number, number | undefined>();

  constructor(expression: string) {
    const [, , ...day] = expression.split(' ');
    this.#cron = new Cron(`0 12 ${day.join(' ')}`, options);
  }

  /** The first one later than that. */
  after(day: number): number | undefined {
    return remembered(this.#next, day, () => dayOf(this.#cron.nextRun(new Date((day + 1) * dayLength))));
  }

  /** The last one not later than that. */
  upTo(day: number): number | undefined {
    return remembered(this.#last, day, () =>
      dayOf(this.#cron.previousRuns(1, new Date((day + 1) * dayLength))[0]),
    );
  }
}

/** The minutes of a day at which it fires, as the clock on the wall shows them. */
export function minutesOf(expression: string): readonly number[] {
  const [minute = '', hour = ''] = expression.split(' ');
  const minutes = firesOnFirstDay(`${minute} 0 * * *`);
  return firesOnFirstDay(`0 ${hour} * * *`).flatMap((start) => minutes.map((at) => start + at));
}

function firesOnFirstDay(expression: string): readonly number[] {
  const cron = new Cron(expression, options);
  const minutes: number[] = [];
  for (let at = cron.nextRun(new Date(-1000)); at !== null && at.getTime() < dayLength; at = cron.nextRun(at))
    minutes.push(at.getTime() / 60_000);
  return minutes;
}

const dayOf = (date: Date | null | undefined): number | undefined =>
  date === null || date === undefined ? undefined : Math.floor(date.getTime() / dayLength);

function remembered(
  memory: Map<number, number | undefined>,
  day: number,
  find: () => number | undefined,
): number | undefined {
  if (!memory.has(day)) memory.set(day, find());
  return memory.get(day);
}
