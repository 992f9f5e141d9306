/** One line of the plan: a node, when it would be started, and what it would wait for. */
import type { PlannedNode } from '../../api/policy-status.ts';
import type { Cause, Start } from '../estimate/schedule-turns.ts';
import type { Decided } from '../owned-nodes.ts';
import { isoTime } from '../text.ts';

const waits: Readonly<Record<Cause, string>> = {
  Nothing: 'would be started at once',
  Slot: 'would wait for a slot of rollout.maxUnavailable',
  Wave: 'would wait for the wave before',
  Window: 'would wait for a window of spec.schedule',
  BackOff: 'would wait until it may be tried again',
};

export function rowOf(
  { node, decision }: Decided,
  start: Start | undefined,
  /** What no clock ends. */
  obstacle: string | undefined,
): PlannedNode {
  const to = decision.behind === true ? decision.target : undefined;
  const { wave } = decision.seen;
  const asks = to === undefined ? '; only then it is asked what it is offered' : '';
  return {
    node: node.name,
    ...(wave === undefined || wave === '' ? {} : { wave }),
    from: decision.seen.version ?? '',
    ...(to === undefined || to === '' ? {} : { to }),
    // Nobody knows when it could be drained.
    ...(start === undefined || obstacle !== undefined ? {} : { startsAt: isoTime(start.at) }),
    because: (obstacle ?? `${start === undefined ? 'would wait' : waits[start.cause]}${asks}`).slice(0, 512),
  };
}
