/** Every reason that Bottlerocket has of its own, from the Node object and from its tasks. */
import { badOptionsText } from '../bad-options.ts';
import type { ReasonTexts } from '../../../plan/reason-text.ts';
import type { TaskResult as AnyResult } from '../../../ports/node-tasks.ts';
import type { TaskReason } from '../../../ports/task-reasons.ts';

const status = '`apiclient raw -u /updates/status`';

export const bottlerocketReasons = {
  EKSAutoMode: {
    says: ['EKS Auto Mode manages this node and replaces it by itself'],
    means: 'Nodes of EKS Auto Mode are replaced, never updated in place.',
    todo: 'Leave such nodes out of the policy.',
  },
  ManagedElsewhere: {
    says: ["its label … says that Bottlerocket's own update operator manages it; …"],
    means:
      'The label is how nodes are given to the Bottlerocket update operator. Two operators must not update one node.',
    todo: 'Remove the label from the Node to hand it over, or leave the node out of the policy.',
  },
  NoVersionShown: {
    says: [
      'its label … says Bottlerocket, and its osImage … does not end in a version and a variant in parentheses',
    ],
    means:
      'A person says that the node runs a Bottlerocket of their own. Its version must be seen on the Node, where the reboot is verified by it.',
    todo: 'Build the image with a `PRETTY_NAME` such as `Acme OS 1.26.1 (aws-k8s-1.33)`, or take the label away.',
  },
  NoUpdater: {
    says: ['The image seems to have no updater, …'],
    means:
      'Every update command is refused, or accepted and never carried out. Images without in-place updates are so. A broken partition table or status folder looks the same.',
    todo: `If the variant should have in-place updates: the journal of \`apiserver\` on the node. Otherwise replace the node.`,
  },
  ReleaseUnreadable: {
    says: ['The host does not tell its version (…).'],
    means: "The host's API answers, but not which release it runs.",
    todo: "The host's own error is in the message. Replace the node if it stays.",
  },
  StatusUnreadable: {
    says: ['The host does not tell the state of its updates (…).'],
    means: 'The status of the updates is damaged, or its folder or lock is missing.',
    todo: 'A reboot of the node makes them anew: they lie in /run. Drain it first.',
  },
  StillBooting: {
    says: ['The host lists a newer version and chose none, and shows no settings: …'],
    means: 'Its settings are not in force yet, as in the first moments of a boot, or can no longer be read.',
    todo: 'Nothing. If it stays for more than ten minutes, `apiclient get settings` on the node tells why.',
  },
  RefreshFailed: {
    says: ['refresh failed …', 'The host was not asked.'],
    means:
      'The updater could not read its repository: no way to it, or a metadata file that has expired or is wrongly signed. Its own error is in the message.',
    todo: 'Reach the repository from the node (`settings.updates.metadata-base-url`). For an expired one: mend the mirror.',
  },
  RefreshRefused: {
    says: ['The host refused to refresh (…).', 'The host refused to refresh: ….'],
    means: 'The API did not accept the command.',
    todo: "The host's own error is in the message. It is asked again.",
  },
  CommandRefused: {
    says: ['The host refused to … (…).'],
    means: 'The API did not accept the command.',
    todo: "The host's own error is in the message. It is asked again.",
  },
  CommandLost: {
    says: ['A refresh was accepted and left no trace.', 'The command … was accepted and left no trace.'],
    means:
      'The command was accepted and whatever carried it out died. After a lost download the task waits until it has certainly ended.',
    todo: 'Nothing, unless it happens again and again: then look for a lack of memory on the node.',
  },
  CommandOverdue: {
    says: ['The command … was not finished after …; it may go on.'],
    means: 'The updater is much slower than it ever should be.',
    todo: `${status} shows whether it still runs. A slow mirror or disk is the usual cause.`,
  },
  UpdaterBusy: {
    says: [
      'The host was busy with an update command all the time.',
      'The host was still busy with an update command at the end of the time for a refresh.',
    ],
    means:
      'Somebody else holds the lock of the updates: a person with `apiclient`, or another update operator.',
    todo: 'Nothing if it passes. Otherwise find out who drives the updates of this node; the Bottlerocket update operator must not run beside this one.',
  },
  StateMoved: {
    says: ["Somebody else changes the state of the host's updates at the same time."],
    means: 'Three times in a row the state was another one than a moment before.',
    todo: 'Find out who else drives the updates of this node.',
  },
  PrepareFailed: {
    says: ['prepare failed …', 'prepare succeeded, but the host shows … as staged (state …).'],
    means:
      'Downloading or writing the new image failed. The running system is untouched. The error of the updater is in the message: a missing or damaged file of the mirror, a time-out, no migration path from the running version.',
    todo: 'Mend the mirror or the way to it. It is tried again up to `retry.limit`; afterwards annotate the node with `containeros.dev/retry`.',
  },
  DeactivateFailed: {
    says: ['deactivate failed …'],
    means:
      'An older image is activated and could not be taken back to stage a newer one. **Any reboot enters it.**',
    todo: '`apiclient update cancel` on the node, or let the node reboot.',
  },
  ActivateFailed: {
    says: ['… could not be activated: …'],
    means:
      'The staged image could not be made the next to boot: it is not valid, or the order ran out meanwhile. The node was not rebooted.',
    todo: 'Nothing: it is staged anew. If it fails again, the image on the mirror is suspect.',
  },
  NotNextToBoot: {
    says: ['… would not boot next: the host is ….'],
    means:
      'The host says that it activated the image and shows another one as the next to boot. The node was not rebooted.',
    todo: `${status} shows both banks. Look for who else drives the updates of this node.`,
  },
  NotStaged: {
    says: ['The order names no version.', '… is not staged (…).', '… is not staged: the host is ….'],
    means:
      'What was to be booted is not on the other bank: the host rebooted meanwhile, or somebody staged something else. The node was not rebooted.',
    todo: 'Nothing: the node is uncordoned and staged anew.',
  },
  RebootRefused: {
    says: ['The host refused to reboot (…).'],
    means:
      'The API answered the reboot with an error, such as an inhibitor. The activation was taken back, or the message warns that it was not.',
    todo: '`systemd-inhibit --list` on the node names who forbids it.',
  },
  NotOffered: {
    says: ['Runs …; … is not offered to it: it is not in its repository…'],
    means:
      'The version that `spec.target.version` names is not listed for this node: another variant or major has it, it was withdrawn, or its wave has not come.',
    todo: 'Name a version that the repository of the variant has. `spec.bottlerocket.ignoreWaves: true` takes one before its wave.',
  },
  SettingsMissing: {
    says: ['The host shows no update settings: those of its boot are not in force yet.'],
    means: 'The node has just booted.',
    todo: 'Nothing: it is asked again.',
  },
  SettingsMoved: {
    says: [
      "The host's update settings are not what they were when this task was planned (now …): they are noted first.",
    ],
    means:
      'Somebody changed `version-lock` or `ignore-waves` between two tasks. Nothing was changed before the new values are noted, so that they can be put back.',
    todo: 'Nothing, unless it happens again and again: then find out who else changes the settings of this node.',
  },
  SettingsNotApplied: {
    says: ['The host took its new update settings and could not put them in force (…).'],
    means: 'The settings were committed and not rendered into the files that the updater reads.',
    todo: "The host's own error is in the message. It is tried again.",
  },
  SettingsRefused: {
    says: ['The host refused its new update settings (…).'],
    means: 'The API of the host did not accept the version or the wave setting.',
    todo: "The host's own error is in the message: a check of the image's own may forbid it.",
  },
  SettingsLocked: {
    says: ["The host's update settings cannot be … (…), as where a host is locked down: …"],
    means:
      'The image does not let its settings be read or changed, so a version cannot be chosen and waves cannot be ignored.',
    todo: 'Use `spec.target.version: Latest` without `spec.bottlerocket.ignoreWaves` for such nodes.',
  },
  SettingsNotRestored: {
    says: ["The host's former update settings could not be put back: …"],
    means:
      'The update is over, and the settings that the node had before are still those of the operator. It is tried again; the Node annotation `containeros.dev/restore` says what they were.',
    todo: 'The sentence names what is in the way. By hand: `apiclient set updates.version-lock=… updates.ignore-waves=…` on the node, then remove the annotation.',
  },
  BadOptions: badOptionsText,
  SocketGone: {
    says: ["The host's API server is not behind its socket (…). …"],
    means: 'The API server is being restarted, or was since the Pod began. A new Pod gets the new socket.',
    todo: 'Nothing, unless it stays: then `systemctl status apiserver` on the node.',
  },
  SocketSilent: {
    says: ["The host's API server gave no answer (…)."],
    means: 'The API server accepted the connection and gave no answer within 30 seconds, or hung up.',
    todo: 'Nothing, unless it stays: then `systemctl restart apiserver` on the node.',
  },
} as const satisfies ReasonTexts;

export type BottlerocketReason = keyof typeof bottlerocketReasons;
/** What its tasks answer. */
export type TaskResult = AnyResult<BottlerocketReason | TaskReason>;
