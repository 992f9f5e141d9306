/** What each fault switch of the simulated host makes the tasks answer: one row a switch. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { TaskAnswer } from '../../../../src/api/task.ts';
import { type BottlerocketFaults, bottlerocketFaults } from '../../../lab/hosts/bottlerocket/faults.ts';
import type { FaultRow } from '../fault-row.ts';
import { aHost, pin, type World } from './lab-host.ts';

type Switch = keyof BottlerocketFaults;

const reboot = ({ run, order }: World): Promise<TaskAnswer> =>
  run('Reboot', { target: '1.26.1', order: order() });
const stage = ({ run }: World): Promise<TaskAnswer> => run('Stage');
const inspect = ({ run }: World): Promise<TaskAnswer> => run('Inspect');
const staged = async (): Promise<World> => {
  const world = await aHost();
  await world.run('Stage');
  return world;
};
const inspected = async (): Promise<World> => {
  const world = await aHost();
  await world.run('Inspect');
  return world;
};
const offered = { outcome: 'Done', message: 'Runs 1.26.0; 1.26.1 is offered' } as const;

const rows: Readonly<Record<Switch, FaultRow<World, BottlerocketFaults>>> = {
  rebootRefused: {
    faults: { rebootRefused: 'Operation inhibited by "backup"' },
    host: staged,
    act: reboot,
    want: {
      outcome: 'Failed',
      reason: 'RebootRefused',
      message:
        'The host refused to reboot (500: Failed to reboot, exit code: 1, stderr: Operation inhibited by "backup"). It was deactivated again.',
    },
  },
  rebootIgnored: {
    faults: { rebootIgnored: true },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 1.26.1 accepted.' },
    then: ({ machine }) => expect(machine.wantsReboot()).toBe(false),
  },
  rebootDelayMs: {
    faults: { rebootDelayMs: 300_000 },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 1.26.1 accepted.' },
  },
  rebootHangUp: {
    faults: { rebootHangUp: true },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 1.26.1 accepted.' },
    then: ({ machine }) => expect(machine.host.rebootCalls()).toHaveLength(1),
  },
  bootFallsBack: {
    faults: { bootFallsBack: true },
    host: staged,
    act: async (world) => {
      await reboot(world);
      await world.machine.boot();
      return inspect(world);
    },
    want: offered,
  },
  rebootCallMs: {
    faults: { rebootCallMs: 300 },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 1.26.1 accepted.' },
  },
  rebootCommandMissing: {
    faults: { rebootCommandMissing: true },
    host: staged,
    act: reboot,
    want: {
      outcome: 'Failed',
      reason: 'RebootRefused',
      message:
        /^The host refused to reboot \(500: Unable to start shutdown: .*\)\. It was deactivated again\.$/,
    },
  },
  lockHeld: {
    faults: { lockHeld: 'Exclusive' },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'UpdaterBusy',
      message: 'The host was busy with an update command all the time.',
    },
  },
  lockHeldMs: { faults: { lockHeldMs: 100 }, act: inspect, want: offered },
  lockFolderMissing: {
    faults: { lockFolderMissing: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'StatusUnreadable',
      message: /^The host does not tell the state of its updates \(500: Unable to open update lock file: /,
    },
  },
  statusFolderMissing: {
    faults: { statusFolderMissing: true },
    act: inspect,
    want: {
      outcome: 'Unsupported',
      reason: 'NoUpdater',
      message: /^The image seems to have no updater, .*: 500: Update dispatcher failed\.$/,
    },
  },
  statusFile: {
    faults: { statusFile: 'Damaged' },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'StatusUnreadable',
      message: 'The host does not tell the state of its updates (500: Update dispatcher failed).',
    },
  },
  updogFails: {
    faults: { updogFails: { commands: ['prepare'], exitCode: 1, stderr: 'no space left' } },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'PrepareFailed',
      message: 'prepare failed with exit status or signal 1: no space left',
    },
  },
  updogStderr: {
    faults: { updogStderr: { commands: ['refresh'], bytes: 1000, invalidUtf8: true } },
    act: inspect,
    want: offered,
  },
  noUpdog: {
    faults: { noUpdog: true },
    act: inspect,
    want: {
      outcome: 'Unsupported',
      reason: 'NoUpdater',
      message:
        /^The image seems to have no updater, .*: every refresh is accepted and none leaves a trace\.$/,
    },
  },
  noTbu: {
    faults: { noTbu: true },
    act: inspect,
    want: {
      outcome: 'Unsupported',
      reason: 'NoUpdater',
      message: /^The image seems to have no updater, .*: 500: Unable to start the update dispatcher: /,
    },
  },
  tbuKilled: {
    faults: { tbuKilled: { commands: ['refresh'], afterMs: 1 } },
    host: inspected,
    act: inspect,
    want: { outcome: 'Retry', reason: 'CommandLost', message: 'A refresh was accepted and left no trace.' },
  },
  whatsGarbage: {
    faults: { whatsGarbage: true },
    act: inspect,
    want: { outcome: 'Done', message: 'Runs 1.26.0; nothing newer is offered' },
  },
  staleChosenUpdate: {
    faults: { staleChosenUpdate: '1.26.2' },
    act: stage,
    want: { outcome: 'Done', message: '1.26.2 is staged.' },
  },
  noopPrepare: {
    faults: { noopPrepare: true },
    act: async (world) => {
      await stage(world);
      return reboot(world);
    },
    want: {
      outcome: 'Failed',
      reason: 'ActivateFailed',
      message:
        /^1\.26\.1 could not be activated: activate failed .*has not been marked valid for upgrade\. It is not activated\.$/,
    },
  },
  waveClosesBeforePrepare: {
    faults: { waveClosesBeforePrepare: true },
    act: async (world) => {
      await stage(world);
      return reboot(world);
    },
    want: {
      outcome: 'Failed',
      reason: 'ActivateFailed',
      message:
        /^1\.26\.1 could not be activated: activate failed .*has not been marked valid for upgrade\. It is not activated\.$/,
    },
  },
  imageTruncated: {
    faults: { imageTruncated: true },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'PrepareFailed',
      message: /^prepare failed with exit status or signal 1: .*Hash mismatch/,
    },
  },
  imageMissing: {
    faults: { imageMissing: true },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'PrepareFailed',
      message: /^prepare failed with exit status or signal 1: .*404 Not Found/,
    },
  },
  noMigrationPath: {
    faults: { noMigrationPath: true },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'PrepareFailed',
      message: /^prepare failed with exit status or signal 1: .*Reached end of migration chain at 1\.26\.0/,
    },
  },
  downloadMs: {
    faults: { downloadMs: 300 },
    act: stage,
    want: { outcome: 'Done', message: '1.26.1 is staged.' },
  },
  downloadBudgetMs: {
    faults: { downloadBudgetMs: 20, downloadMs: 100 },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'PrepareFailed',
      message: /^prepare failed with exit status or signal 1: .*operation timed out$/,
    },
  },
  repository: {
    faults: { repository: 'Expired' },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'RefreshFailed',
      message: 'refresh failed with exit status or signal 1: Metadata error: timestamp metadata is expired',
    },
  },
  releaseRecalled: {
    faults: { releaseRecalled: '1.26.1' },
    host: () => aHost({ version: '1.26.1' }),
    act: inspect,
    want: { outcome: 'Done', message: 'Runs 1.26.1; nothing newer is offered' },
  },
  waves: {
    faults: { waves: { '1.26.1': '2099-01-01T00:00:00Z' } },
    act: inspect,
    want: { outcome: 'Done', message: 'Runs 1.26.0; nothing newer is offered' },
  },
  serverRestart: {
    faults: { serverRestart: { how: 'Kill', afterMs: 0, downMs: 30_000, endsCommands: false } },
    act: async (world) => {
      await wait(50);
      return inspect(world);
    },
    want: {
      outcome: 'Retry',
      reason: 'SocketGone',
      message: /^The host's API server is not behind its socket \(GET \/os: .*ECONNREFUSED/,
    },
  },
  socketIsDirectory: {
    faults: {
      socketIsDirectory: true,
      serverRestart: { how: 'Stop', afterMs: 0, downMs: 10, endsCommands: false },
    },
    act: async (world) => {
      await wait(50);
      return inspect(world);
    },
    want: {
      outcome: 'Retry',
      reason: 'SocketGone',
      message: /^The host's API server is not behind its socket \(GET \/os: .*ECONNREFUSED/,
    },
  },
  idleCloseMs: {
    faults: { idleCloseMs: 1 },
    host: () => aHost({ faults: { idleCloseMs: 1 } }),
    act: inspect,
    want: offered,
  },
  earlyBoot: {
    faults: { earlyBoot: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'StillBooting',
      message: /^The host lists a newer version and chose none, and shows no settings/,
    },
  },
  datastoreGone: {
    faults: { datastoreGone: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'StillBooting',
      message: /^The host lists a newer version and chose none, and shows no settings/,
    },
  },
  lockedDown: {
    faults: { lockedDown: true },
    act: inspect,
    want: { outcome: 'Done', message: 'Runs 1.26.0; 1.26.1 is offered' },
  },
  noApplier: {
    faults: { noApplier: true },
    act: async (world) => {
      await pin(world.machine, '1.26.0');
      return inspect(world);
    },
    want: {
      outcome: 'Done',
      message: 'Runs 1.26.0; 1.26.1 is offered; its own setting version-lock says 1.26.0',
    },
  },
  renderMs: {
    faults: { renderMs: 100 },
    act: async (world) => {
      await pin(world.machine, '1.26.0');
      return inspect(world);
    },
    want: {
      outcome: 'Done',
      message: 'Runs 1.26.0; nothing newer is offered; its own setting version-lock says 1.26.0',
    },
  },
  templateBroken: {
    faults: { templateBroken: true },
    act: async (world) => {
      await pin(world.machine, '1.26.0');
      return inspect(world);
    },
    want: {
      outcome: 'Done',
      message: 'Runs 1.26.0; 1.26.1 is offered; its own setting version-lock says 1.26.0',
    },
  },
  osRelease: {
    faults: { osRelease: 'BadVersion' },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'ReleaseUnreadable',
      message: /^The host does not tell its version \(500: Unable to get OS release data: /,
    },
  },
  partitionTableBad: {
    faults: { partitionTableBad: true },
    act: inspect,
    want: {
      outcome: 'Unsupported',
      reason: 'NoUpdater',
      message: /^The image seems to have no updater, .*: 500: Update dispatcher failed\.$/,
    },
  },
  activeNotNext: {
    // Only the first status of a boot shows it, and nothing is activated then.
    faults: { activeNotNext: true },
    host: () => aHost({ faults: { activeNotNext: true } }),
    act: async (world) => {
      await stage(world);
      return reboot(world);
    },
    want: { outcome: 'Done', message: 'Reboot into 1.26.1 accepted.' },
  },
  otherClient: {
    faults: { otherClient: { after: 'activate', does: 'deactivate', times: 1 } },
    host: staged,
    act: reboot,
    want: {
      outcome: 'Failed',
      reason: 'ActivateFailed',
      message:
        '1.26.1 could not be activated: the command left no trace. The host does not show it as activated; any reboot may enter it all the same.',
    },
  },
};

describe('a fault of the host', () => {
  it('has a row for each switch', () => {
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(bottlerocketFaults.shape).toSorted());
  });

  it.each(Object.entries(rows))(
    '%s',
    async (name, row) => {
      expect(row.faults).toHaveProperty(name);
      const world = await (row.host ?? aHost)();
      world.machine.change({ faults: row.faults });
      const answer = await row.act(world);
      const { outcome, reason, message } = row.want;
      expect([answer.outcome, answer.reason]).toEqual([outcome, reason]);
      if (typeof message === 'string') expect(answer.message).toBe(message);
      else expect(answer.message).toMatch(message);
      row.then?.(world);
    },
    30_000,
  );
});
