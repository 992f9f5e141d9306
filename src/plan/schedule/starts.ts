/**
 * When a cron expression fires, in a time zone. Where summer time skips or doubles an hour: an expression whose minute and hour are plain
 * numbers, lists or ranges fires at the moment of the jump for what was skipped, and once, the first time, for what comes twice. One with
 * `*` or a step in minute or hour follows the clock on the wall: what is skipped does not come, what comes twice fires twice.
 */
import { Cron } from 'croner';
import { cronMode } from '../../api/schedule.ts';
import type { Millis } from '../facts.ts';

export interface Starts {
  /** The first one later than that. */
  readonly after: (at: Millis) => Millis | undefined;
  /** The last one not later than that. */
  readonly upTo: (at: Millis) => Millis | undefined;
}

export function startsOf(expression: string, timeZone: string): Starts {
  const cron = new Cron(expression, {
    mode: cronMode,
    timezone: timeZone,
    fixedTimeRule: 'no-wildcard',
    paused: true,
  });
  const second = 1000;
  const atOrBefore = (at: Millis): Millis => Math.floor(at / second) * second;
  return {
    after: (at) => cron.nextRun(new Date(atOrBefore(at)))?.getTime(),
    // What fires at the very second that is given does not count as earlier.
    upTo: (at) => cron.previousRuns(1, new Date(atOrBefore(at) + second))[0]?.getTime(),
  };
}
