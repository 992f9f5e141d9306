/** The settings of one host over its boots: the store, the rendered files, and who reads which. */
import { createHash } from 'node:crypto';
import type { DeferredWork } from '../deferred-work.ts';
import { compareSemver } from '../versions.ts';
import { createDatastore, type Datastore } from './datastore.ts';
import type { BottlerocketFaults } from './faults.ts';
import type { RepositoryView } from './repository.ts';
import { firstSettings } from './settings-model.ts';
import { flatten, type FlatSettings } from './settings-tree.ts';

/** What rendering takes when nothing slows it: longer than a client needs for its next call. */
const renderMs = 15;
/** From this release on the dispatcher reads the rendered file; before, it asks the API. */
const dispatcherReadsFileSince = '1.20.0';

export interface SettingsState {
  readonly datastore: Datastore;
  /** In force; empty as long as the boot-time settings are not committed. */
  live(): FlatSettings;
  /** As updog finds them in its file. */
  rendered(): RepositoryView;
  /** `version-lock` as the dispatcher of `version` finds it; undefined where it cannot be read. */
  lockForDispatcher(version: string): string | undefined;
  address(): { readonly metadata: string; readonly targets: string };
  render(work: DeferredWork): void;
  /** A boot renders everything, and forgets when the boot-time settings are still to come. */
  booted(now: number): void;
}

export interface SettingsStateOptions {
  readonly nodeName: string;
  readonly variant: string;
  readonly arch: string;
  faults(): BottlerocketFaults;
  now(): number;
}

export function createSettingsState(options: SettingsStateOptions): SettingsState {
  const seed = createHash('sha256').update(options.nodeName).digest().readUInt32BE() % 2048;
  const datastore = createDatastore(flatten(firstSettings(options.variant, options.arch, seed)));
  let file: FlatSettings = new Map(datastore.live());
  let bootedAt = Number.NEGATIVE_INFINITY;

  const isEarly = (): boolean => {
    const early = options.faults().earlyBoot ?? false;
    return typeof early === 'number' ? options.now() - bootedAt < early : early;
  };
  const live = (): FlatSettings => (isEarly() ? new Map() : datastore.live());
  const early: Datastore = {
    ...datastore,
    pending: (name) =>
      isEarly() && name === 'bottlerocket-launch' ? datastore.live() : datastore.pending(name),
    transactions: () => [...(isEarly() ? ['bottlerocket-launch'] : []), ...datastore.transactions()],
  };

  return {
    datastore: early,
    live,
    rendered: () => ({
      versionLock: text(file, 'version-lock'),
      ignoreWaves: file.get('settings.updates.ignore-waves') === true,
      seed: Number(file.get('settings.updates.seed')),
    }),
    lockForDispatcher(version) {
      const gone = options.faults().datastoreGone === true || live().size === 0;
      if (gone) return undefined;
      const readsFile = compareSemver(version, dispatcherReadsFileSince) >= 0;
      return text(readsFile ? file : datastore.live(), 'version-lock');
    },
    address: () => ({
      metadata: text(file, 'metadata-base-url'),
      targets: text(file, 'targets-base-url'),
    }),
    render(work) {
      const faults = options.faults();
      if (faults.templateBroken === true) return;
      work.after(faults.renderMs ?? renderMs, () => {
        file = new Map(datastore.live());
      });
    },
    booted(now) {
      file = new Map(datastore.live());
      bootedAt = now;
    },
  };
}

function text(settings: FlatSettings, name: string): string {
  const value = settings.get(`settings.updates.${name}`);
  return typeof value === 'string' ? value : '';
}
