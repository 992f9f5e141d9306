/** What is expected, as the status shows it: rounded, and not written again for each second that it moves. */
import type { PlannedNode, PolicyStatus } from '../../api/policy-status.ts';
import type { Millis } from '../facts.ts';
import type { Outlook } from '../outlook.ts';
import { same } from '../same.ts';
import { tellsPlan } from '../story.ts';
import { isoTime, timeOf } from '../text.ts';

const minute = 60_000;

/** By how much an estimate may be out before it is written for its own sake: so long, or a share of what is left. */
interface Slack {
  readonly least: Millis;
  readonly share: number;
}
const underWay: Slack = { least: minute / 2, share: 1 / 20 };
/** Nothing is begun: the whole plan moves on with the time of day. */
const planned: Slack = { least: 10 * minute, share: 1 / 4 };

/** The status with what is expected in it; together with other news it is always fresh. */
export function withOutlook(
  status: PolicyStatus,
  before: PolicyStatus,
  { forecast, plan }: Pick<Outlook, 'forecast' | 'plan'>,
  now: Millis,
): PolicyStatus {
  const isPlan = plan !== undefined && tellsPlan(status.message);
  const tell = (estimate: string | undefined, rows: readonly PlannedNode[]): PolicyStatus => ({
    ...status,
    ...(!isPlan ? {} : { message: `${status.message ?? ''}${plan.tell(estimate)}`.slice(0, 1024) }),
    ...(estimate === undefined ? {} : { estimatedCompletion: estimate }),
    ...(rows.length === 0 ? {} : { plan: [...rows] }),
  });
  const rows = plan?.rows ?? [];
  const shown = timeOf(before.estimatedCompletion);
  const done = forecast?.done;
  // Only the time of day moves it: without other news what was told stays until it has come.
  if (plan === undefined && forecast?.stands === true) {
    const without = tell(undefined, []);
    const { estimatedCompletion, ...others } = before;
    if (same(without, others))
      return done !== undefined && shown !== undefined && shown > now
        ? tell(estimatedCompletion, [])
        : without;
  }
  const slack = plan === undefined ? underWay : planned;
  const stays =
    done === undefined
      ? !startsHaveMoved(before.plan ?? [], rows)
      : shown !== undefined && !hasMoved(shown, done, now, slack);
  if (stays) {
    const kept = tell(
      done === undefined ? undefined : before.estimatedCompletion,
      withTimesOf(before.plan ?? [], rows),
    );
    if (same(kept, before)) return kept;
  }
  return tell(done === undefined ? undefined : isoTime(roundedUp(done, now)), rows);
}

/** A whole minute, or ten seconds where it is near; never in the past. */
function roundedUp(at: Millis, now: Millis): Millis {
  const grain = at - now >= 20 * minute ? minute : minute / 6;
  return Math.ceil(Math.max(at, now + 1) / grain) * grain;
}

const hasMoved = (before: Millis, at: Millis, now: Millis, { least, share }: Slack): boolean =>
  before <= now || Math.abs(at - before) > Math.max(least, (before - now) * share);

/** A plan without an end: by the times of its lines. */
const startsHaveMoved = (before: readonly PlannedNode[], rows: readonly PlannedNode[]): boolean =>
  rows.some(({ startsAt }, index) => {
    const [shown, at] = [timeOf(before[index]?.startsAt), timeOf(startsAt)];
    return shown !== undefined && at !== undefined && Math.abs(at - shown) > planned.least;
  });

function withTimesOf(before: readonly PlannedNode[], rows: readonly PlannedNode[]): readonly PlannedNode[] {
  return rows.map((row, index) => {
    const startsAt = before[index]?.startsAt;
    return row.startsAt === undefined || startsAt === undefined ? row : { ...row, startsAt };
  });
}
