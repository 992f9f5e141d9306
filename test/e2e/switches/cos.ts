/** The switches of the simulated Container-Optimized OS, each with what its node says of it. */
import { diesIn, engineChain, os, unchecked } from './cos-engine.ts';
import type { Chain, OddAlone } from './row.ts';
import { triesAgain, unknown, unsupported, upToDate } from './row.ts';

export const gke = 'cloud.google.com/gke-nodepool';

export const chains: readonly Chain[] = [
  {
    node: 'asked-c',
    os,
    peer: {
      with: 'the oldest ways of telling everything',
      faults: {
        statusForm: 'Old',
        exitCodesLie: true,
        osReleaseQuotes: 'All',
        systemctlRefusesChroot: 'UnlessTold',
      },
    },
    switches: [
      {
        is: 'a masked updater',
        faults: { unit: 'Masked' },
        ...unsupported,
        reason: 'Masked',
        because: /^The image was built with update_engine masked/,
      },
      {
        is: 'no updater',
        faults: { unit: 'NotFound' },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image has no update_engine\.$/,
      },
      {
        is: 'the mask on the kernel command line',
        faults: { cmdlineMask: true },
        ...unsupported,
        reason: 'Masked',
        because: /^The image was built with update_engine masked/,
      },
      {
        is: 'a disabled updater',
        faults: { unit: 'Inactive' },
        ...unsupported,
        reason: 'UpdatesDisabled',
        because: /cos-update-strategy=update_enabled/,
      },
      {
        is: 'an updater that somebody has stopped',
        faults: { unit: 'Stopped' },
        ...unsupported,
        reason: 'UpdatesDisabled',
        because: /^update-engine\.service is not running; /,
      },
      {
        is: 'an updater that a condition keeps from starting',
        faults: { unit: 'ConditionFails' },
        ...unsupported,
        reason: 'StartCondition',
        because: /^update-engine\.service does not start because a condition of its unit does not hold; /,
      },
      {
        is: 'an updater that has failed',
        faults: { unit: 'Failed' },
        ...unknown,
        reason: 'UpdateEngineFailed',
        because: /^update-engine\.service has failed: /,
      },
      {
        is: 'an updater that Secure Boot stopped',
        faults: { unit: 'SecureBoot' },
        ...unsupported,
        reason: 'SecureBoot',
        because: /^This VM has booted with Secure Boot/,
      },
      {
        is: 'the release file of another system',
        faults: { releaseFile: 'OtherSystem' },
        ...unsupported,
        reason: 'NotThisOS',
        because: /^The host's release file names ubuntu, not cos\.$/,
      },
      {
        is: 'no release file',
        faults: { releaseFile: 'Missing' },
        ...unsupported,
        reason: 'NotThisOS',
        because: /^The host's release file names no system, not cos\.$/,
      },
      {
        is: 'a release file without a build number',
        faults: { releaseFile: 'NoBuild' },
        ...unsupported,
        reason: 'NoBuild',
        because: /^The host's release file has no BUILD_ID\.$/,
      },
      {
        is: 'the mark of Secure Boot',
        faults: { secureBoot: true },
        ...unsupported,
        reason: 'SecureBoot',
        because: /^This VM has booted with Secure Boot/,
      },
      {
        is: 'a systemctl that refuses',
        faults: { systemctlRefusesChroot: true },
        ...unknown,
        reason: 'NoUnitState',
        because: /^systemctl does not tell the state of update-engine\.service .*try hostCommand: Nsenter/,
      },
      {
        is: 'the label of GKE',
        labels: { [gke]: 'default' },
        ...unsupported,
        reason: 'ManagedByGKE',
        because: /^GKE manages this node and replaces it/,
      },
    ],
  },
  {
    node: 'staged-c',
    os,
    peer: {
      with: 'an updater that dies with the update staged, and forgets its version',
      faults: { daemonDies: { in: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', restartMs: 500 } },
    },
    switches: [
      {
        is: 'a download that breaks off',
        faults: { checkError: { code: 9, in: 'UPDATE_STATUS_DOWNLOADING' } },
        ...unchecked,
        because: triesAgain('update_engine failed: kDownloadTransferError'),
      },
      {
        is: 'a server that answers with an error',
        faults: { checkError: { code: 37 } },
        ...unchecked,
        because: triesAgain('update_engine failed: kOmahaErrorInHTTPResponse'),
      },
      {
        is: 'a server that cannot be found',
        faults: { checkError: { code: 58 } },
        ...unchecked,
        because: triesAgain('update_engine failed: kUnresolvedHostError'),
      },
      {
        is: 'an update that a policy ignores',
        faults: { checkError: { code: 35 } },
        ...unchecked,
        because: triesAgain('update_engine failed: kOmahaUpdateIgnoredPerPolicy'),
      },
      {
        is: 'a check that is refused',
        faults: { checkRefused: true },
        ...unknown,
        reason: 'UpdateEngineSilent',
        because: /^update_engine does not answer: exit code 1: /,
      },
      diesIn('UPDATE_STATUS_DOWNLOADING'),
      diesIn('UPDATE_STATUS_VERIFYING'),
      diesIn('UPDATE_STATUS_FINALIZING'),
      {
        is: 'a server that has nothing newer and calls that a success',
        faults: { noUpdateIsSuccess: true },
        host: { offers: [] },
        ...upToDate,
        reason: 'UpToDate',
        because:
          /^18613\.164\.4 was the newest at the last check; .*support of milestone 117 ends in 2026-09: /,
      },
      // The last one: from here on the update is staged.
      {
        is: 'a staged update of an older version that it does not take back',
        faults: { newVersionShown: '18613.150.1', resetRefused: true },
        state: 'Unknown',
        attempt: 'VetoRefused',
        because: triesAgain(
          '18613\\.150\\.1 is staged, which is not newer than 18613\\.164\\.4, and update_engine does not take it back',
        ),
      },
    ],
  },
  engineChain,
  {
    node: 'silent-c',
    os,
    spec: { containerOptimizedOS: { startUpdateEngine: true } },
    peer: { with: 'a stopped updater that the policy starts', faults: { unit: 'Inactive' } },
    switches: [
      {
        is: 'a status that never comes',
        faults: { statusHangs: true },
        ...unknown,
        reason: 'UpdateEngineSilent',
        because: /^update_engine does not answer: it did not answer in time/,
      },
      // It is back by the time that a later one needs it.
      {
        is: 'an updater that is gone for a while in the middle of a download',
        faults: {
          daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 40_000, times: 9 },
          daemonWaitMs: 10,
          phaseMs: { UPDATE_STATUS_DOWNLOADING: 2000 },
        },
        ...unknown,
        reason: 'UpdateEngineSilent',
        because: /^update_engine does not answer: exit code 1: .*ServiceUnknown/,
      },
      {
        is: 'an updater that does not start',
        faults: { unit: 'Inactive', startIneffective: true },
        ...unknown,
        reason: 'UpdateEngineNotStarted',
        because:
          /^update-engine\.service could not be started: systemctl said that it started, and it does not run\./,
      },
      {
        is: 'a check that a policy blocks',
        faults: { checkIgnored: true },
        ...unknown,
        reason: 'BlockedByPolicy',
        because: /^update_engine accepted the check and did nothing: a policy on the host blocks it/,
      },
      {
        is: 'a status on the wrong stream',
        faults: { statusOnStderr: true },
        ...unknown,
        reason: 'UpdateEngineSilent',
        because:
          /^update_engine does not answer: exit code 0: Querying Update Engine status\.\.\. CURRENT_OP=/,
      },
      {
        is: 'a status without its operation',
        faults: { statusWithout: ['CURRENT_OP'] },
        ...unknown,
        reason: 'UpdateEngineSilent',
        because: /^update_engine does not answer: exit code 0: Querying Update Engine status\.\.\.(;|$)/,
      },
    ],
  },
];

export const alone: readonly OddAlone[] = [
  {
    os,
    node: 'dies-c',
    with: 'an updater that dies while it downloads, once',
    faults: {
      daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 500 },
      phaseMs: { UPDATE_STATUS_DOWNLOADING: 2000 },
    },
  },
  {
    os,
    node: 'self-c',
    with: 'an updater that has updated by itself and says more than usual, and a reboot that says that it failed',
    faults: {
      selfUpdateMs: 100,
      statusWith: { SOMETHING_NEW: 'a=b' },
      osReleaseQuotes: 'Mixed',
      rebootExitLies: true,
    },
    spec: { containerOptimizedOS: { checkForUpdate: false } },
  },
];
