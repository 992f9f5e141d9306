/** The state of `update-engine.service`, from `systemctl show`. */
import { parseLines } from './engine-status.ts';

export const unitName = 'update-engine.service';
export const unitProperties = 'LoadState,ActiveState,ConditionResult,ConditionTimestampMonotonic';

export interface Unit {
  readonly load: string;
  readonly active: string;
  /** Its start conditions were tried and did not hold. A unit that was never tried also says `no`, without a time. */
  readonly conditionFailed: boolean;
}

/** Undefined where systemctl printed no state, as when it believes itself in a chroot. */
export function parseUnit(text: string): Unit | undefined {
  const values = parseLines(text);
  const load = values.get('LoadState');
  const active = values.get('ActiveState');
  if (load === undefined || active === undefined) return undefined;
  const tried = values.get('ConditionTimestampMonotonic') !== '0';
  return { load, active, conditionFailed: tried && values.get('ConditionResult') === 'no' };
}

/** The daemon runs, or systemd is starting it again by itself. */
export function isRunning(unit: Unit): boolean {
  return unit.active === 'active' || unit.active === 'activating' || unit.active === 'reloading';
}
