/** Every reason that Container-Optimized OS has of its own, from the Node object and from its tasks. */
import { badOptionsText } from '../bad-options.ts';
import type { ReasonTexts } from '../../../plan/reason-text.ts';
import type { TaskReason } from '../../../ports/task-reasons.ts';
import type { TaskResult as AnyResult } from '../../../ports/node-tasks.ts';

const enable =
  'Set the metadata `cos-update-strategy=update_enabled` on the instance or the project; a change can take an hour to be seen.';
const replace = 'Replace the VM by one of a newer image, and delete its Node.';

export const cosReasons = {
  ManagedByGKE: {
    says: ['GKE manages this node and replaces it; …'],
    means: 'GKE upgrades the system by making nodes anew. In-place updates are switched off there.',
    todo: 'Upgrade the node pool, or use a release channel with a maintenance window. Leave such nodes out of the policy.',
  },
  Arm: {
    says: ['Arm images of this OS cannot be updated in place; …'],
    means: 'Google does not offer in-place updates for the Arm images.',
    todo: replace,
  },
  NotThisOS: {
    says: ["The host's release file names …, not cos."],
    means: 'The Node says Container-Optimized OS, the release file of the host says something else.',
    todo: 'Look at /etc/os-release on the node. A Node object of an earlier machine of this name, or a changed image, explains it.',
  },
  NoBuild: {
    says: ["The host's release file has no BUILD_ID."],
    means: 'Without a build number nothing can be compared: it is an image that somebody changed.',
    todo: replace,
  },
  SecureBoot: {
    says: ['This VM has booted with Secure Boot, …'],
    means:
      'update_engine refuses to run on a VM that ever booted with UEFI Secure Boot, also after it was switched off.',
    todo: replace,
  },
  StartCondition: {
    says: ['update-engine.service does not start because a condition of its unit does not hold; …'],
    means:
      'systemd tried to start update_engine and a condition forbade it. The one that COS ships is Secure Boot.',
    todo: '`systemctl status update-engine` on the node names the condition. Where it is Secure Boot, replace the VM.',
  },
  Masked: {
    says: ['The image was built with update_engine masked; …'],
    means:
      'The image was made with `disable-auto-update` or `seal-oem` of cos-customizer. That also takes the second root partition away: this VM can never be updated in place.',
    todo: 'Build the image without that step, and replace the VM.',
  },
  NoUpdater: {
    says: ['The image has no update_engine.'],
    means: 'There is no update-engine.service on the host.',
    todo: replace,
  },
  UpdatesDisabled: {
    says: ['update-engine.service is not running; …'],
    means: 'Automatic updates are off: the default of every image from milestone 117 on.',
    todo: `${enable} Or set \`containerOptimizedOS.startUpdateEngine: true\` in the policy: a Stage then starts the unit, and with it the host's own checks.`,
  },
  UpdateEngineFailed: {
    says: ['update-engine.service has failed: …'],
    means: 'The unit failed and systemd does not start it again. The end of its journal is in the message.',
    todo: 'Mend what the journal names, then `systemctl reset-failed update-engine` and `systemctl start update-engine` on the node.',
  },
  UpdateEngineNotStarted: {
    says: ['update-engine.service could not be started: …'],
    means:
      '`startUpdateEngine` is on and the unit does not come up, or is stopped again at once by the host.',
    todo: `\`journalctl -u update-engine -u device_policy_manager\` on the node. ${enable}`,
  },
  NoUnitState: {
    says: [
      'systemctl does not tell the state of update-engine.service (…); …',
      'systemctl does not work from here: …',
    ],
    means: "The host's systemctl refuses to work from a chroot, or the host root has no systemctl.",
    todo: "Set `containerOptimizedOS.hostCommand: Nsenter` in the policy, and the chart's value `containerOptimizedOS.nsenter: true`, without which such Pods are refused ([what it opens](threat-model.md)).",
  },
  UpdateEngineSilent: {
    says: ['update_engine does not answer: …'],
    means:
      'The unit runs, and its client gets no answer or prints no status. A daemon that is just being started again does so for a moment.',
    todo: 'If it stays: `update_engine_client --status` and `journalctl -u update-engine` on the node. `systemctl restart update-engine` does no harm.',
  },
  BlockedByPolicy: {
    says: ['update_engine accepted the check and did nothing: …'],
    means:
      'A check was accepted and the time of the last check did not move within three minutes. A policy on the host switches updates off.',
    todo: enable,
  },
  UpToDate: {
    says: ['… is the newest build of this milestone.', '… was the newest at the last check'],
    means:
      'A check found nothing newer (error 53, or no error at all). update_engine never leaves its milestone: what is newest there is all that this VM can get. Where the end of support of the milestone is known here, the sentence names it.',
    todo: 'Nothing. For a newer milestone replace the VM by one of its image, and delete the Node.',
  },
  InProgress: {
    says: ['update_engine is at work by itself (…, … %).', 'update_engine is still at work (…, … %).'],
    means:
      'update_engine checks, downloads, verifies or finishes an update, and how far it is. An Inspect leaves it alone. A Stage waits for it; where that takes longer than a Stage may, it says so and is repeated.',
    todo: 'Nothing: the next Stage finds it where it is by then. If the number does not grow: `journalctl -u update-engine` on the node.',
  },
  RebootRequired: {
    says: ['… is staged; any reboot enters it.', 'Runs …; … is staged, …'],
    means: 'A build is on the other slot and boots next, whoever reboots the node.',
    todo: 'Nothing: the operator drains and reboots the node in its turn. The sentence of the node says what it waits for.',
  },
  UpdateFailed: {
    says: ['update_engine failed: …', 'update_engine reports an error.'],
    means:
      'The attempt ended with an error of update_engine, named in the message. Frequent ones: kUnresolvedHostError and kDownloadTransferError (no way to the server), kOmahaErrorInHTTPResponse and HTTP status n (a proxy or firewall answers), kNotEnoughSpace, kPayloadHashMismatchError and other kPayload… or kDownload…Error (something changes the download on its way), kError (see the journal).',
    todo: "The node must reach Google's update servers. `journalctl -u update-engine` has the details. It is tried again up to `retry.limit`; afterwards annotate the node with `containeros.dev/retry`.",
  },
  UpdateInterrupted: {
    says: ['update_engine was interrupted: …'],
    means:
      'update_engine died or was restarted in the middle of an update. Nothing is staged. It is tried again.',
    todo: 'Nothing, unless it happens again and again: then read the journal of update-engine for crashes or a lack of memory.',
  },
  RollingBack: {
    says: ['update_engine is rolling back.'],
    means: 'Somebody asked update_engine to go back to the build on the other slot.',
    todo: 'Wait. If the node is to stay on that build, hold it: `containeros.dev/hold`.',
  },
  UpdatesBlocked: {
    says: ['update_engine says that updates are disabled.'],
    means: 'update_engine runs, and its own policy forbids updates.',
    todo: enable,
  },
  PermissionNeeded: {
    says: ['update_engine waits for a permission to update.'],
    means:
      'update_engine wants a consent that only a person at the machine can give. Servers do not do that by default.',
    todo: '`systemctl restart update-engine` on the node ends it. If it comes back, find out who changed the configuration of update_engine.',
  },
  CleaningUp: {
    says: ['update_engine cleans up after the previous update.'],
    means: 'The update before is still being finished, some moments after a boot.',
    todo: 'Wait.',
  },
  UpdateDeferred: {
    says: ['update_engine holds a finished update back.'],
    means:
      'An update is on the disk and is kept from being entered until somebody applies it. The operator does not do that.',
    todo: '`update_engine_client --reset_status` on the node drops it; the next Stage asks anew.',
  },
  UnknownStatus: {
    says: ['update_engine is in a state that is not known here (…).'],
    means: 'An image newer than this operator has a state that did not exist before. It is waited for.',
    todo: 'If it stays, update the operator; and please report the name of the state.',
  },
  NotAsked: {
    says: ['Runs …; the host has staged nothing by itself, and is not asked to check.'],
    means:
      '`containerOptimizedOS.checkForUpdate` is false, or the Stage was only to take back what is staged no more.',
    todo: 'Nothing.',
  },
  DeniedVersion: {
    says: ['Runs …; … was staged, which spec.target.deny names, and was taken back.'],
    means:
      'update_engine lets nobody choose: a check stages what it finds. It found a build of `spec.target.deny`, which was taken back at once.',
    todo: 'Nothing. Each check downloads it again until there is a newer one: a longer `spec.checkInterval` makes that rarer.',
  },
  NotApproved: {
    says: ['Runs …; … was staged, which spec.target.approvedVersion does not name, and was taken back.'],
    means:
      '`spec.target.approval` is Manual, and a check found a build that is not the approved one. It was taken back at once.',
    todo: 'Name the build in `spec.target.approvedVersion` if the nodes may have it: it is then staged again without waiting for the next check.',
  },
  TooYoung: {
    says: ['Runs …; … was staged, which is younger than spec.target.minimumAge, and was taken back.'],
    means:
      'A check found a build that was offered for the first time less than `spec.target.minimumAge` ago. It was taken back at once.',
    todo: 'Nothing: it is staged again as soon as it is old enough.',
  },
  VetoRefused: {
    says: [
      '… is staged, which …, and update_engine does not take it back (…); …',
      '… is staged, and its number is forgotten, and update_engine does not take it back (…); …',
    ],
    means:
      'A build is staged that is not to be entered: older than what runs (a rollback), or not allowed by `spec.target`. The operator wanted to take it back, and update_engine keeps it. **Any reboot goes to that build.** The operator does not reboot into it.',
    todo: '`update_engine_client --reset_status` on the node until `--status` says UPDATE_STATUS_IDLE. If that build is wanted: hold the node and reboot it by hand.',
  },
  NotStaged: {
    says: [
      'Nothing is staged: update_engine says …',
      '… is not staged: … is.',
      '… is staged, which is not newer than …: nothing newer is.',
    ],
    means:
      'Between the claim and the reboot somebody took the staged build back, or put another one in its place. The node was not rebooted.',
    todo: 'Nothing: the node is uncordoned and staged anew. Look for who else drives update_engine on it.',
  },
  RebootRefused: {
    says: ['The host refused to reboot (…). … stays staged: any reboot enters it.'],
    means:
      "The host's systemctl answered the reboot with an error, such as an inhibitor, and the host goes on running. The build stays staged.",
    todo: '`systemd-inhibit --list` on the node names who forbids it.',
  },
  BadOptions: badOptionsText,
} as const satisfies ReasonTexts;

export type CosReason = keyof typeof cosReasons;
/** What its tasks answer. */
export type TaskResult = AnyResult<CosReason | TaskReason>;
