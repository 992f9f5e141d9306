/** Whether a reboot that was accepted happened, and what ran after it. */
import { releaseIn, single, type StatusBody } from './command-ends.ts';
import type { Step } from './recording.ts';

export interface Boot {
  /** Somebody looked at the host while it was down. */
  readonly witnessed: boolean;
  /** The new bank got its one try, and what runs after it is what ran before. */
  readonly fallsBack: boolean;
}

/** Undefined where the host went on as if nothing had been asked. */
export function bootAfter(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): Boot | undefined {
  const next = steps.findIndex(({ request }, at) => at > index && request?.path === '/actions/reboot');
  const end = next < 0 ? steps.length : next;
  const down = steps.findIndex(
    ({ event }, at) => at > index && at < end && /FileNotFound|ConnectionRefused/.test(event ?? ''),
  );
  const witnessed = down >= 0;
  const from = witnessed ? down : index + 1;
  const before = statuses.slice(0, index).findLast((status) => status !== undefined);
  const told = statuses.slice(from, end).find((status) => status !== undefined);
  const after = releaseIn(steps.slice(from, end)) ?? runningIn(told);
  const forgotten = steps
    .slice(from, end)
    .some((step) => step.request?.path === '/updates/status' && single(step)?.status === 404);
  const changed = after !== undefined && after !== runningIn(before);
  if (!witnessed && (before === undefined || !(forgotten || changed))) return undefined;
  return { witnessed, fallsBack: before?.update_state === 'Ready' && after === runningIn(before) };
}

const runningIn = (status: StatusBody | undefined): string | undefined =>
  status?.active_partition?.image.version;
