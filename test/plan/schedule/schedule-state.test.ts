import { describe, expect, it } from '@jest/globals';
import type { Schedule } from '../../../src/api/schedule.ts';
import { scheduleStateAt } from '../../../src/plan/schedule/schedule-state.ts';

interface Case {
  readonly name: string;
  readonly zone?: string;
  readonly windows?: readonly (readonly [start: string, duration: string])[];
  readonly blackouts?: readonly (readonly [from: string, to: string, reason?: string])[];
  readonly at: string;
  /** `open until …` or `closed until …`. */
  readonly says: string;
}

const stateOf = ({ zone = 'UTC', windows, blackouts, at }: Omit<Case, 'name' | 'says'>) => {
  const schedule: Schedule = {
    timeZone: zone,
    ...(windows === undefined ? {} : { windows: windows.map(([start, duration]) => ({ start, duration })) }),
    ...(blackouts === undefined
      ? {}
      : {
          blackouts: blackouts.map(([from, to, reason]) => ({
            from,
            to,
            ...(reason === undefined ? {} : { reason }),
          })),
        }),
  };
  return scheduleStateAt(schedule, Date.parse(at));
};

const say = (at: number | undefined): string =>
  at === undefined || at === Number.POSITIVE_INFINITY
    ? 'never'
    : new Date(at).toISOString().replace(':00.000Z', 'Z');

const told = (input: Omit<Case, 'name' | 'says'>): string => {
  const state = stateOf(input);
  if (state.open) return `open until ${say(state.closesAt)}`;
  const { blackout } = state;
  return `closed until ${say(state.opensAt)}${blackout === undefined ? '' : `, blackout until ${say(blackout.to)}: ${blackout.reason ?? '-'}`}`;
};

const nightly = [['0 22 * * *', '6h']] as const;

describe('a schedule', () => {
  it.each<Case>([
    { name: 'without windows is always open', at: '2026-03-02T12:00Z', says: 'open until never' },
    {
      name: 'is closed before its window',
      windows: nightly,
      at: '2026-03-02T21:59Z',
      says: 'closed until 2026-03-02T22:00Z',
    },
    {
      name: 'is open from the first moment on',
      windows: nightly,
      at: '2026-03-02T22:00Z',
      says: 'open until 2026-03-03T04:00Z',
    },
    {
      name: 'is open over midnight',
      windows: nightly,
      at: '2026-03-03T01:00Z',
      says: 'open until 2026-03-03T04:00Z',
    },
    {
      name: 'is open in the last millisecond',
      windows: nightly,
      at: '2026-03-03T03:59:59.999Z',
      says: 'open until 2026-03-03T04:00Z',
    },
    {
      name: 'is closed at the moment that a window ends',
      windows: nightly,
      at: '2026-03-03T04:00Z',
      says: 'closed until 2026-03-03T22:00Z',
    },
    {
      name: 'joins windows that overlap',
      windows: [
        ['0 22 * * *', '3h'],
        ['0 0 * * *', '3h'],
      ],
      at: '2026-03-02T22:00Z',
      says: 'open until 2026-03-03T03:00Z',
    },
    {
      name: 'joins windows that meet',
      windows: [
        ['0 22 * * *', '2h'],
        ['0 0 * * *', '1h'],
      ],
      at: '2026-03-02T22:00Z',
      says: 'open until 2026-03-03T01:00Z',
    },
    {
      name: 'joins a window with its own next one',
      windows: [['0 * * * 1-5', '1h']],
      at: '2026-03-04T12:00Z',
      says: 'open until 2026-03-07T00:00Z',
    },
    {
      name: 'is open while a window of a month before is',
      windows: [['0 0 1 3 *', '700h']],
      at: '2026-03-25T00:00Z',
      says: 'open until 2026-03-30T04:00Z',
    },
    {
      name: 'that never closes says so',
      windows: [['*/5 * * * *', '5m']],
      at: '2026-03-25T00:00Z',
      says: 'open until never',
    },
    {
      name: 'knows the weekday',
      windows: [['0 2 * * SAT', '4h']],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-07T02:00Z',
    },
    {
      name: 'waits years for the 29th of February',
      windows: [['0 0 29 2 *', '4h']],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2028-02-29T00:00Z',
    },
    {
      name: 'never opens on the 30th of February',
      windows: [['0 0 30 2 *', '4h']],
      at: '2026-03-02T12:00Z',
      says: 'closed until never',
    },
    {
      name: 'passes over a window that never comes',
      windows: [
        ['0 0 30 2 *', '4h'],
        ['0 22 * * *', '6h'],
      ],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-02T22:00Z',
    },
    {
      name: 'reads its windows in its zone',
      zone: 'Asia/Kolkata',
      windows: nightly,
      at: '2026-03-02T16:30Z',
      says: 'open until 2026-03-02T22:30Z',
    },
    // Berlin: on 29 March 2026 the clock goes from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
    {
      name: 'opens at the jump where its start is skipped',
      zone: 'Europe/Berlin',
      windows: [['30 2 * * *', '1h']],
      at: '2026-03-28T23:00Z',
      says: 'closed until 2026-03-29T01:00Z',
    },
    {
      name: 'is open for as long in the night of the jump',
      zone: 'Europe/Berlin',
      windows: [['30 2 * * *', '1h']],
      at: '2026-03-29T01:00Z',
      says: 'open until 2026-03-29T02:00Z',
    },
    {
      name: 'opens at the jump once for several starts that are skipped',
      zone: 'Europe/Berlin',
      windows: [['0,30 2 * * *', '10m']],
      at: '2026-03-29T01:00Z',
      says: 'open until 2026-03-29T01:10Z',
    },
    {
      name: 'with a step loses what is skipped',
      zone: 'Europe/Berlin',
      windows: [['*/30 2 * * *', '10m']],
      at: '2026-03-28T23:00Z',
      says: 'closed until 2026-03-30T00:00Z',
    },
    {
      name: 'counts hours and not readings over the jump',
      zone: 'Europe/Berlin',
      windows: nightly,
      at: '2026-03-28T21:00Z',
      says: 'open until 2026-03-29T03:00Z',
    },
    {
      name: 'opens at the first of two readings',
      zone: 'Europe/Berlin',
      windows: [['30 2 * * *', '15m']],
      at: '2026-10-24T23:00Z',
      says: 'closed until 2026-10-25T00:30Z',
    },
    {
      name: 'does not open at the second one',
      zone: 'Europe/Berlin',
      windows: [['30 2 * * *', '15m']],
      at: '2026-10-25T00:45Z',
      says: 'closed until 2026-10-26T01:30Z',
    },
    {
      name: 'with a step opens at both',
      zone: 'Europe/Berlin',
      windows: [['*/30 2 * * *', '15m']],
      at: '2026-10-25T00:45Z',
      says: 'closed until 2026-10-25T01:00Z',
    },
    {
      name: 'counts hours and not readings over the doubled one',
      zone: 'Europe/Berlin',
      windows: nightly,
      at: '2026-10-24T20:00Z',
      says: 'open until 2026-10-25T02:00Z',
    },
    {
      name: 'is closed in a blackout',
      blackouts: [['2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z', 'launch']],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-03T00:00Z, blackout until 2026-03-03T00:00Z: launch',
    },
    {
      name: 'closes where a blackout begins',
      windows: nightly,
      blackouts: [['2026-03-02T23:00:00Z', '2026-03-02T23:30:00Z']],
      at: '2026-03-02T22:00Z',
      says: 'open until 2026-03-02T23:00Z',
    },
    {
      name: 'opens again where one ends in a window',
      windows: nightly,
      blackouts: [['2026-03-02T23:00:00Z', '2026-03-02T23:30:00Z']],
      at: '2026-03-02T23:00Z',
      says: 'closed until 2026-03-02T23:30Z, blackout until 2026-03-02T23:30Z: -',
    },
    {
      name: 'passes over windows that a blackout covers',
      windows: nightly,
      blackouts: [['2026-03-02T20:00:00Z', '2026-03-05T12:00:00Z']],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-05T22:00Z',
    },
    {
      name: 'names of two blackouts the one that ends last',
      blackouts: [
        ['2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z', 'short'],
        ['2026-03-01T00:00:00Z', '2026-03-06T00:00:00Z', 'long'],
      ],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-06T00:00Z, blackout until 2026-03-06T00:00Z: long',
    },
    {
      name: 'reads the offset of a blackout',
      blackouts: [['2026-03-02T13:00:00+02:00', '2026-03-02T15:00:00+02:00']],
      at: '2026-03-02T12:00Z',
      says: 'closed until 2026-03-02T13:00Z, blackout until 2026-03-02T13:00Z: -',
    },
  ])('$name', ({ says, ...input }) => {
    expect(told(input)).toBe(says);
  });

  it.each<Omit<Case, 'says'> & { readonly hours: number }>([
    {
      name: 'of all windows',
      windows: [
        ['0 22 * * *', '2h'],
        ['0 2 * * SAT', '5h'],
      ],
      at: '2026-03-02T12:00Z',
      hours: 5,
    },
    {
      name: 'of windows that meet together',
      windows: [
        ['0 22 * * *', '2h'],
        ['0 0 * * *', '2h'],
      ],
      at: '2026-03-02T12:00Z',
      hours: 4,
    },
    { name: 'of none', windows: [['0 0 30 2 *', '4h']], at: '2026-03-02T12:00Z', hours: 0 },
    {
      name: 'of one that comes after years',
      windows: [['0 0 29 2 *', '4h']],
      at: '2026-03-02T12:00Z',
      hours: 4,
    },
    {
      name: 'of what blackouts leave',
      windows: [['0 0 29 2 *', '4h']],
      blackouts: [['2028-02-29T01:00:00Z', '2028-02-29T02:00:00Z']],
      at: '2026-03-02T12:00Z',
      hours: 2,
    },
    {
      name: 'of a monthly one among thousands of short ones',
      windows: [
        ['*/10 * * * *', '5m'],
        ['0 2 1 * *', '8h'],
      ],
      at: '2026-03-02T12:00Z',
      hours: 8,
    },
    { name: 'without windows', at: '2026-03-02T12:00Z', hours: Number.POSITIVE_INFINITY },
  ])('knows the longest time $name', ({ hours, ...input }) => {
    expect(stateOf(input).longest() / 3_600_000).toBe(hours);
  });

  it('is worked out in no time where windows follow each other every minute for days', () => {
    const windows = [
      ['* * * * 1-5', '1m'],
      ['*/7 * * * *', '2m'],
      ['1-59/2 * * * 0', '1m'],
    ] as const;
    const began = performance.now();
    expect(stateOf({ zone: 'Europe/Berlin', windows, at: '2026-03-02T12:00Z' }).longest()).toBe(
      (120 * 60 + 3) * 60_000,
    );
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
