/** What each operation that update_engine can report means for us. */
import type { EngineStatus } from './engine-status.ts';
import type { CosReason } from './reasons.ts';

export type EngineVerdict =
  | { readonly kind: 'Idle' | 'Working' | 'NeedsReboot' }
  /** Neither at rest nor on its way: the answer, if it is still so after `patience` milliseconds. */
  | {
      readonly kind: 'Odd';
      readonly outcome: 'Failed' | 'Retry';
      readonly reason: CosReason;
      readonly message: string;
      readonly patience: number;
    };

const passing = 60_000;

export const engineVerdicts: Readonly<Record<string, EngineVerdict>> = {
  UPDATE_STATUS_IDLE: { kind: 'Idle' },
  UPDATE_STATUS_CHECKING_FOR_UPDATE: { kind: 'Working' },
  UPDATE_STATUS_UPDATE_AVAILABLE: { kind: 'Working' },
  UPDATE_STATUS_DOWNLOADING: { kind: 'Working' },
  UPDATE_STATUS_VERIFYING: { kind: 'Working' },
  UPDATE_STATUS_FINALIZING: { kind: 'Working' },
  UPDATE_STATUS_UPDATED_NEED_REBOOT: { kind: 'NeedsReboot' },
  // On its way to Idle, where the error shows.
  UPDATE_STATUS_REPORTING_ERROR_EVENT: odd(
    'Failed',
    'UpdateFailed',
    'update_engine reports an error',
    passing,
  ),
  UPDATE_STATUS_ATTEMPTING_ROLLBACK: odd('Retry', 'RollingBack', 'update_engine is rolling back', 0),
  UPDATE_STATUS_DISABLED: odd('Retry', 'UpdatesBlocked', 'update_engine says that updates are disabled', 0),
  UPDATE_STATUS_NEED_PERMISSION_TO_UPDATE: odd(
    'Retry',
    'PermissionNeeded',
    'update_engine waits for a permission to update',
    0,
  ),
  UPDATE_STATUS_CLEANUP_PREVIOUS_UPDATE: odd(
    'Retry',
    'CleaningUp',
    'update_engine cleans up after the previous update',
    passing,
  ),
  UPDATE_STATUS_UPDATED_BUT_DEFERRED: odd(
    'Retry',
    'UpdateDeferred',
    'update_engine holds a finished update back',
    0,
  ),
};

export function judgeOperation(operation: string): EngineVerdict {
  const verdict = Object.hasOwn(engineVerdicts, operation) ? engineVerdicts[operation] : undefined;
  return (
    verdict ??
    odd(
      'Retry',
      'UnknownStatus',
      `update_engine is in a state that is not known here (${operation.slice(0, 80)})`,
      passing,
    )
  );
}

/** `UPDATE_STATUS_DOWNLOADING, 42 %`. */
export const tellProgress = ({ operation, progress }: Pick<EngineStatus, 'operation' | 'progress'>): string =>
  `${operation}, ${Math.round(progress * 100)} %`;

/** It has found something and is putting it on the other slot. */
export function isApplying(operation: string): boolean {
  return judgeOperation(operation).kind === 'Working' && operation !== 'UPDATE_STATUS_CHECKING_FOR_UPDATE';
}

function odd(
  outcome: 'Failed' | 'Retry',
  reason: CosReason,
  message: string,
  patience: number,
): EngineVerdict {
  return { kind: 'Odd', outcome, reason, message: `${message}.`, patience };
}
