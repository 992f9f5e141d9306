/** What holds of a schedule at one moment: whether nodes may be started, until or from when, and how long it is open at most. */
import type { Schedule } from '../../api/schedule.ts';
import type { Millis } from '../facts.ts';
import { type Blackout, coveringAt, nextFrom } from './blackouts.ts';
import { Lately } from './lately.ts';
import { eachAlone, type OpenTimes, openTimesOf } from './open-times.ts';

export type ScheduleState = (
  | {
      readonly open: true;
      /** From here on nothing is started any more; infinite where it does not close. */
      readonly closesAt: Millis;
    }
  | {
      readonly open: false;
      /** Undefined where it never opens. */
      readonly opensAt: Millis | undefined;
      /** The blackout of this moment. */
      readonly blackout: Blackout | undefined;
    }
) & {
  /** When something of this changes; infinite where nothing does. */
  readonly changesAt: Millis;
  /** The longest time in one go that it is open, now or later; 0 where it never is. */
  readonly longest: () => Millis;
};

/** Windows that begin so long after the first one are hardly longer than those before. */
const horizon = 400 * 86_400_000;
const mostTimes = 2000;

const lately = new Lately<{ readonly at: Millis; readonly state: ScheduleState }>();

export function scheduleStateAt(schedule: Schedule | undefined, now: Millis): ScheduleState {
  if (schedule === undefined) return always;
  const { state } = lately.of(
    schedule,
    () => ({ at: now, state: workOut(schedule, now) }),
    (known) => known.at <= now && now < known.state.changesAt,
  );
  return state;
}

const always: ScheduleState = {
  open: true,
  closesAt: Number.POSITIVE_INFINITY,
  changesAt: Number.POSITIVE_INFINITY,
  longest: () => Number.POSITIVE_INFINITY,
};

function workOut(schedule: Schedule, now: Millis): ScheduleState {
  const times = openTimesOf(schedule);
  const next = times.from(now);
  const longest = once(() => {
    // Those that come often may use up the search before a rare long one has come.
    const alone = eachAlone(schedule).map((one) => openTimesOf(one));
    return Math.max(...[times, ...alone].map((one) => longestFrom(one, now)));
  });
  if (next?.from === now) return { open: true, closesAt: next.until, changesAt: next.until, longest };
  const blackout = coveringAt(times.blackouts, now);
  const changesAt = Math.min(
    next?.from ?? Number.POSITIVE_INFINITY,
    blackout?.to ?? Number.POSITIVE_INFINITY,
    nextFrom(times.blackouts, now),
  );
  return { open: false, opensAt: next?.from, blackout, changesAt, longest };
}

function longestFrom(times: OpenTimes, now: Millis): Millis {
  let longest = 0;
  let at = now;
  let last = Number.POSITIVE_INFINITY;
  for (let i = 0; i < mostTimes; i++) {
    const next = times.from(at);
    if (next === undefined || next.from > last) return longest;
    if (i === 0) last = next.from + horizon;
    longest = Math.max(longest, next.until - next.from);
    if (next.until === Number.POSITIVE_INFINITY) return longest;
    at = next.until;
  }
  return longest;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
