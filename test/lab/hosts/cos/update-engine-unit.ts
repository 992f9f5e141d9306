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
  /** `no` also for a unit that was never tried; then the time is 0. */
  readonly ConditionResult: 'yes' | 'no';
  readonly ConditionTimestampMonotonic: string;
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

type Ended = 'dead' | 'failed' | 'auto-restart';

export interface UnitWorld {
  faults(): CosFaults;
  work(): DeferredWork;
  newEngine(): UpdateEngine;
}

export function createUpdateEngineUnit(world: UnitWorld): UpdateEngineUnit {
  let engine: UpdateEngine | undefined;
  let ended: Ended = 'dead';
  let tried = false;

  const conditionFails = (): boolean => {
    const { unit, secureBoot } = world.faults();
    return unit === 'SecureBoot' || unit === 'ConditionFails' || secureBoot === true;
  };
  const missing = (): 'masked' | 'not-found' | undefined => {
    const { unit, cmdlineMask } = world.faults();
    if (unit === 'NotFound') return 'not-found';
    return unit === 'Masked' || cmdlineMask === true ? 'masked' : undefined;
  };
  const run = (): void => {
    if (missing() !== undefined) return;
    tried = true;
    if (!conditionFails()) engine ??= world.newEngine();
  };
  const end = (how: Ended): void => {
    engine?.end();
    engine = undefined;
    ended = how;
  };

  return {
    state() {
      const condition = {
        ConditionResult: tried && !conditionFails() ? 'yes' : 'no',
        ConditionTimestampMonotonic: tried ? '12000000' : '0',
      } as const;
      return { LoadState: missing() ?? 'loaded', ...activity(engine !== undefined, ended), ...condition };
    },
    engine: () => engine,
    settle() {
      const { unit } = world.faults();
      end(unit === 'Failed' ? 'failed' : 'dead');
      // A unit that is only inactive was never asked to start.
      tried = unit === 'Failed' || unit === 'Stopped';
      if (unit === undefined || unit === 'SecureBoot' || unit === 'ConditionFails') run();
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

function activity(running: boolean, ended: Ended): Pick<UnitState, 'ActiveState' | 'SubState'> {
  if (running) return { ActiveState: 'active', SubState: 'running' };
  if (ended === 'auto-restart') return { ActiveState: 'activating', SubState: ended };
  return { ActiveState: ended === 'failed' ? 'failed' : 'inactive', SubState: ended };
}
