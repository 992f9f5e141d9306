/** What update_engine of the simulated Container-Optimized OS says that it is doing, or dies while doing. */
import type { CosFaults } from '../../lab/hosts/cos/faults.ts';
import type { CheckOperation } from '../../lab/hosts/cos/operations.ts';
import type { Chain, Switch } from './row.ts';
import { triesAgain, unknown } from './row.ts';

export const os = 'ContainerOptimizedOS';
export const unchecked = { state: 'Unknown', attempt: 'UpdateFailed' } as const;

/** An updater at work by itself, or so it says. */
const isAt = (operation: CheckOperation): Switch => ({
  is: `an updater that is at ${operation}`,
  faults: {
    reportedStatus: operation,
    statusWithout: ['PROGRESS'],
    statusWith: { PROGRESS: '0.42' },
  },
  ...unknown,
  reason: 'InProgress',
  because: new RegExp(
    `^said at its last inspection: update_engine is at work by itself \\(${operation}, 42 %\\); `,
  ),
  goesOn: true,
});

/** Again and again, and late enough that it was seen there before. */
const dying = (operation: CheckOperation): CosFaults => ({
  daemonDies: { in: operation, restartMs: 500, times: 9 },
  phaseMs: { [operation]: 5000 },
});
export const diesIn = (operation: CheckOperation): Switch => ({
  is: `an updater that dies each time at ${operation}`,
  faults: dying(operation),
  ...unknown,
  reason: 'UpdateInterrupted',
  because: /^update_engine was interrupted: it is idle again without a result/,
});

export const engineChain: Chain = {
  node: 'works-c',
  os,
  peer: {
    with: 'an updater that takes its time in each state',
    faults: {
      phaseMs: {
        UPDATE_STATUS_CHECKING_FOR_UPDATE: 1000,
        UPDATE_STATUS_UPDATE_AVAILABLE: 1000,
        UPDATE_STATUS_DOWNLOADING: 2000,
        UPDATE_STATUS_VERIFYING: 1000,
        UPDATE_STATUS_FINALIZING: 1000,
      },
      osReleaseQuotes: 'None',
      statusForm: 'New',
    },
  },
  switches: [
    {
      is: 'a state that nobody knows',
      faults: { reportedStatus: 'UPDATE_STATUS_THIRTEEN' },
      ...unknown,
      reason: 'UnknownStatus',
      because: /^update_engine is in a state that is not known here \(UPDATE_STATUS_THIRTEEN\)/,
    },
    {
      is: 'a clean-up after the update before',
      faults: { reportedStatus: 11 },
      ...unknown,
      reason: 'CleaningUp',
      because: /^update_engine cleans up after the previous update\./,
    },
    {
      is: 'an error that is being reported',
      faults: { reportedStatus: 7 },
      ...unknown,
      reason: 'UpdateFailed',
      because: /^update_engine reports an error\./,
    },
    // Each of these is waited for by a Stage; what comes after it ends the wait.
    isAt('UPDATE_STATUS_CHECKING_FOR_UPDATE'),
    {
      is: 'a rollback',
      faults: { reportedStatus: 'UPDATE_STATUS_ATTEMPTING_ROLLBACK' },
      ...unknown,
      reason: 'RollingBack',
      because: /^update_engine is rolling back\./,
    },
    isAt('UPDATE_STATUS_UPDATE_AVAILABLE'),
    {
      is: 'a policy that disables updates',
      faults: { reportedStatus: 'UPDATE_STATUS_DISABLED' },
      ...unknown,
      reason: 'UpdatesBlocked',
      because: /^update_engine says that updates are disabled\./,
    },
    isAt('UPDATE_STATUS_DOWNLOADING'),
    {
      is: 'an update that needs a permission',
      faults: { reportedStatus: 10 },
      ...unknown,
      reason: 'PermissionNeeded',
      because: /^update_engine waits for a permission to update\./,
    },
    isAt('UPDATE_STATUS_VERIFYING'),
    {
      is: 'a finished update that is held back',
      faults: { reportedStatus: 12 },
      ...unknown,
      reason: 'UpdateDeferred',
      because: /^update_engine holds a finished update back\./,
    },
    isAt('UPDATE_STATUS_FINALIZING'),
    {
      is: 'an updater that dies while it reports an error',
      faults: {
        checkError: { code: 60 },
        ...dying('UPDATE_STATUS_REPORTING_ERROR_EVENT'),
      },
      ...unchecked,
      because: triesAgain('update_engine failed: it does not tell the error\\.'),
    },
    diesIn('UPDATE_STATUS_CHECKING_FOR_UPDATE'),
    diesIn('UPDATE_STATUS_UPDATE_AVAILABLE'),
  ],
};
