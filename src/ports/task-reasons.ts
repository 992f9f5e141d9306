/** Reasons that the task program gives itself, whatever the operating system. */
import type { ReasonTexts } from '../plan/reason-text.ts';

export const taskReasons = {
  OrderMissing: {
    says: ['The reboot was not ordered: the request has no order.'],
    means: 'A Reboot task was started without an order. The operator never does that.',
    todo: 'Find out who made the Pod: only the operator may create Pods in its tasks namespace.',
  },
  WrongBoot: {
    says: ['The reboot was ordered for boot …, this is boot …'],
    means:
      'The machine has rebooted since the order, so the task did nothing. The operator sees the new boot id and goes on.',
    todo: 'Nothing.',
  },
  BootIDUnreadable: {
    says: ["The reboot was ordered for boot …, the host's boot id cannot be read (…)."],
    means: 'Without the boot id the task cannot tell whether it has rebooted already, so it did nothing.',
    todo: 'Look at /proc/sys/kernel/random/boot_id inside a Pod on the node: something hides it.',
  },
  OrderVoid: {
    says: ["The reboot was ordered for no later than …, the host's clock says …"],
    means:
      'The task began later than two minutes after the order, or the clock of the host is ahead. Nothing was done.',
    todo: "Compare the node's clock with others. If it is right, see why Pods start so slowly on the node (image pull, a full disk).",
  },
  Terminated: {
    says: ['The … task was told to stop.', 'The task was told to stop before the reboot.'],
    means:
      'The kubelet ended the task: the node is shutting down, or somebody deleted the Pod. An Inspect or a Stage is repeated.',
    todo: 'Nothing, unless it happens again and again: then see who deletes Pods in the tasks namespace.',
  },
  DeadlineExceeded: {
    says: ['The … task was not finished after … seconds.'],
    means: 'The host was too slow: by default an Inspect may take 4 minutes, a Stage 19, a Reboot 6.',
    todo: "Read the Pod's log for where it stood. A slow mirror or disk is the usual cause; where it cannot be helped, lengthen `settings.inspectTimeout` or `settings.stageTimeout` in the chart's values.",
  },
} as const satisfies ReasonTexts;

export type TaskReason = keyof typeof taskReasons;
