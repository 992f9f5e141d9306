/** The updater program: what one run of it decides, prints and changes on disk. */
import type { Strikes } from '../strikes.ts';
import type { Banks } from './banks.ts';
import type { BottlerocketFaults, UpdateCommand } from './faults.ts';
import type { Repository, RepositoryView } from './repository.ts';
import { imageFailure, metadataFailure, type RepositoryAddress } from './repository-failure.ts';

/** A run, decided when it begins; `finish` is what it does to the disk at its end. */
export interface UpdogRun {
  readonly exitStatus: number;
  readonly stderr: string;
  readonly lastsMs: number;
  readonly finish: () => void;
  /** A refresh prints this list; undefined where it printed something that is not a list. */
  readonly list: readonly string[] | undefined;
}

export interface UpdogWorld {
  readonly repository: Repository;
  readonly address: RepositoryAddress;
  /** The settings as they are in its own configuration file, not as they are in the datastore. */
  readonly view: RepositoryView;
  readonly banks: Banks;
  readonly faults: BottlerocketFaults;
  readonly strikes: Strikes;
  readonly timings: {
    readonly refreshMs: number;
    readonly prepareMs: number;
    readonly activateMs: number;
  };
}

/** How long updog tries to fetch one image before it gives up. */
const downloadBudgetMs = 150_000;
const notMarked =
  'Could not mark inactive partition for boot: Inactive partition /dev/nvme0n1 has not been marked valid for upgrade\n';
const nothing = (): void => undefined;

export function runUpdog(command: UpdateCommand, world: UpdogWorld): UpdogRun {
  const { faults, strikes, timings } = world;
  const lastsMs =
    command === 'refresh'
      ? timings.refreshMs
      : command === 'prepare'
        ? (faults.downloadMs ?? timings.prepareMs)
        : timings.activateMs;
  const failure = faults.updogFails;
  if (failure?.commands.includes(command) === true && strikes.strike('updogFails', failure.times)) {
    // A run that is killed while it installs has cleared the bank already.
    if (failure.signal !== undefined && command === 'prepare') world.banks.clear();
    const stderr = failure.stderr ?? (failure.signal === undefined ? 'Something went wrong\n' : '');
    return withNoise(command, world, failed(stderr, lastsMs, failure.signal ?? failure.exitCode));
  }
  const metadata = metadataFailure(faults.repository, world.address);
  if (metadata !== undefined) return withNoise(command, world, failed(metadata, lastsMs));
  return withNoise(command, world, carryOut(command, world, lastsMs));
}

function carryOut(command: UpdateCommand, world: UpdogWorld, lastsMs: number): UpdogRun {
  const { banks, faults } = world;
  switch (command) {
    case 'refresh':
      return {
        ...succeeded('', lastsMs, nothing),
        list: faults.whatsGarbage === true ? undefined : world.repository.listed(world.view),
      };
    case 'prepare':
      return install(world, lastsMs);
    case 'activate':
      return banks.activate() ? succeeded('', lastsMs, nothing) : failed(notMarked, lastsMs);
    case 'deactivate':
      return succeeded('', lastsMs, () => banks.deactivate());
  }
}

/** Installs what the repository and the configuration say now, which need not be what the dispatcher chose. */
function install(world: UpdogWorld, lastsMs: number): UpdogRun {
  const { address, banks, faults, repository, strikes, view } = world;
  const list = repository.listed(view);
  const target = repository.pick(list, address.running, view.versionLock);
  const nothingToDo = faults.noopPrepare === true || faults.waveClosesBeforePrepare === true;
  if (target === undefined || nothingToDo) return succeeded('No update required\n', lastsMs, nothing);
  const start = `Starting update to ${target}\n`;
  if (faults.noMigrationPath === true) {
    const why = `Reached end of migration chain at ${address.running} but target is ${target}\n`;
    return failed(start + why, lastsMs);
  }
  banks.clear();
  const budget = faults.downloadBudgetMs ?? downloadBudgetMs;
  if (lastsMs > budget) return failed(start + imageFailure('TimedOut', target, address), budget);
  const truncated = faults.imageTruncated ?? false;
  const limit = truncated === true ? undefined : Number(truncated);
  if (strikes.strike('imageTruncated', limit))
    return failed(start + imageFailure('Truncated', target, address), lastsMs);
  if (faults.imageMissing === true) return failed(start + imageFailure('Missing', target, address), lastsMs);
  return succeeded(start, lastsMs, () => banks.write(target));
}

function succeeded(stderr: string, lastsMs: number, finish: () => void): UpdogRun {
  return { exitStatus: 0, stderr, lastsMs, finish, list: undefined };
}

function failed(stderr: string, lastsMs: number, exitStatus = 1): UpdogRun {
  return { exitStatus, stderr, lastsMs, finish: nothing, list: undefined };
}

function withNoise(command: UpdateCommand, { faults }: UpdogWorld, run: UpdogRun): UpdogRun {
  const noise = faults.updogStderr;
  if (noise?.commands.includes(command) !== true) return run;
  // The API shows each byte that is not UTF-8 as one replacement character.
  const text = noise.invalidUtf8 ? 'bad \uFFFD\uFFFD bytes\n' : '';
  return { ...run, stderr: `${text}${'x'.repeat(noise.bytes)}${run.stderr}` };
}
