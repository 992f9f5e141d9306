/** When a node that must fit may be started, by a schedule, asked for later and later times. */
import type { Schedule } from '../../api/schedule.ts';
import type { Millis } from '../facts.ts';
import { eachAlone, type OpenTimes, openTimesOf } from '../schedule/open-times.ts';
import type { OpenTime } from '../schedule/window.ts';
import { earliest } from '../text.ts';

type Opening = (at: Millis, fits: Millis) => Millis | undefined;

/** So many windows are tried, one after another. */
const mostTried = 50;

export function openingsOf(schedule: Schedule | undefined): Opening {
  if (schedule === undefined) return (at) => at;
  const together = firstOf(openTimesOf(schedule));
  // Many short windows may lie before a rare long one.
  const alone = eachAlone(schedule).map((one) => firstOf(openTimesOf(one)));
  return (at, fits) => together(at, fits) ?? earliest(...alone.map((opening) => opening(at, fits)));
}

function firstOf(times: OpenTimes): Opening {
  let present: OpenTime | undefined;
  /** The last search that found nothing: where it began, and what would have fitted. */
  let inVain: { readonly at: Millis; readonly longest: Millis } | undefined;
  return (at, fits) => {
    if (inVain?.at === at && fits > inVain.longest) return undefined;
    let from = at;
    let longest = 0;
    for (let tried = 0; tried < mostTried; tried += 1) {
      if (present === undefined || from < present.from || from >= present.until) present = times.from(from);
      if (present === undefined) break;
      const begin = Math.max(from, present.from);
      if (begin + fits <= present.until) return begin;
      longest = Math.max(longest, present.until - begin);
      from = present.until;
    }
    inVain = { at, longest };
    return undefined;
  };
}
