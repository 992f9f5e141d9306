/** What a Stage finds wrong with a simulated Bottlerocket, and what its node says of it. */
import type { Chain } from '../row.ts';
import { triesAgain, unknown } from '../row.ts';

const os = 'Bottlerocket';
const outdated = { state: 'Outdated', attempt: 'PrepareFailed' } as const;

export const staged: readonly Chain[] = [
  {
    node: 'staged-b',
    os,
    peer: {
      with: 'an updater that talks a lot, and a reboot call that takes its time',
      faults: {
        updogStderr: { bytes: 1_000_000, invalidUtf8: true },
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
      with: 'settings that take their time, an early end of idle connections, another partition to boot from, and another client that commits what is pending',
      faults: {
        renderMs: 300,
        idleCloseMs: 200,
        activeNotNext: true,
        otherClient: { after: 'refresh', does: 'commitDefault', times: 9 },
      },
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
      {
        is: 'a lock that lets nobody command',
        faults: { lockHeld: 'Shared' },
        ...unknown,
        reason: 'UpdaterBusy',
        because: /^The host was still busy with an update command at the end of the time for a refresh\./,
      },
    ],
  },
];
