/** What is known of a host from its own words, and the parts of an answer that follow from it. */
import { mostOffers } from '../../../../api/task.ts';
import type { TaskResult } from '../reasons.ts';
import { patiently, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { compareVersions, isNewer } from '../versions.ts';

export type Running = Required<Pick<TaskResult, 'version' | 'variant'>>;

/** The running version, or the answer of a host that does not tell. */
export async function readRunning(session: Session): Promise<Running | { readonly result: TaskResult }> {
  const release = await patiently(session, session.api.readRelease);
  if (release.kind === 'Release') return { version: release.version, variant: release.variant };
  return {
    result: {
      outcome: 'Retry',
      reason: 'ReleaseUnreadable',
      message: `The host does not tell its version (${release.status}: ${release.text}).`,
    },
  };
}

/**
 * The newer version that the last good refresh chose, or the one that is asked for if it is there to be chosen. To be asked only after a refresh that succeeded, or in Staged and Ready, which
 * nothing but one leads to: after a failed refresh the host still shows its former choice.
 */
export function offered(
  status: UpdateStatus,
  running: Running,
  target: string | undefined,
): string | undefined {
  // The list does not follow the host's own version lock: it says what could be chosen.
  if (target !== undefined)
    return target !== running.version && status.listed.includes(target) ? target : undefined;
  return isNewer(status.chosen, running.version) ? status.chosen : undefined;
}

/** All that is listed and newer, the newest first. The list says what could be chosen, whatever the host's version lock. */
export function offersOf({ listed }: UpdateStatus, running: Running): Pick<TaskResult, 'offers'> {
  const newer = listed.filter((version) => isNewer(version, running.version));
  return { offers: newer.toSorted((a, b) => compareVersions(b, a)).slice(0, mostOffers) };
}

/** What the other bank was prepared with since the boot, by its label. */
export function stagedLabel({ state, staging }: UpdateStatus): string | undefined {
  return state === 'Staged' || state === 'Ready' ? staging?.version : undefined;
}

/** The same, where nothing speaks against the image behind the label. */
export function stagedVersion(status: UpdateStatus): string | undefined {
  return isDoubtful(status) ? undefined : stagedLabel(status);
}

/** A failed prepare has cleared the bank and leaves the label; a bank that cannot be activated may be one that was never written. */
export function isDoubtful({ state, command }: UpdateStatus): boolean {
  const failed = command?.succeeded === false && (command.type === 'prepare' || command.type === 'activate');
  return state === 'Staged' && failed;
}
