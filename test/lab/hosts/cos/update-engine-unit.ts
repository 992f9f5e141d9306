/** The systemd unit of update_engine, and the daemon while it runs. */
import type { DeferredWork } from '../deferred-work.ts';
import type { CosFaults } from './faults.ts';
import type { UpdateEngine } from './update-engine.ts';

/** The unit's RestartSec. */
const restartMs = 5000;

export interface UnitState {
  readonly LoadState: 'loaded' | 'masked' | 'not-found';
  readonly ActiveState: 'active' | 'inactive' | 'failed' | 'activating';
  readonly SubState: 'running' | 'dead' | 'failed' | 'auto-restart';
  readonly ConditionResult: 'yes' | 'no';
}

export interface UpdateEngineUnit {
  state(): UnitState;
  /** The daemon, where it runs. */
  engine(): UpdateEngine | undefined;
  /** What the boot, or a change of the unit's fault, makes of it. */
  settle(): void;
  /** Like `systemctl start`: a condition that does not hold is no error. */
  start(): void;
  stop(): void;
  /** The daemon ended by itself. */
  died(): void;
}

export interface UnitWorld {
  faults(): CosFaults;
  work(): DeferredWork;
  newEngine(): UpdateEngine;
}

export function createUpdateEngineUnit(world: UnitWorld): UpdateEngineUnit {
  let engine: UpdateEngine | undefined;
  let ended: 'dead' | 'failed' | 'auto-restart' = 'dead';

  const blockedBySecureBoot = (): boolean =>
    world.faults().unit === 'SecureBoot' || world.faults().secureBoot === true;
  const missing = (): 'masked' | 'not-found' | undefined => {
    const { unit, cmdlineMask } = world.faults();
    if (unit === 'NotFound') return 'not-found';
    return unit === 'Masked' || cmdlineMask === true ? 'masked' : undefined;
  };
  const run = (): void => {
    if (missing() === undefined && !blockedBySecureBoot()) engine ??= world.newEngine();
  };
  const end = (how: typeof ended): void => {
    engine?.end();
    engine = undefined;
    ended = how;
  };

  return {
    state() {
      const LoadState = missing() ?? 'loaded';
      const ConditionResult = 'yes';
      if (engine !== undefined)
        return { LoadState, ActiveState: 'active', SubState: 'running', ConditionResult };
      if (ended === 'auto-restart')
        return { LoadState, ActiveState: 'activating', SubState: ended, ConditionResult };
      const ActiveState = ended === 'failed' ? 'failed' : 'inactive';
      // A unit that was never tried has not failed its condition.
      return {
        LoadState,
        ActiveState,
        SubState: ended,
        ConditionResult: blockedBySecureBoot() ? 'no' : 'yes',
      };
    },
    engine: () => engine,
    settle() {
      const { unit } = world.faults();
      if (unit === 'Failed') end('failed');
      else if (unit !== undefined || missing() !== undefined || blockedBySecureBoot()) end('dead');
      else run();
    },
    start() {
      if (world.faults().startIneffective !== true) run();
    },
    stop() {
      end('dead');
    },
    died() {
      end('auto-restart');
      const wait = world.faults().daemonDies?.restartMs ?? restartMs;
      world.work().after(wait, () => {
        if (ended === 'auto-restart') run();
      });
    },
  };
}
