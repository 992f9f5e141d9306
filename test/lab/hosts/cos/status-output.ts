/** What `update_engine_client --status` prints. */
import { errorName } from './error-codes.ts';
import type { CosFaults } from './faults.ts';
import { operationName } from './operations.ts';
import type { EngineStatus } from './update-engine.ts';

/** Lines of `KEY=value`: five in a fixed order in the old form, all in alphabetical order in the new one. */
export function statusOutput(status: EngineStatus, faults: CosFaults): string {
  const shown = { ...status, operation: shownOperation(status, faults) };
  const newVersion =
    shown.operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT' && faults.newVersionShown !== undefined
      ? faults.newVersionShown
      : status.newVersion;
  const form = faults.statusForm ?? 'New';
  const all = form === 'Old' ? oldForm(shown, newVersion) : newForm(shown, newVersion);
  const kept = all.filter(([key]) => faults.statusWithout?.includes(key) !== true);
  const lines = [...kept, ...Object.entries(faults.statusWith ?? {})];
  const ordered = form === 'Old' ? lines : lines.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ordered.map(([key, value]) => `${key}=${value}\n`).join('');
}

type Shown = Omit<EngineStatus, 'operation'> & { readonly operation: string };
type Line = readonly [string, string];

function shownOperation(status: EngineStatus, faults: CosFaults): string {
  const forced = faults.reportedStatus;
  if (forced === undefined) return status.operation;
  return typeof forced === 'number' ? operationName(forced) : forced;
}

function oldForm(status: Shown, newVersion: string): readonly Line[] {
  return [
    ['LAST_CHECKED_TIME', String(status.lastChecked)],
    ['PROGRESS', status.progress.toFixed(6)],
    ['CURRENT_OP', status.operation],
    ['NEW_VERSION', newVersion],
    ['NEW_SIZE', String(status.newSize)],
  ];
}

function newForm(status: Shown, newVersion: string): readonly Line[] {
  return [
    ['CURRENT_OP', status.operation],
    ['EOL_DATE', '-9999'],
    ['EXTENDED_DATE', '-9999'],
    ['EXTENDED_OPT_IN_REQUIRED', 'false'],
    ['IS_ENTERPRISE_ROLLBACK', 'false'],
    ['IS_INSTALL', 'false'],
    ['IS_INTERACTIVE', String(status.interactive)],
    ['LAST_ATTEMPT_ERROR', errorName(status.lastError)],
    ['LAST_CHECKED_TIME', String(status.lastChecked)],
    ['NEW_SIZE', String(status.newSize)],
    ['NEW_VERSION', newVersion],
    ['PROGRESS', String(status.progress)],
    ['WILL_DEFER_UPDATE', 'false'],
    ['WILL_POWERWASH_AFTER_REBOOT', 'false'],
  ];
}
