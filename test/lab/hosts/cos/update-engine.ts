/** The update_engine daemon: one update at a time, from a check to the reboot that it waits for. */
import type { DeferredWork } from '../deferred-work.ts';
import type { Strikes } from '../strikes.ts';
import { compareBuilds, sameMilestone } from '../versions.ts';
import { noUpdate } from './error-codes.ts';
import type { CosFaults } from './faults.ts';
import type { Operation } from './operations.ts';
import type { Slots } from './slots.ts';

/** What `--status` shows before anything was found. */
const noVersion = '0.0.0.0';
const imageBytes = 1_073_741_824;
const rollbackMs = 100;

export interface EngineStatus {
  readonly operation: Operation;
  /** 0 to 1. */
  readonly progress: number;
  readonly newVersion: string;
  readonly newSize: number;
  /** Seconds since the epoch; 0 for never since the daemon started. */
  readonly lastChecked: number;
  readonly lastError: number;
  readonly interactive: boolean;
}

export interface CheckOptions {
  readonly interactive: boolean;
  /** Only asks the server. */
  readonly skipApplying: boolean;
}

export interface UpdateEngine {
  status(): EngineStatus;
  /** Returns at once, whether or not anything follows. */
  check(options: CheckOptions): void;
  /** Takes a staged update back; false when there is nothing that can be taken back now. */
  resetStatus(): boolean;
  canRollback(): boolean;
  /** Returns at once; false when it cannot be. */
  rollback(): boolean;
  /** The daemon ends: nothing that it began goes on. */
  end(): void;
}

export interface EngineWorld {
  faults(): CosFaults;
  offers(): readonly string[];
  timings(): { readonly refreshMs: number; readonly prepareMs: number; readonly activateMs: number };
  readonly slots: Slots;
  readonly strikes: Strikes;
  readonly work: DeferredWork;
  /** Milliseconds since the epoch. */
  now(): number;
  log(line: string): void;
  /** The daemon dies here; the caller decides whether a new one comes. */
  died(): void;
}

/** One engine lives as long as one run of the daemon. */
export function createUpdateEngine(world: EngineWorld): UpdateEngine {
  const { slots, work } = world;
  // The marker of a finished update holds the boot id, so a new daemon in the same boot knows; the version is not kept.
  let operation: Operation =
    slots.staged() === undefined ? 'UPDATE_STATUS_IDLE' : 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
  let since = world.now();
  let lastsMs = 0;
  let newVersion = noVersion;
  let newSize = 0;
  let lastChecked = 0;
  let lastError = 0;
  let interactive = false;
  let dead = false;

  const maybeDie = (phase: Operation, afterMs: number): void => {
    const dies = world.faults().daemonDies;
    if (dies?.in !== phase || !world.strikes.strike('daemonDies', dies.times)) return;
    work.after(afterMs, () => {
      if (!dead) world.died();
    });
  };
  const enter = (next: Operation, defaultMs: number, then: () => void): void => {
    const faults = world.faults();
    operation = next;
    since = world.now();
    lastsMs = faults.phaseMs?.[next] ?? defaultMs;
    world.log(`Update status is now ${next}`);
    maybeDie(next, lastsMs / 2);
    work.after(lastsMs, () => {
      if (!dead && operation === next) then();
    });
  };
  const idle = (error: number): void => {
    operation = 'UPDATE_STATUS_IDLE';
    lastError = error;
    interactive = false;
    world.log(`Update attempt is over, error code ${error}`);
  };
  const failsIn = (phase: Operation): number | undefined => {
    const failure = world.faults().checkError;
    const strikes = failure?.in === phase && world.strikes.strike('checkError', failure.times);
    return strikes ? failure.code : undefined;
  };
  const fail = (code: number): void => {
    enter('UPDATE_STATUS_REPORTING_ERROR_EVENT', 10, () => {
      idle(code);
    });
  };
  const newest = (): string | undefined =>
    world
      .offers()
      .filter((build) => sameMilestone(build, slots.running()) && compareBuilds(build, slots.running()) > 0)
      .toSorted(compareBuilds)
      .at(-1);

  const responded = (skipApplying: boolean): void => {
    // Whole seconds; two answers in one second must still be two.
    lastChecked = Math.max(Math.floor(world.now() / 1000), lastChecked + 1);
    const error = failsIn('UPDATE_STATUS_CHECKING_FOR_UPDATE');
    if (error !== undefined) {
      fail(error);
      return;
    }
    const build = newest();
    if (build === undefined) {
      idle(world.faults().noUpdateIsSuccess === true ? 0 : noUpdate);
      return;
    }
    newVersion = build;
    newSize = imageBytes;
    const { prepareMs } = world.timings();
    enter('UPDATE_STATUS_UPDATE_AVAILABLE', prepareMs / 20, () => {
      if (skipApplying) idle(0);
      else download(build);
    });
  };
  const download = (build: string): void => {
    slots.invalidate();
    const { prepareMs, activateMs } = world.timings();
    enter('UPDATE_STATUS_DOWNLOADING', prepareMs * 0.75, () => {
      const error = failsIn('UPDATE_STATUS_DOWNLOADING');
      if (error !== undefined) {
        fail(error);
        return;
      }
      enter('UPDATE_STATUS_VERIFYING', prepareMs / 5, () => {
        enter('UPDATE_STATUS_FINALIZING', activateMs, () => {
          slots.stage(build);
          settled();
        });
      });
    });
  };
  const settled = (): void => {
    operation = 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
    lastError = 0;
    world.log('Update successfully applied, waiting to reboot.');
    maybeDie(operation, 0);
  };

  return {
    status() {
      const elapsed = lastsMs === 0 ? 0 : Math.min(1, (world.now() - since) / lastsMs);
      const progress = operation === 'UPDATE_STATUS_DOWNLOADING' ? Math.max(0, elapsed) : 0;
      return { operation, progress, newVersion, newSize, lastChecked, lastError, interactive };
    },
    check(options) {
      if (world.faults().checkIgnored === true || operation !== 'UPDATE_STATUS_IDLE') return;
      interactive = options.interactive;
      enter('UPDATE_STATUS_CHECKING_FOR_UPDATE', world.timings().refreshMs, () => {
        responded(options.skipApplying);
      });
    },
    resetStatus() {
      if (world.faults().resetRefused === true) return false;
      if (operation === 'UPDATE_STATUS_IDLE') return true;
      if (operation !== 'UPDATE_STATUS_UPDATED_NEED_REBOOT') return false;
      slots.unstage();
      operation = 'UPDATE_STATUS_IDLE';
      return true;
    },
    canRollback: () => operation === 'UPDATE_STATUS_IDLE' && slots.passive() !== undefined,
    rollback() {
      const build = slots.passive();
      if (operation !== 'UPDATE_STATUS_IDLE' || build === undefined) return false;
      enter('UPDATE_STATUS_ATTEMPTING_ROLLBACK', rollbackMs, () => {
        newVersion = build;
        slots.stage(build);
        settled();
      });
      return true;
    },
    end() {
      dead = true;
    },
  };
}
