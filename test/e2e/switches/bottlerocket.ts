/** The switches of the simulated Bottlerocket, each with what its node says of it. */
import type { Chain, Spent } from './row.ts';
import { triesAgain, unknown, unsupported, upToDate } from './row.ts';

export const otherOperator = 'bottlerocket.aws/updater-interface-version';

const os = 'Bottlerocket';
const outdated = { state: 'Outdated', attempt: 'PrepareFailed' } as const;

export const chains: readonly Chain[] = [
  {
    node: 'asked-b1',
    os,
    peer: {
      with: 'another client that activates what was staged',
      faults: { otherClient: { after: 'prepare', does: 'activate' } },
    },
    switches: [
      {
        is: 'a partition table that cannot be read',
        faults: { partitionTableBad: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*: 500: Update dispatcher failed\.$/,
      },
      {
        is: 'no dispatcher',
        faults: { noTbu: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*: 500: Unable to start the update dispatcher: /,
      },
      {
        is: 'no folder for the status',
        faults: { statusFolderMissing: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*: 500: Update dispatcher failed\.$/,
      },
      {
        is: 'no updater',
        faults: { noUpdog: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*none leaves a trace/,
      },
      {
        is: 'a repository that has expired',
        faults: { repository: 'Expired' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*expired/i,
      },
      {
        is: 'an updater that says nothing about what there is',
        faults: { whatsGarbage: true },
        ...upToDate,
        because: /^1\.25\.0 is the newest that the node is offered(;|$)/,
      },
      {
        is: 'a repository that is down',
        faults: { repository: 'Unavailable' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*503/,
      },
      {
        is: 'a repository of another variant',
        faults: { repository: 'OtherVariantOnly' },
        ...upToDate,
        because: /^1\.25\.0 is the newest that the node is offered(;|$)/,
      },
      {
        is: 'the label of another operator',
        labels: { [otherOperator]: '2.0.0' },
        ...unsupported,
        reason: 'ManagedElsewhere',
        because: /^its label bottlerocket\.aws\/updater-interface-version says/,
      },
    ],
  },
  {
    node: 'asked-b2',
    os,
    peer: { with: 'a lock that is free after a while', faults: { lockHeldMs: 3000 } },
    switches: [
      {
        is: 'settings that are not in force',
        faults: { earlyBoot: true },
        ...unknown,
        reason: 'StillBooting',
        because: /^The host lists a newer version and chose none, and shows no settings/,
      },
      {
        is: 'a damaged status file',
        faults: { statusFile: 'Damaged' },
        ...unknown,
        reason: 'StatusUnreadable',
        because: /^The host does not tell the state of its updates \(500: /,
      },
      {
        is: 'no datastore',
        faults: { datastoreGone: true },
        ...unknown,
        reason: 'StillBooting',
        because: /^The host lists a newer version and chose none, and shows no settings/,
      },
      {
        is: 'no folder for the lock',
        faults: { lockFolderMissing: true },
        ...unknown,
        reason: 'StatusUnreadable',
        because: /^The host does not tell the state of its updates \(500: Unable to open update lock file/,
      },
      {
        is: 'a wave that has not come',
        faults: { waves: { '1.26.1': '2099-01-01T00:00:00Z' } },
        ...upToDate,
        because:
          /^1\.25\.0 is the newest that the node is offered; 1\.26\.1 exists, .*: its wave had not come/,
      },
      {
        is: 'no release file',
        faults: { osRelease: 'Missing' },
        ...unknown,
        reason: 'ReleaseUnreadable',
        because: /^The host does not tell its version \(500: /,
      },
    ],
  },
  {
    node: 'asked-b3',
    os,
    peer: { with: 'settings that nobody may read', faults: { lockedDown: true } },
    switches: [
      {
        is: 'a newer release that was recalled',
        faults: { releaseRecalled: '1.25.0' },
        ...upToDate,
        because: /^1\.25\.0 is the newest that the node is offered(;|$)/,
      },
      {
        is: 'a dispatcher that is killed each time',
        faults: { tbuKilled: { commands: ['refresh'], afterMs: 1 } },
        ...unknown,
        reason: 'CommandLost',
        because: /^A refresh was accepted and left no trace\./,
      },
      {
        is: 'a lock that is never free',
        faults: { lockHeld: 'Exclusive' },
        ...unknown,
        reason: 'UpdaterBusy',
        because: /^The host was busy with an update command all the time\./,
      },
      {
        is: 'a folder in the place of its socket',
        faults: { socketIsDirectory: true },
        ...unknown,
        reason: 'MissingSocket',
        because: /^the socket \/run\/api\.sock is not there on the node/,
      },
    ],
  },
  {
    node: 'staged-b',
    os,
    peer: {
      with: 'an updater that talks a lot, and a reboot call that takes its time',
      faults: {
        updogStderr: { commands: ['refresh', 'prepare'], bytes: 1_000_000, invalidUtf8: true },
        rebootCallMs: 2000,
      },
    },
    switches: [
      {
        is: 'an updater that fails',
        faults: { updogFails: { commands: ['prepare'], exitCode: 3, stderr: 'no space' } },
        ...outdated,
        because: triesAgain('prepare failed with exit status or signal 3: no space'),
      },
      {
        is: 'an updater that is killed',
        faults: { updogFails: { commands: ['prepare'], signal: 9 } },
        ...outdated,
        because: triesAgain('prepare failed with exit status or signal 9: '),
      },
      {
        is: 'an image that is cut off',
        faults: { imageTruncated: true },
        ...outdated,
        because: triesAgain('prepare failed .*Hash mismatch'),
      },
      {
        is: 'an image that is missing',
        faults: { imageMissing: true },
        ...outdated,
        because: triesAgain('prepare failed .*404 Not Found'),
      },
      {
        is: 'no migration path',
        faults: { noMigrationPath: true },
        ...outdated,
        because: triesAgain('prepare failed .*end of migration chain'),
      },
      {
        is: 'a download that takes too long',
        faults: { downloadMs: 2000, downloadBudgetMs: 300 },
        ...outdated,
        because: triesAgain('prepare failed .*operation timed out'),
      },
    ],
  },
  {
    node: 'pinned-b',
    os,
    spec: { target: { version: '1.26.1' } },
    peer: {
      with: 'settings that take their time, an early end of idle connections, and another partition to boot from',
      faults: { renderMs: 300, idleCloseMs: 200, activeNotNext: true },
    },
    switches: [
      {
        is: 'no program that puts settings in force',
        faults: { noApplier: true },
        state: 'Outdated',
        reason: 'SettingsNotApplied',
        because: /^The host took its new update settings and could not put them in force \(500: /,
      },
      {
        is: 'settings that never get to its updater',
        faults: { templateBroken: true },
        host: { offers: ['1.26.1', '1.26.2'] },
        state: 'Outdated',
        reason: 'NotOffered',
        because: /^1\.26\.1 is not offered to it/,
      },
    ],
  },
];

export const spent: readonly Spent[] = [
  {
    node: 'activates-not',
    faults: { updogFails: { commands: ['activate'], stderr: 'no such partition' } },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: activate failed .*no such partition\. /,
    reboots: 0,
  },
  {
    node: 'staged-nothing',
    faults: { noopPrepare: true },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: .*has not been marked valid for upgrade/,
    reboots: 0,
  },
  {
    node: 'wave-closed',
    faults: { waveClosesBeforePrepare: true },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: .*has not been marked valid for upgrade/,
    reboots: 0,
  },
  {
    node: 'reboots-not',
    faults: { rebootCommandMissing: true },
    reason: 'RebootRefused',
    says: /^The host refused to reboot \(500: /,
    reboots: 0,
  },
  {
    node: 'other-name',
    faults: { staleChosenUpdate: '1.26.2' },
    reason: 'OtherVersion',
    says: /^it came back on 1\.26\.1 instead of 1\.26\.2$/,
    reboots: 1,
  },
];
