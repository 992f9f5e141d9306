/** What update_engine can be doing; the place in the list is its number. */
export const operations = [
  'UPDATE_STATUS_IDLE',
  'UPDATE_STATUS_CHECKING_FOR_UPDATE',
  'UPDATE_STATUS_UPDATE_AVAILABLE',
  'UPDATE_STATUS_DOWNLOADING',
  'UPDATE_STATUS_VERIFYING',
  'UPDATE_STATUS_FINALIZING',
  'UPDATE_STATUS_UPDATED_NEED_REBOOT',
  'UPDATE_STATUS_REPORTING_ERROR_EVENT',
  'UPDATE_STATUS_ATTEMPTING_ROLLBACK',
  'UPDATE_STATUS_DISABLED',
  'UPDATE_STATUS_NEED_PERMISSION_TO_UPDATE',
  'UPDATE_STATUS_CLEANUP_PREVIOUS_UPDATE',
  'UPDATE_STATUS_UPDATED_BUT_DEFERRED',
] as const;

export type Operation = (typeof operations)[number];

/** Those that a check can go through: the daemon can be made to die in them. */
export const checkOperations = [
  'UPDATE_STATUS_CHECKING_FOR_UPDATE',
  'UPDATE_STATUS_UPDATE_AVAILABLE',
  'UPDATE_STATUS_DOWNLOADING',
  'UPDATE_STATUS_VERIFYING',
  'UPDATE_STATUS_FINALIZING',
  'UPDATE_STATUS_UPDATED_NEED_REBOOT',
  'UPDATE_STATUS_REPORTING_ERROR_EVENT',
] as const satisfies readonly Operation[];

export type CheckOperation = (typeof checkOperations)[number];

/** The name for a number, also for one that no release knows yet. */
export function operationName(number: number): string {
  return operations[number] ?? `UPDATE_STATUS_UNKNOWN_${number}`;
}
