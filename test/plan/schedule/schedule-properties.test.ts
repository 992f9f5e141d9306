import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Schedule } from '../../../src/api/schedule.ts';
import { scheduleStateAt } from '../../../src/plan/schedule/schedule-state.ts';
import { openMinutes, wallClock } from '../../support/naive-schedule.ts';

const minute = 60_000;
const day = 24 * 60;

/** Days around a change of summer time, or an ordinary week. What began up to two days before is known to the model. */
const spans = (
  [
    ['UTC', '2026-02-26'],
    ['Europe/Berlin', '2026-03-27'],
    ['Europe/Berlin', '2026-10-23'],
    ['America/New_York', '2026-03-06'],
    ['America/New_York', '2026-10-30'],
    ['Australia/Lord_Howe', '2026-04-03'],
    ['Australia/Lord_Howe', '2026-10-02'],
    ['America/Santiago', '2026-04-03'],
    ['America/Santiago', '2026-09-04'],
    ['Asia/Kolkata', '2026-06-01'],
  ] as const
).map(([timeZone, from]) => ({ timeZone, from: Date.parse(`${from}T00:00:00Z`) }));
const clocks = new Map<(typeof spans)[number], ReturnType<typeof wallClock>>();
const clockOf = (span: (typeof spans)[number]): ReturnType<typeof wallClock> => {
  const known = clocks.get(span) ?? wallClock(span.timeZone, span.from - 2 * day * minute, 7 * day);
  clocks.set(span, known);
  return known;
};

const minutes = fc.constantFrom('0', '30', '15,45', '*/20', '*', '50-59', '0-30/10');
const hours = fc.constantFrom('0', '1', '2', '3', '23', '1,2', '1-3', '*', '*/2', '22');
const weekdays = fc.constantFrom('*', '*', '*', '0', '1-5', '6,0');
const days = fc.constantFrom('*', '*', '*', '1', '28,29', '1-7');
const cron = fc.tuple(minutes, hours, days, fc.constant('*'), weekdays).map((fields) => fields.join(' '));
const window = fc.record({
  start: cron,
  duration: fc.constantFrom('1m', '5m', '20m', '45m', '1h', '90m', '3h', '8h', '24h', '36h'),
});
const blackouts = (from: number): fc.Arbitrary<{ from: string; to: string }> =>
  fc
    .tuple(fc.integer({ min: 0, max: 5 * day }), fc.integer({ min: 1, max: 2 * day }))
    .map(([start, length]) => ({
      from: new Date(from + start * minute).toISOString(),
      to: new Date(from + (start + length) * minute).toISOString(),
    }));
const cases = fc.constantFrom(...spans).chain((span) =>
  fc.record({
    span: fc.constant(span),
    windows: fc.array(window, { minLength: 1, maxLength: 3 }),
    blackouts: fc.array(blackouts(span.from), { maxLength: 3 }),
    at: fc.array(fc.integer({ min: 0, max: 5 * day - 1 }), { minLength: 1, maxLength: 8 }),
  }),
);

describe('a schedule', () => {
  it('is open when a model says so that looks at the clock on the wall minute by minute', () => {
    fc.assert(
      fc.property(cases, ({ span, windows, blackouts: cuts, at }) => {
        const schedule: Schedule = { timeZone: span.timeZone, windows, blackouts: cuts };
        const clock = clockOf(span);
        const open = openMinutes(schedule, clock);
        for (const offset of at) {
          const i = 2 * day + offset;
          const now = span.from + offset * minute;
          const state = scheduleStateAt(schedule, now);
          expect(state.open).toBe(open[i]);
          const changes = open.indexOf(open[i] !== true, i);
          const told = state.open ? state.closesAt : (state.opensAt ?? Number.POSITIVE_INFINITY);
          // Beyond its last day the model knows nothing.
          const last = span.from + 5 * day * minute;
          expect(Math.min(told, last)).toBe(changes === -1 ? last : clock[changes]?.at);
        }
      }),
      { numRuns: 70 },
    );
  }, 60_000);

  it('says the same at every moment until it says that something changes', () => {
    fc.assert(
      fc.property(
        cases,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        ({ span, windows, blackouts: cuts, at: [offset = 0] }, share) => {
          const schedule: Schedule = { timeZone: span.timeZone, windows, blackouts: cuts };
          const now = span.from + offset * minute;
          const first = scheduleStateAt(schedule, now);
          const later = Math.floor(now + share * (Math.min(first.changesAt, now + 10 * day * minute) - now));
          // A copy that was never asked has nothing to remember.
          const other: Schedule = { blackouts: cuts, windows, timeZone: span.timeZone };
          const { longest: _first, ...told } = first;
          const { longest: _later, ...again } = scheduleStateAt(other, later);
          expect(again).toEqual(told);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
