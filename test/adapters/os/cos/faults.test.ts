/** What each fault switch of the simulated host makes the tasks answer: one row a switch. */
import { describe, expect, it } from '@jest/globals';
import type { TaskAnswer } from '../../../../src/api/task.ts';
import { type CosFaults, cosFaults } from '../../../lab/hosts/cos/faults.ts';
import type { FaultRow } from '../fault-row.ts';
import { aHost, aRolledBackHost, type World } from './lab-host.ts';

type Switch = keyof CosFaults;

const running = '18613.164.98';
const newer = '18613.200.1';

const reboot = ({ run, order }: World): Promise<TaskAnswer> =>
  run('Reboot', { target: newer, order: order() });
const stage = ({ run }: World): Promise<TaskAnswer> => run('Stage');
const inspect = ({ run }: World): Promise<TaskAnswer> => run('Inspect');
const staged = async (): Promise<World> => {
  const world = await aHost();
  await world.run('Stage');
  return world;
};

/** Faults are switched on once the host is there, and was staged where the row says so. */
const rows: Readonly<Record<Switch, FaultRow<World, CosFaults>>> = {
  rebootRefused: {
    faults: { rebootRefused: { exitCode: 4, text: 'Operation inhibited by "backup"' } },
    host: staged,
    act: reboot,
    want: {
      outcome: 'Failed',
      reason: 'RebootRefused',
      message:
        'The host refused to reboot (exit code 4: Operation inhibited by "backup"). 18613.200.1 stays staged: any reboot enters it.',
    },
  },
  rebootIgnored: {
    faults: { rebootIgnored: true },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 18613.200.1 accepted.' },
    then: ({ machine }) => expect(machine.wantsReboot()).toBe(false),
  },
  rebootDelayMs: {
    faults: { rebootDelayMs: 300_000 },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 18613.200.1 accepted.' },
  },
  rebootHangUp: {
    faults: { rebootHangUp: true },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 18613.200.1 accepted.' },
    then: ({ machine }) => expect(machine.host.rebootCalls()).toHaveLength(1),
  },
  rebootExitLies: {
    faults: { rebootExitLies: true },
    host: staged,
    act: reboot,
    want: { outcome: 'Done', message: 'Reboot into 18613.200.1 accepted.' },
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
    want: { outcome: 'Done', message: `Runs ${running}; nothing is staged.` },
  },
  unit: {
    faults: { unit: 'Failed' },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'UpdateEngineFailed',
      message: 'update-engine.service has failed: Starting update_engine',
    },
  },
  secureBoot: {
    faults: { secureBoot: true },
    host: () => aHost({ secureBoot: true }),
    act: stage,
    want: {
      outcome: 'Unsupported',
      reason: 'SecureBoot',
      message:
        'This VM has booted with Secure Boot, which excludes in-place updates for good; replace the VM.',
    },
  },
  cmdlineMask: {
    faults: { cmdlineMask: true },
    act: stage,
    want: {
      outcome: 'Unsupported',
      reason: 'Masked',
      message: 'The image was built with update_engine masked; build it without disable-auto-update.',
    },
  },
  startIneffective: {
    faults: { startIneffective: true, unit: 'Inactive' },
    act: ({ run }) => run('Stage', { options: { startUpdateEngine: true } }),
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineNotStarted',
      message:
        'update-engine.service could not be started: systemctl said that it started, and it does not run.',
    },
  },
  daemonDies: {
    faults: {
      daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 20, times: 1 },
      phaseMs: { UPDATE_STATUS_DOWNLOADING: 300 },
    },
    act: stage,
    want: {
      outcome: 'Retry',
      reason: 'UpdateInterrupted',
      message: /^update_engine was interrupted: it is idle again without a result\. The end of its journal: /,
    },
  },
  checkIgnored: {
    faults: { checkIgnored: true },
    act: stage,
    want: {
      outcome: 'Retry',
      reason: 'BlockedByPolicy',
      message: /^update_engine accepted the check and did nothing: a policy on the host blocks it/,
    },
  },
  checkRefused: {
    faults: { checkRefused: true },
    act: stage,
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
      message:
        'update_engine does not answer: exit code 1: Error calling update_engine: org.chromium.UpdateEngine.Error.Failed',
    },
  },
  checkError: {
    faults: { checkError: { code: 37, in: 'UPDATE_STATUS_CHECKING_FOR_UPDATE' } },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'UpdateFailed',
      message: 'update_engine failed: kOmahaErrorInHTTPResponse.',
    },
  },
  noUpdateIsSuccess: {
    faults: { noUpdateIsSuccess: true },
    host: () => aHost({}, { offers: [] }),
    act: stage,
    want: {
      outcome: 'NothingToDo',
      reason: 'UpToDate',
      message: `${running} is the newest build of this milestone. As announced by 2026-04, support of milestone 117 ends in 2026-09: a newer milestone takes a new VM.`,
    },
  },
  phaseMs: {
    faults: { phaseMs: { UPDATE_STATUS_DOWNLOADING: 400 } },
    act: stage,
    want: { outcome: 'Done', reason: 'RebootRequired', message: `${newer} is staged; any reboot enters it.` },
    then: ({ log }) => expect(log.join('\n')).toContain('UPDATE_STATUS_DOWNLOADING'),
  },
  selfUpdateMs: {
    faults: { selfUpdateMs: 0 },
    act: async (world) => {
      let answer = await inspect(world);
      for (let looks = 0; answer.staged === undefined && looks < 500; looks += 1)
        answer = await inspect(world);
      return answer;
    },
    want: {
      outcome: 'Done',
      reason: 'RebootRequired',
      message: `Runs ${running}; ${newer} is staged, any reboot enters it.`,
    },
    then: ({ commands }) =>
      expect(commands.filter((line) => line.includes('--check_for_update'))).toEqual([]),
  },
  resetRefused: {
    faults: { resetRefused: true },
    host: aRolledBackHost,
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'VetoRefused',
      message:
        '18613.164.98 is staged, which is not newer than 18613.200.1, and update_engine does not take it back (exit code 1: Error resetting the update engine status.); any reboot enters it.',
    },
  },
  statusHangs: {
    faults: { statusHangs: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
      message: 'update_engine does not answer: it did not answer in time',
    },
  },
  statusForm: {
    faults: {
      statusForm: 'Old',
      checkError: { code: 60, in: 'UPDATE_STATUS_DOWNLOADING' },
      phaseMs: { UPDATE_STATUS_REPORTING_ERROR_EVENT: 200 },
    },
    act: stage,
    want: {
      outcome: 'Failed',
      reason: 'UpdateFailed',
      // The old client tells no error: the journal does.
      message:
        /^update_engine failed: it does not tell the error\. The end of its journal: [^]*error code 60$/,
    },
  },
  statusWithout: {
    faults: { statusWithout: ['CURRENT_OP'] },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
      message: /^update_engine does not answer: exit code 0: /,
    },
  },
  statusWith: {
    faults: { statusWith: { SOMETHING_NEW: 'a=b', Z: '' } },
    act: stage,
    want: { outcome: 'Done', reason: 'RebootRequired', message: `${newer} is staged; any reboot enters it.` },
  },
  statusOnStderr: {
    faults: { statusOnStderr: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
      message: /^update_engine does not answer: exit code 0: Querying Update Engine status\.\.\./,
    },
  },
  reportedStatus: {
    faults: { reportedStatus: 12 },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'UpdateDeferred',
      message: 'update_engine holds a finished update back.',
    },
  },
  newVersionShown: {
    faults: { newVersionShown: '' },
    host: staged,
    act: inspect,
    want: {
      outcome: 'Done',
      reason: 'RebootRequired',
      message: `Runs ${running}; ${running}+ is staged, any reboot enters it.`,
    },
  },
  exitCodesLie: {
    faults: { exitCodesLie: true, checkRefused: true },
    act: stage,
    want: {
      outcome: 'Retry',
      reason: 'BlockedByPolicy',
      message: /^update_engine accepted the check and did nothing/,
    },
  },
  daemonWaitMs: {
    // The program gives up by itself while systemd starts the daemon again.
    faults: {
      daemonWaitMs: 10,
      daemonDies: { in: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', restartMs: 60_000, times: 1 },
    },
    act: stage,
    want: {
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
      message:
        'update_engine does not answer: exit code 1: Error calling update_engine: org.freedesktop.DBus.Error.ServiceUnknown',
    },
  },
  releaseFile: {
    faults: { releaseFile: 'OtherSystem' },
    host: () => aHost({ releaseFile: 'OtherSystem' }),
    act: inspect,
    want: {
      outcome: 'Unsupported',
      reason: 'NotThisOS',
      message: "The host's release file names ubuntu, not cos.",
    },
  },
  osReleaseQuotes: {
    faults: { osReleaseQuotes: 'All' },
    host: () => aHost({ osReleaseQuotes: 'All' }),
    act: inspect,
    want: { outcome: 'Done', message: `Runs ${running}; nothing is staged.` },
  },
  systemctlRefusesChroot: {
    faults: { systemctlRefusesChroot: true },
    act: inspect,
    want: {
      outcome: 'Retry',
      reason: 'NoUnitState',
      message:
        "systemctl does not tell the state of update-engine.service (exit code 0: Running in chroot, ignoring command 'show'); if it stays so, try hostCommand: Nsenter.",
    },
  },
};

describe('a fault of the host', () => {
  it('has a row for each switch', () => {
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(cosFaults.shape).toSorted());
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
