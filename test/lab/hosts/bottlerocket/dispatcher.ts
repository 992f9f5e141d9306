/** The update dispatcher: the lock, the status file and the state machine around runs of updog. */
import type { DeferredWork } from '../deferred-work.ts';
import type { Strikes } from '../strikes.ts';
import { failure, json, noContent, type Answer } from './answer.ts';
import type { BottlerocketFaults, UpdateCommand } from './faults.ts';
import type { UpdogRun } from './updog.ts';
import {
  afterCommand,
  afterRefresh,
  allowed,
  type CommandResult,
  type UpdateImage,
  type UpdateStatus,
} from './update-status.ts';

/** Between the release of a lock that nobody worked under and its acquisition. */
const emptyRunMs = 20;
/** What the API server needs to read one byte of recorded stderr, in milliseconds. */
const msPerStderrByte = 0.00058;

const dispatcherFailed = failure(500, 'Update dispatcher failed');
const noDispatcher = failure(
  500,
  'Unable to start the update dispatcher: No such file or directory (os error 2) ',
);
const noStatus = failure(404, 'Update status is uninitialized, refresh-updates to initialize it');
const notAllowed = failure(409, 'Update action not allowed according to update state');
const lockHeld = failure(423, 'Update lock held');
const statusLocked = failure(
  423,
  'Unable to obtain shared lock for reading update status: Resource temporarily unavailable (os error 11)',
);

export interface DispatcherWorld {
  faults(): BottlerocketFaults;
  readonly strikes: Strikes;
  readonly work: DeferredWork;
  image(version: string): UpdateImage;
  running(): string;
  /** Starts updog. */
  run(command: UpdateCommand): UpdogRun;
  /** The version to choose from a list, null for none; undefined where the settings cannot be read. */
  choose(list: readonly string[]): string | null | undefined;
  /** A timestamp that differs from every earlier one. */
  timestamp(): string;
  /** Whether another program holds the lock. */
  foreignLock(): 'Exclusive' | 'Shared' | undefined;
  finished(command: UpdateCommand): void;
}

export interface Dispatcher {
  action(command: UpdateCommand): Answer;
  status(): Answer;
  /** Ends what runs, as the end of the unit's control group does: the lock is free and nothing is recorded. */
  endCommands(): void;
}

/** One dispatcher lives as long as one boot: its status file is on a tmpfs. */
export function createDispatcher(world: DispatcherWorld): Dispatcher {
  let status: UpdateStatus | undefined;
  let locked = false;
  const running = new Set<() => void>();

  const firstStatus = (): UpdateStatus | undefined => {
    const faults = world.faults();
    const unreadable = faults.osRelease !== undefined || faults.partitionTableBad === true;
    if (unreadable || faults.statusFolderMissing === true) return undefined;
    const image = world.image(world.running());
    return {
      update_state: 'Idle',
      available_updates: [],
      chosen_update: null,
      active_partition: { image, next_to_boot: faults.activeNotNext !== true },
      staging_partition: null,
      most_recent_command: null,
    };
  };

  const record = (before: UpdateStatus, command: UpdateCommand, run: UpdogRun): void => {
    const result: CommandResult = {
      cmd_type: command,
      cmd_status: run.exitStatus === 0 ? 'Success' : 'Failed',
      timestamp: world.timestamp(),
      exit_status: run.exitStatus,
      stderr: run.stderr,
    };
    status = command === 'refresh' ? refreshed(before, result, run.list) : afterCommand(before, result);
  };
  const refreshed = (
    before: UpdateStatus,
    result: CommandResult,
    list: readonly string[] | undefined,
  ): UpdateStatus => {
    if (list === undefined) return afterRefresh(before, result, undefined);
    const stale = world.faults().staleChosenUpdate;
    const version = stale ?? world.choose(list);
    const chosen = typeof version === 'string' ? world.image(version) : version;
    return afterRefresh(before, result, { available: list, chosen });
  };

  const whenDone = (delayMs: number, job: () => void): void => {
    const stop = world.work.after(delayMs, () => {
      running.delete(stop);
      job();
    });
    running.add(stop);
  };

  const start = (command: UpdateCommand, before: UpdateStatus): void => {
    locked = true;
    status = before;
    const faults = world.faults();
    if (faults.noUpdog === true) {
      whenDone(emptyRunMs, () => (locked = false));
      return;
    }
    const run = world.run(command);
    let alive = true;
    whenDone(run.lastsMs, () => {
      run.finish();
      if (!alive) return;
      locked = false;
      record(before, command, run);
      world.finished(command);
    });
    const killed = faults.tbuKilled;
    if (killed?.commands.includes(command) === true && world.strikes.strike('tbuKilled', killed.times)) {
      // Only the dispatcher dies: the lock goes with it, the updater goes on.
      world.work.after(killed.afterMs, () => {
        alive = false;
        locked = false;
      });
    }
  };

  return {
    action(command) {
      const faults = world.faults();
      if (faults.noTbu === true) return noDispatcher;
      if (faults.lockFolderMissing === true) return dispatcherFailed;
      if (locked || world.foreignLock() !== undefined) return lockHeld;
      if (faults.statusFile !== undefined) return dispatcherFailed;
      const before = status ?? firstStatus();
      if (before === undefined) return dispatcherFailed;
      // The file appears even when the command is then refused.
      status = before;
      if (!allowed(command, before.update_state)) return notAllowed;
      if (command === 'prepare' && before.chosen_update === null)
        return failure(404, 'Previously chosen Update no longer exists');
      start(command, before);
      return noContent;
    },
    status() {
      const faults = world.faults();
      if (faults.lockFolderMissing === true)
        return failure(500, 'Unable to open update lock file: No such file or directory (os error 2)');
      if (locked || world.foreignLock() === 'Exclusive') return statusLocked;
      if (faults.statusFile !== undefined) return dispatcherFailed;
      if (status === undefined || faults.statusFolderMissing === true) return noStatus;
      const bytes = status.most_recent_command?.stderr.length ?? 0;
      return { ...json(status), stallMs: Math.round(bytes * msPerStderrByte) };
    },
    endCommands() {
      for (const stop of running) stop();
      running.clear();
      locked = false;
    },
  };
}
