/** What an Inspect finds wrong with a simulated Bottlerocket, and what its node says of it. */
import type { Chain } from '../row.ts';
import { unknown, unsupported, upToDate } from '../row.ts';

/** Put on nodes by people: the Bottlerocket update operator manages them. */
export const otherOperator = 'bottlerocket.aws/updater-interface-version';

const os = 'Bottlerocket';

export const asked: readonly Chain[] = [
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
    peer: {
      with: 'a lock that is free after a while, settings that come late, and another client that asks too',
      faults: { lockHeldMs: 3000, earlyBoot: 15_000, otherClient: { after: 'refresh', does: 'refresh' } },
    },
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
          /^1\.25\.0 is the newest that the node is offered; 1\.26\.1 exists, its wave reaches this node by \S+Z if its repository keeps the default waves \(spec\.bottlerocket\.ignoreWaves\)$/,
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
    peer: {
      with: 'settings that nobody may read, and a name of its own',
      faults: { lockedDown: true },
      host: { brand: 'Acme OS' },
      labels: { 'containeros.dev/os': os },
    },
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
    node: 'asked-b4',
    os,
    peer: {
      with: 'a release whose waves are over, and another client that stages it',
      faults: {
        waves: { '1.26.1': { 20: '2020-01-01T01:00:00Z', 1843: '2020-01-07T00:00:00Z' } },
        otherClient: { after: 'refresh', does: 'prepare' },
      },
    },
    switches: [
      {
        is: 'a status file with a state that nobody knows',
        faults: { statusFile: 'UnknownState' },
        ...unknown,
        reason: 'StatusUnreadable',
        because: /^The host does not tell the state of its updates \(500: Update dispatcher failed\)\./,
      },
      {
        is: 'a repository that forbids',
        faults: { repository: 'Forbidden' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*403 Forbidden/,
      },
      {
        is: 'a release file without a version',
        faults: { osRelease: 'NoVersion' },
        ...unknown,
        reason: 'ReleaseUnreadable',
        because: /^The host does not tell its version \(500: .*: missing value for field version_id\)\./,
      },
      {
        is: 'a repository that hangs up',
        faults: { repository: 'Reset' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*Connection reset by peer/,
      },
      {
        is: 'a release file with half a version',
        faults: { osRelease: 'BadVersion' },
        ...unknown,
        reason: 'ReleaseUnreadable',
        because: /^The host does not tell its version \(500: .*: unexpected end of input while parsing/,
      },
      {
        is: 'a repository that is wrongly signed',
        faults: { repository: 'BadSignature' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*Signature threshold of 1 not met/,
      },
      {
        is: 'a repository that is not there',
        faults: { repository: 'NotFound' },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 1: .*404 Not Found/,
      },
      // The last one: each look at its status takes two seconds until the next command has ended.
      {
        is: 'an updater that says three megabytes before its error',
        faults: {
          updogFails: { commands: ['refresh'], signal: 15, stderr: 'no route to the repository' },
          updogStderr: { commands: ['refresh'], bytes: 3_000_000 },
        },
        ...unknown,
        reason: 'RefreshFailed',
        because: /^refresh failed with exit status or signal 15: x{700,}no route to the repository(;|$)/,
      },
    ],
  },
];
