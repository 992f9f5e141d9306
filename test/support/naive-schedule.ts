/** The same question answered slowly and plainly, minute by minute, by what the clock on the wall shows. */
import type { Schedule } from '../../src/api/schedule.ts';
import { durationToMillis } from '../../src/api/duration.ts';

const minute = 60_000;

interface Wall {
  readonly at: number;
  readonly fields: readonly [minute: number, hour: number, day: number, month: number, weekday: number];
  /** The reading in minutes, as if the zone were UTC: what jumps when summer time begins or ends. */
  readonly reading: number;
}

/** Every minute from there on, which is a full half hour: clocks are changed at those. */
export function wallClock(timeZone: string, from: number, minutes: number): readonly Wall[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let ahead = 0;
  return Array.from({ length: minutes }, (_, i) => {
    const at = from + i * minute;
    if (i % 30 === 0) {
      const found = /(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/.exec(format.format(at)) ?? [];
      const [, day = 0, month = 0, year = 0, hour = 0, min = 0] = found.map(Number);
      ahead = Date.UTC(year, month - 1, day, hour, min) - at;
    }
    return wallAt(at, (at + ahead) / minute);
  });
}

function wallAt(at: number, reading: number): Wall {
  const date = new Date(reading * minute);
  return {
    at,
    reading,
    fields: [
      date.getUTCMinutes(),
      date.getUTCHours(),
      date.getUTCDate(),
      date.getUTCMonth() + 1,
      date.getUTCDay(),
    ],
  };
}

function valuesOf(field: string): ReadonlySet<number> {
  const values = Array.from({ length: 60 }, (_, value) => value);
  return new Set(
    field.split(',').flatMap((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [low = '', high = low] = range === '*' ? ['0', '59'] : range.split('-');
      return values.filter(
        (value) =>
          Number(low) <= value && value <= Number(high) && (value - Number(low)) % Number(step) === 0,
      );
    }),
  );
}

function matcherOf(cron: string): (wall: Wall) => boolean {
  const parts = cron.split(' ');
  const [minutes, hours, days, months, weekdays] = parts.map((part) => valuesOf(part));
  const both = parts[2] === '*' || parts[4] === '*';
  return ({ fields: [minuteNow, hour, day, month, weekday] }) => {
    if (minutes?.has(minuteNow) !== true || hours?.has(hour) !== true || months?.has(month) !== true)
      return false;
    const [inDay, inWeekday] = [days?.has(day) === true, weekdays?.has(weekday) === true];
    return both ? inDay && inWeekday : inDay || inWeekday;
  };
}

/** The minutes at which an expression fires. */
export function firesAt(cron: string, clock: readonly Wall[]): readonly number[] {
  const [minutes = '', hours = ''] = cron.split(' ');
  const plain = !/[*/]/.test(`${minutes} ${hours}`);
  const matches = matcherOf(cron);
  const fires: number[] = [];
  let furthest = Number.NEGATIVE_INFINITY;
  let before: Wall | undefined;
  for (const wall of clock) {
    const again = wall.reading <= furthest;
    furthest = Math.max(furthest, wall.reading);
    let fire = matches(wall) && !(plain && again);
    const from = plain ? (before ?? wall).reading + 1 : wall.reading;
    for (let skipped = from; skipped < wall.reading; skipped++) fire ||= matches(wallAt(wall.at, skipped));
    if (fire) fires.push(wall.at);
    before = wall;
  }
  return fires;
}

/** Whether it is open in each minute. */
export function openMinutes(schedule: Schedule, clock: readonly Wall[]): readonly boolean[] {
  const first = clock[0]?.at ?? 0;
  const { windows = [], blackouts = [] } = schedule;
  const open: boolean[] = clock.map(() => windows.length === 0);
  for (const { start, duration } of windows)
    for (const at of firesAt(start, clock))
      open.fill(true, (at - first) / minute, (at + durationToMillis(duration) - first) / minute);
  for (const { from, to } of blackouts)
    open.fill(
      false,
      Math.max(0, (Date.parse(from) - first) / minute),
      Math.max(0, (Date.parse(to) - first) / minute),
    );
  return open;
}
