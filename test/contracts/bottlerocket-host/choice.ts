/** Why a host chooses a release: by the newest one, by its pin, because its own was recalled, or for no reason that a list explains. */
import { compareSemver } from '../../lab/hosts/versions.ts';
import type { Change } from './lab-bench.ts';
import type { Faults } from './derived-faults.ts';

export interface Choice {
  readonly listed: readonly string[];
  readonly running: string;
  /** `latest`, or the version that is pinned. */
  readonly lock: string;
  /** Undefined for none. */
  readonly chosen: string | undefined;
}

export interface Explanation {
  /** What `version-lock` must be. */
  readonly lock: string;
  readonly faults: Faults;
}

const picks = ({ listed, running }: Choice, lock: string): string | undefined => {
  if (lock === 'latest') return listed.find((version) => compareSemver(version, running) > 0);
  const pinned = lock.replace(/^v/, '');
  return pinned === running ? undefined : listed.find((version) => version === pinned);
};

/** The lock that is there is left alone wherever it explains the choice. */
export function explain(choice: Choice): Explanation {
  const { listed, running, lock, chosen } = choice;
  const [newest] = listed;
  if (picks(choice, lock) === chosen) return { lock, faults: {} };
  const allOlder = listed.every((version) => compareSemver(version, running) < 0);
  if (allOlder && chosen !== undefined && chosen === newest)
    return { lock: 'latest', faults: { releaseRecalled: newest } };
  if (picks(choice, 'latest') === chosen) return { lock: 'latest', faults: {} };
  if (chosen === undefined) return { lock: running, faults: {} };
  if (picks(choice, chosen) === chosen) return { lock: chosen, faults: {} };
  return { lock, faults: { staleChosenUpdate: chosen } };
}

/** The body that sets a lock; nothing where it is in force already. */
export function settingLock(wanted: string, now: string): Pick<Change, 'settings'> {
  return wanted === now ? {} : { settings: JSON.stringify({ updates: { 'version-lock': wanted } }) };
}
