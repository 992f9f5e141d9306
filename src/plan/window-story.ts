/** What the schedule adds to a policy's story: that it never lets anything start, or that nodes wait for it; and the events of it. */
import { updateNowKey } from '../api/keys.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import type { PolicyReason } from './policy-reasons.ts';
import type { Announcement } from './step.ts';
import { sayTime } from './text.ts';
import type { Waves } from './waves.ts';
import { closedText, shutReasons } from './window.ts';

type Told = { readonly reason: PolicyReason; readonly message: string };

/** Only a person can help. */
export function stalledByWindow(
  { schedule, expected }: PolicyCase,
  supported: readonly Decided[],
  updating: number,
  waves: Pick<Waves, 'waitOf'>,
): Told | undefined {
  if (!schedule.open && schedule.opensAt === undefined)
    return {
      reason: 'WindowNeverOpens',
      message:
        'no window of spec.schedule opens any more: correct the day and month of its windows, or its blackouts',
    };
  const waiting = supported.filter((one) => isShut(one));
  const [first] = waiting;
  // Nodes on their way may teach that it takes less.
  if (
    first === undefined ||
    updating > 0 ||
    supported.some((one) => mayStart(one) && !waitsForShut(one, waves))
  )
    return undefined;
  if (waiting.some(({ decision }) => decision.reason !== 'WindowTooShort')) return undefined;
  const help =
    expected.learnedFrom === 0
      ? 'or lower drain.timeout or reboot.timeout'
      : `or annotate the node with ${updateNowKey}`;
  return {
    reason: 'WindowTooShort',
    message: `${first.node.name}: ${first.decision.because}; lengthen a window of spec.schedule, ${help}`,
  };
}

/** Nodes wait for the schedule and nothing else. */
export function waitsForWindow({ schedule }: PolicyCase, supported: readonly Decided[]): Told | undefined {
  const waiting = supported.filter((one) => isShut(one) && one.decision.state !== 'UpToDate');
  const [first] = waiting;
  if (first === undefined || supported.some(({ decision }) => decision.candidate === true)) return undefined;
  const reason = shutReasons.find((one) => one === first.decision.reason) ?? 'OutsideWindow';
  if (schedule.open) return { reason, message: `${first.node.name}: ${first.decision.because}` };
  const left = `${waiting.length} ${waiting.length === 1 ? 'node is' : 'nodes are'} left to update`;
  return {
    reason: schedule.blackout === undefined ? 'OutsideWindow' : 'Blackout',
    message: `${closedText(schedule)}; ${left}`,
  };
}

/** That the schedule opened or closed while there is something to do. */
export function windowEvents(
  { policy, schedule }: PolicyCase,
  decided: readonly Decided[],
  { nextWindow, progress = '' }: PolicyStatus,
): readonly Omit<Announcement, 'regarding'>[] {
  const before = policy.status.nextWindow;
  const known = policy.status.observedGeneration !== -1;
  const toDo = decided.some(
    (one) =>
      (mayStart(one) || (isShut(one) && one.decision.reason !== 'WindowTooShort')) &&
      one.decision.state !== 'UpToDate',
  );
  if (!known || !toDo) return [];
  const event = (reason: string, note: string): Omit<Announcement, 'regarding'> => ({
    type: 'Normal',
    reason,
    action: 'Rollout',
    note,
  });
  if (before === undefined && nextWindow !== undefined && !schedule.open)
    return [event('WindowClosed', `${progress} nodes are up to date; ${closedText(schedule)}`)];
  if (before !== undefined && schedule.open) {
    const until = Number.isFinite(schedule.closesAt) ? ` until ${sayTime(schedule.closesAt)}` : '';
    return [event('WindowOpened', `${progress} nodes are up to date; nodes may be started${until}`)];
  }
  return [];
}

/** The wave before it cannot end: a node of it fits no window. */
function waitsForShut({ node }: Decided, { waitOf }: Pick<Waves, 'waitOf'>): boolean {
  const wait = waitOf(node);
  return wait?.kind === 'Nodes' && wait.open.some(({ decision }) => decision.reason === 'WindowTooShort');
}

const isShut = ({ decision }: Decided): boolean => shutReasons.some((one) => one === decision.reason);

const mayStart = ({ decision }: Decided): boolean =>
  decision.candidate === true || decision.prefetch === true;
