/** The reboot guard: one order reboots a host at most once, and not late. */
import type { TaskRequest } from '../api/task.ts';
import type { TaskResult } from '../ports/node-tasks.ts';
import type { TaskReason } from '../ports/task-reasons.ts';

export interface GuardReads {
  /** The boot id of the running kernel. */
  readonly readBootID: () => Promise<string>;
  /** The host's clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/** The refusal of a reboot that this boot or this moment must not see; undefined while the order stands. */
export async function checkOrder(
  order: TaskRequest['order'],
  reads: GuardReads,
): Promise<TaskResult | undefined> {
  if (order === undefined)
    return refusal('OrderMissing', 'The reboot was not ordered: the request has no order.');
  let bootID: string;
  try {
    bootID = await reads.readBootID();
  } catch (error) {
    return refusal(
      'BootIDUnreadable',
      `The reboot was ordered for boot ${order.bootID}, the host's boot id cannot be read (${String(error)}).`,
    );
  }
  if (bootID !== order.bootID) {
    return refusal('WrongBoot', `The reboot was ordered for boot ${order.bootID}, this is boot ${bootID}.`);
  }
  // Read last: the boot id may have taken its time.
  const now = reads.now();
  if (!(now <= Date.parse(order.notAfter))) {
    const clock = new Date(now).toISOString();
    return refusal(
      'OrderVoid',
      `The reboot was ordered for no later than ${order.notAfter}, the host's clock says ${clock}.`,
    );
  }
  return undefined;
}

function refusal(reason: TaskReason, message: string): TaskResult {
  return { outcome: 'Failed', reason, message };
}
