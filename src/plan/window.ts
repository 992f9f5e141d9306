/** Whether the policy's schedule lets a node be started now, and what the node says while it does not. */
import { millisToDuration } from '../api/duration.ts';
import { cut } from './holdback.ts';
import type { Decision, NodeCase, PolicyCase } from './node-case.ts';
import type { ScheduleState } from './schedule/schedule-state.ts';
import { sayTime } from './text.ts';
import { isUpdateNow } from './update-now.ts';

export const shutReasons = ['OutsideWindow', 'Blackout', 'WindowEnding', 'WindowTooShort'] as const;

/** What the schedule has against the node; undefined where it may be started. */
export type Shut = Pick<Decision, 'because'> & {
  readonly reason: (typeof shutReasons)[number];
};

/** For a node that has no slot yet: it must also be expected to be done before the schedule closes. */
export function shutForNew(c: NodeCase): Shut | undefined {
  const { schedule, snapshot, node } = c;
  if (isUpdateNow(node)) return undefined;
  const takes = c.expected.outOfService(node.name);
  if (schedule.open && snapshot.now + takes <= schedule.closesAt) return undefined;
  const longest = schedule.longest();
  if (longest > 0 && longest < takes)
    return {
      reason: 'WindowTooShort',
      because: `no window is long enough: the longest is ${millisToDuration(longest)}, and it is expected to be out of service for ${expectedText(c, takes)}`,
    };
  if (!schedule.open) return { reason: reasonOf(schedule), because: closedText(schedule) };
  return {
    reason: 'WindowEnding',
    because: `the window closes at ${sayTime(schedule.closesAt)}, and it is expected to be out of service for ${expectedText(c, takes)}`,
  };
}

/** For a node that has a slot and no claim yet. */
export const shutForReserved = ({ schedule, node }: Pick<NodeCase, 'schedule' | 'node'>): Shut | undefined =>
  schedule.open || isUpdateNow(node)
    ? undefined
    : { reason: reasonOf(schedule), because: closedText(schedule) };

type Closed = Extract<ScheduleState, { readonly open: false }>;

const reasonOf = ({ blackout }: Closed): 'OutsideWindow' | 'Blackout' =>
  blackout === undefined ? 'OutsideWindow' : 'Blackout';

export function closedText({ blackout, opensAt }: Closed): string {
  const next = opensAt === undefined ? 'no window opens' : `the next window opens at ${sayTime(opensAt)}`;
  if (blackout === undefined)
    return opensAt === undefined ? next : `waits for the window that opens at ${sayTime(opensAt)}`;
  const why = blackout.reason === undefined ? '' : `: ${cut(blackout.reason)}`;
  const after = opensAt === blackout.to ? '' : `; after it ${next}`;
  return `blackout until ${sayTime(blackout.to)}${why}${after}`;
}

function expectedText(c: NodeCase, takes: number): string {
  const { learnedFrom } = c.expected;
  const source = c.expected.isOwn(c.node.name)
    ? 'as it took the last time'
    : learnedFrom > 0
      ? `as learned from ${learnedFrom} earlier ${learnedFrom === 1 ? 'node' : 'nodes'}`
      : sumOfTimeouts(c);
  return `${millisToDuration(takes)}, ${source}`;
}

function sumOfTimeouts({ spec, rules, snapshot: { settings } }: PolicyCase): string {
  const hook =
    spec.hooks?.afterUpdate === undefined
      ? ''
      : `, and ${millisToDuration(settings.hookTimeout)} for hooks.afterUpdate`;
  const stage = rules.stageIsActivation ? `, and ${millisToDuration(settings.stageTimeout)} to stage` : '';
  return `the sum of drain.timeout and reboot.timeout${hook}${stage}`;
}
