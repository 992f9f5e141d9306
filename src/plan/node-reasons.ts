/** Reasons that the plan itself gives for the state of a node; those of tasks are told as they came. */
import type { TaskAnswer } from '../api/task.ts';
import type { ReasonTexts } from './reason-text.ts';

const kept =
  'The node stays cordoned and keeps its slot until it is Ready, deleted, or told to try again: annotate it with `containeros.dev/retry`.';

export const nodeReasons = {
  ControlPlane: {
    says: ['it is a control-plane node, and spec.includeControlPlane is false'],
    means: 'Control-plane nodes are left alone by default.',
    todo: 'Set `spec.includeControlPlane: true` to have them updated, one at a time.',
  },
  Unsupported: {
    says: ['…'],
    means: 'A task says that the node cannot be updated in place, and gives no reason of its own.',
    todo: 'Read the sentence beside it. Operator and task image are of different versions.',
  },
  Overlap: {
    says: ['policies … select it with the same priority'],
    means: 'Two policies want the node, so neither acts on it.',
    todo: 'Give one of them a higher `spec.priority`, or make their selectors exclude each other.',
  },
  UnreadableClaim: {
    says: ['its claim cannot be read (…); a person must remove the annotation'],
    means:
      'The annotation `containeros.dev/claim` was edited, or written by a newer operator. The node may be cordoned.',
    todo: 'Update the operator if it is older than what wrote the claim. Otherwise remove the annotation, and uncordon the node if nobody else wants it cordoned.',
  },
  Hold: {
    says: ['held by annotation containeros.dev/hold: …'],
    means: 'A person holds the node. Nothing new is started on it.',
    todo: 'Remove the annotation when you are done.',
  },
  ForeignCordon: {
    says: ['cordoned by somebody else'],
    means:
      'The node is cordoned and not by this operator. It is never lifted here, and counts as unavailable.',
    todo: '`kubectl uncordon` when whoever cordoned it is done.',
  },
  OutsideWindow: {
    says: ['waits for the window that opens at …', 'no window opens'],
    means: 'No window of `spec.schedule` is open, so the node is not started.',
    todo: 'Nothing. To update it now, annotate it with `containeros.dev/update-now`.',
  },
  Blackout: {
    says: ['blackout until …'],
    means: 'A blackout of `spec.schedule` holds, so the node is not started.',
    todo: 'As OutsideWindow.',
  },
  WindowEnding: {
    says: ['the window closes at …'],
    means:
      'The window is open, and the node cannot be expected to be done before it closes. It waits for the next one.',
    todo: 'As OutsideWindow.',
  },
  WindowTooShort: {
    says: ['no window is long enough: the longest is …'],
    means:
      'The node is expected to be out of service for longer than any window is open: as long as it took before, or as earlier nodes of the policy took, or `drain.timeout` and `reboot.timeout` together.',
    todo: 'Give `spec.schedule.windows` a longer `duration`, or lower `spec.drain.timeout` and `spec.reboot.timeout` to what nodes really need.',
  },
  DrainBlocked: {
    says: ['PodDisruptionBudget …', 'pod …'],
    means:
      'A look at its pods before the cordon shows that a PodDisruptionBudget lets none of them go now. The node is still in service.',
    todo: 'Nothing if the budget opens by itself. Otherwise see why the named pods or their siblings are not healthy.',
  },
  DrainImpossible: {
    says: ['PodDisruptionBudget …', 'pod …'],
    means: 'The same for a whole day: it will hardly change by itself. The policy is Stalled.',
    todo: 'Give the workload one more replica, or its budget one disruption (a budget with `minAvailable` equal to the replicas never lets anything go). A pod without a controller needs `drain.force` or a person.',
  },
  DrainTimeout: {
    says: [
      'is being released: it did not drain within …',
      'is being released: it cannot be drained: …',
      'tries again after …',
    ],
    means:
      'After `drain.timeout` pods were still there. The node was put back into service and is tried again later.',
    todo: 'The sentence names the pod and what holds it: a PodDisruptionBudget, a webhook, a finalizer, a pod that comes back to the cordoned node.',
  },
  UncordonedBySomebodyElse: {
    says: ['is being released: it was uncordoned by somebody else'],
    means:
      'Somebody uncordoned the node while it was drained. That is taken for a wish: the update was given up and is tried again later.',
    todo: 'To keep the node in service, hold it: `containeros.dev/hold`.',
  },
  StageFailed: {
    says: ['tries again after …', '… of … attempts failed, the last one: …'],
    means: 'Staging failed without a reason of its own. The node was not touched.',
    todo: 'Read the sentence beside it.',
  },
  RebootRefused: {
    says: ['is being released: its reboot was not accepted: …'],
    means:
      'The Reboot task did not reboot the node, without a reason of its own. The node was put back into service.',
    todo: 'Read the sentence beside it.',
  },
  OrderVoid: {
    says: ['is being released: the reboot was ordered and never came'],
    means:
      'The reboot was ordered, and by default eight minutes later the node is Ready on the boot from before. The order cannot be carried out any more. The node was put back into service.',
    todo: "See why the task's Pod did not start or the host did not reboot: events of the tasks namespace, the journal of systemd-logind on the node.",
  },
  NotReady: {
    says: ['the node is not Ready…; it stays cordoned'],
    means:
      '`reboot.timeout` after the order the node is not Ready. It may hang in its boot, or its kubelet does not come up.',
    todo: `Look at the machine's console. ${kept}`,
  },
  VersionUnread: {
    says: ['its version could not be read in time: …; it stays cordoned'],
    means:
      'The node is back, and no Inspect told which version it runs by `reboot.timeout`. It is asked on; the answer ends this.',
    todo: 'The sentence says what keeps the task from answering. See the tables of tasks below.',
  },
  FellBack: {
    says: ['is being released: it came back on … instead of …'],
    means:
      'The new version did not boot, and the host went back to the old one. The node was put back into service.',
    todo: "The console's log of the failed boot tells why. The version is not tried again on this node past `retry.limit`.",
  },
  NotApplied: {
    says: ['is being released: it came back on … instead of …'],
    means:
      'The node has rebooted and runs the build from before: the staged slot did not boot. The node was put back into service.',
    todo: 'The serial console of the VM tells why. The build is not tried again on this node past `retry.limit`.',
  },
  OtherVersion: {
    says: ['is being released: it came back on … instead of …'],
    means:
      'The node has rebooted into a version that is neither the one it had nor the one it should get. The node was put back into service.',
    todo: 'Find out who else drives the updates of this node.',
  },
  UnreadableRestore: {
    says: ['its annotation containeros.dev/restore cannot be read (…); …'],
    means:
      'The annotation `containeros.dev/restore` was edited, or written by a newer operator. What the host had before is not known, so nothing is changed on it.',
    todo: 'Look at the settings of the host (`apiclient get settings.updates`), set what it should have, and remove the annotation.',
  },
  SettingsUnknown: {
    says: ['its last inspection did not tell the settings that have to be changed for the update'],
    means:
      'The policy names a version or ignores waves, which takes a change of the settings of the host, and the host does not show them.',
    todo: 'See why: it may be locked down. `spec.target.version: Latest` without `spec.bottlerocket.ignoreWaves` needs no settings.',
  },
  NotOffered: {
    says: ['… is not offered to it: …'],
    means: 'The repository does not list the version that `spec.target.version` names for this node.',
    todo: 'Name a version that the repository of its variant has, or set `spec.bottlerocket.ignoreWaves: true` if its wave has not come.',
  },
  AwaitingApproval: {
    says: [
      '… is available; spec.target.approvedVersion must name it',
      '… is staged and is not what spec.target.approvedVersion names; …',
    ],
    means:
      '`spec.target.approval` is Manual and the version is not the approved one. Nothing of it is installed; what a COS host has staged of it is taken back.',
    todo: 'Name the version in `spec.target.approvedVersion` if the nodes may have it.',
  },
  TooYoung: {
    says: ['… is too young: allowed from …', '… is staged and is too young: allowed from …; …'],
    means:
      'A node of the policy was offered the version for the first time less than `spec.target.minimumAge` ago. Nothing of it is installed; what a COS host has staged of it is taken back.',
    todo: 'Nothing: it is installed from the time in the sentence on.',
  },
  DeniedVersion: {
    says: ['… is denied by spec.target.deny', '… is staged and is denied by spec.target.deny; …'],
    means: 'The version is one of `spec.target.deny`. What a COS host has staged of it is taken back.',
    todo: 'Nothing, or take the version from the list if the nodes may have it.',
  },
  HealthNotMet: {
    says: ['the pod of DaemonSet … was not Ready again in time; it stays cordoned', '…; it stays cordoned'],
    means: 'The node runs the new version, and pods of DaemonSets that were Ready before are not so again.',
    todo: `Look at these pods: they may not work on the new version. ${kept}`,
  },
  HookFailed: {
    says: [
      'is being released: hook beforeDrain …',
      'tries again after …',
      'hook afterUpdate failed…; it stays cordoned; annotate it with containeros.dev/retry to run the hook again',
    ],
    means:
      'A program of `spec.hooks` failed, did not end in time, or could not be started; what it said last follows. After `beforeDrain` the node is put back into service and tried again later. After `afterUpdate` it runs the new version, stays cordoned and keeps its slot.',
    todo: 'Mend what the program complains of. For `afterUpdate`: annotate the node with `containeros.dev/retry`, which runs it once more, or take the hook out of the policy.',
  },
  UnhealthyDuringSoak: {
    says: ['unhealthy during the soak: …; its slot is kept until it has been healthy for …'],
    means:
      'The node was verified and put back into service, and was not Ready for more than a minute after that.',
    todo: 'Look at the node. Its slot is freed as soon as it has been Ready for `rollout.soak`.',
  },
} as const satisfies ReasonTexts;

export type NodeReason = keyof typeof nodeReasons;

/** A reason that a task or an earlier pass gave: shown as it is. */
export type ToldReason = string & { readonly told: never };

/** For what comes from outside of the plan; the plan's own reasons are in the table. */
export const told = (reason: string): ToldReason => reason as ToldReason;

/** A task's reason, or what stands for it in the answer of a Pod that gives none. */
export const reasonOf = ({ reason }: Pick<TaskAnswer, 'reason'>, otherwise: NodeReason): ShownReason =>
  reason === undefined ? otherwise : told(reason);

export type ShownReason = NodeReason | ToldReason;
