/** What the update repository offers one host, and the rule by which a release is picked. */
import { compareSemver } from '../versions.ts';
import type { BottlerocketFaults } from './faults.ts';
import { waveReady } from './waves.ts';

/** How a host looks at the repository. `versionLock` is `latest` or a version with or without `v`. */
export interface RepositoryView {
  readonly versionLock: string;
  readonly ignoreWaves: boolean;
  readonly seed: number;
}

export interface Repository {
  /** Entries for this variant and architecture that the host may see, newest first: the running version and older ones too. */
  listed(view: RepositoryView): readonly string[];
  /** The release that a host running `running` should install, out of `list`; undefined for none. */
  pick(list: readonly string[], running: string, versionLock: string): string | undefined;
}

export interface RepositoryOptions {
  readonly offers: readonly string[];
  readonly running: string;
  readonly faults: BottlerocketFaults;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function createRepository({ offers, running, faults, now }: RepositoryOptions): Repository {
  const newest = [...offers, running].toSorted(compareSemver).at(-1) ?? running;
  const maxVersion = faults.releaseRecalled ?? newest;
  const wavesOf = (version: string): Readonly<Record<string, string>> => {
    const waves = faults.waves?.[version] ?? {};
    // One time alone means: nobody before it.
    return typeof waves === 'string' ? { '-1': waves } : waves;
  };
  return {
    listed(view) {
      if (faults.repository === 'OtherVariantOnly') return [];
      return [...new Set(offers)]
        .filter((version) => compareSemver(version, maxVersion) <= 0)
        .filter((version) => view.ignoreWaves || waveReady(wavesOf(version), view.seed, now))
        .toSorted((a, b) => compareSemver(b, a));
    },
    pick(list, from, versionLock) {
      if (versionLock !== 'latest') {
        const locked = versionLock.replace(/^v/, '');
        return locked === from ? undefined : list.find((version) => version === locked);
      }
      // A host above the maximum runs a recalled release: then even an older one is taken.
      const recalled = compareSemver(from, maxVersion) > 0;
      return list.find((version) => recalled || compareSemver(version, from) > 0);
    },
  };
}
