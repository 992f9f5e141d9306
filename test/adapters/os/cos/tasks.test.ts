/** The tasks against a simulated host. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createCosHost } from '../../../../src/adapters/os/cos/host.ts';
import { createCosTasks } from '../../../../src/adapters/os/cos/tasks.ts';
import { fastTime } from '../fast-time.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';
import { createRunner, type TaskRunner } from '../run-tasks.ts';
import { socketCommand } from './socket-command.ts';

const factor = 40;
const machines: LabMachine[] = [];
let folder: string;
let hostTool: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cos-'));
  hostTool = join(folder, 'tool');
  // Nobody starts it here.
  await writeFile(hostTool, '');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

interface World extends TaskRunner {
  readonly machine: LabMachine;
  /** Argument lists of every program that was run. */
  readonly commands: string[];
}

const quick = { refreshMs: 20, prepareMs: 100, activateMs: 10 };

async function aHost(faults: Readonly<Record<string, unknown>> = {}, parts = {}): Promise<World> {
  const machine = await startLabMachine(
    {
      os: 'ContainerOptimizedOS',
      version: '18613.164.98',
      offers: ['18613.164.98', '18613.200.1', '18613.199.9', '19000.1.1'],
      timings: quick,
      faults,
      ...parts,
    },
    { hostTool },
  );
  machines.push(machine);
  const commands: string[] = [];
  const command = socketCommand(machine.root, factor);
  const runner = createRunner({
    os: 'ContainerOptimizedOS',
    tasks: createCosTasks({
      open: (how) => ({
        ...createCosHost(machine.root, how),
        command: {
          run: (program, args, timeout) => {
            commands.push([program, ...args].join(' '));
            return command.run(program, args, timeout);
          },
        },
      }),
    }),
    time: fastTime(factor),
    bootID: machine.bootID,
  });
  return { ...runner, machine, commands };
}

const unusable: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ['the mark of Secure Boot', { secureBoot: true }, { outcome: 'Unsupported', reason: 'SecureBoot' }],
  ['a unit stopped by Secure Boot', { unit: 'SecureBoot' }, { outcome: 'Unsupported', reason: 'SecureBoot' }],
  ['a masked unit', { unit: 'Masked' }, { outcome: 'Unsupported', reason: 'Masked' }],
  ['a mask on the kernel command line', { cmdlineMask: true }, { outcome: 'Unsupported', reason: 'Masked' }],
  ['no unit', { unit: 'NotFound' }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
  ['a stopped unit', { unit: 'Inactive' }, { outcome: 'Unsupported', reason: 'UpdatesDisabled' }],
  ['a failed unit', { unit: 'Failed' }, { outcome: 'Failed', reason: 'UpdateEngineFailed' }],
];

describe('Inspect', () => {
  it.each(['Mixed', 'All', 'None'])(
    'answers build and milestone, with quotes %s',
    async (osReleaseQuotes) => {
      const { run } = await aHost({ osReleaseQuotes });
      const answer = await run('Inspect');
      expect(answer).toMatchObject({ outcome: 'Done', version: '18613.164.98', variant: 'cos-117' });
      expect(answer).not.toHaveProperty('staged');
      expect(answer).not.toHaveProperty('available');
    },
  );

  it('never asks for a check, which would install what it finds', async () => {
    const { run, commands } = await aHost();
    await run('Inspect');
    expect(commands.some((line) => line.includes('check'))).toBe(false);
    expect((await run('Inspect')).staged).toBeUndefined();
  });

  it.each(['Old', 'New'])('answers what is staged from the %s form of the status', async (statusForm) => {
    const { run } = await aHost({ statusForm });
    await run('Stage');
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '18613.200.1' });
  });

  it.each(['', '0.0.0.0'])(
    'says that something newer is staged when the daemon shows the version as "%s"',
    async (newVersionShown) => {
      const { run, machine } = await aHost();
      await run('Stage');
      machine.change({ faults: { newVersionShown } });
      expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '18613.164.98+' });
    },
  );

  it('waits for nothing while the host updates itself', async () => {
    const { run } = await aHost({ reportedStatus: 'UPDATE_STATUS_DOWNLOADING' });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer.message).toContain('UPDATE_STATUS_DOWNLOADING');
  });

  it('does not start a stopped unit, which a Stage may', async () => {
    const { run, commands } = await aHost({ unit: 'Inactive' });
    const answer = await run('Inspect', { options: { startUpdateEngine: true } });
    expect(answer).toMatchObject({ outcome: 'Done', version: '18613.164.98' });
    expect(commands.some((line) => line.includes(' start '))).toBe(false);
  });

  it.each(unusable)('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Inspect')).toMatchObject({ version: '18613.164.98', ...want });
  });

  it.each([
    ['a status that hangs', { statusHangs: true }, 'UpdateEngineSilent'],
    ['a status without its operation', { statusWithout: ['CURRENT_OP'] }, 'UpdateEngineSilent'],
    ['a rollback', { reportedStatus: 'UPDATE_STATUS_ATTEMPTING_ROLLBACK' }, 'RollingBack'],
    ['updates disabled', { reportedStatus: 'UPDATE_STATUS_DISABLED' }, 'UpdatesBlocked'],
    [
      'a permission missing',
      { reportedStatus: 'UPDATE_STATUS_NEED_PERMISSION_TO_UPDATE' },
      'PermissionNeeded',
    ],
    ['a deferred update', { reportedStatus: 'UPDATE_STATUS_UPDATED_BUT_DEFERRED' }, 'UpdateDeferred'],
    ['a clean-up', { reportedStatus: 'UPDATE_STATUS_CLEANUP_PREVIOUS_UPDATE' }, 'CleaningUp'],
    ['an unknown status', { reportedStatus: 'UPDATE_STATUS_THIRTEEN' }, 'UnknownStatus'],
  ])('on a host with %s asks to be repeated', async (_name, faults, reason) => {
    const { run } = await aHost(faults);
    expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason, version: '18613.164.98' });
  });

  it('refuses options that it does not know', async () => {
    const { run } = await aHost();
    expect(await run('Inspect', { options: { hostCommand: 'Shell' } })).toMatchObject({
      outcome: 'Failed',
      reason: 'BadOptions',
    });
  });
});

describe('Stage', () => {
  it.each(['Old', 'New'])(
    'installs the newest build of the milestone, status in the %s form',
    async (statusForm) => {
      const { run } = await aHost({ statusForm });
      expect(await run('Stage')).toMatchObject({
        outcome: 'Done',
        version: '18613.164.98',
        staged: '18613.200.1',
      });
    },
  );

  it.each(['Old', 'New'])(
    'has nothing to do on the newest build, status in the %s form',
    async (statusForm) => {
      const { run } = await aHost({ statusForm }, { offers: ['18613.164.98'] });
      expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo' });
    },
  );

  it('has nothing to do when "no update" is reported as success', async () => {
    const { run } = await aHost({ noUpdateIsSuccess: true }, { offers: [] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo' });
  });

  it('asks for no check where the policy says so', async () => {
    const { run, commands } = await aHost();
    expect(await run('Stage', { options: { checkForUpdate: false } })).toMatchObject({
      outcome: 'NothingToDo',
    });
    expect(commands.some((line) => line.includes('check'))).toBe(false);
  });

  it('takes what the host staged by itself', async () => {
    const { run } = await aHost();
    await run('Stage');
    expect(await run('Stage', { options: { checkForUpdate: false } })).toMatchObject({
      outcome: 'Done',
      staged: '18613.200.1',
    });
  });

  it('starts a stopped unit where the policy says so', async () => {
    const { run } = await aHost({ unit: 'Inactive' });
    expect(await run('Stage', { options: { startUpdateEngine: true } })).toMatchObject({
      outcome: 'Done',
      staged: '18613.200.1',
    });
  });

  it('does not believe that a unit was started which is not running', async () => {
    const { run } = await aHost({ unit: 'Inactive', startIneffective: true });
    expect(await run('Stage', { options: { startUpdateEngine: true } })).toMatchObject({
      outcome: 'Retry',
      reason: 'UpdateEngineNotStarted',
    });
  });

  it('remembers the version that a restarted daemon forgot', async () => {
    const { run } = await aHost({ daemonDies: { in: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', restartMs: 20 } });
    const answer = await run('Stage');
    expect(answer.outcome).toBe('Done');
    expect(['18613.200.1', '18613.164.98+']).toContain(answer.staged);
  });

  it.each(unusable)('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Stage')).toMatchObject(want);
  });

  it.each([
    [
      'a check that is accepted and ignored',
      { checkIgnored: true },
      { outcome: 'Retry', reason: 'BlockedByPolicy' },
    ],
    ['a check that is refused', { checkRefused: true }, { outcome: 'Retry', reason: 'UpdateEngineSilent' }],
    [
      'an unresolved update server',
      { checkError: { code: 58 } },
      { outcome: 'Failed', reason: 'UpdateFailed', message: expect.stringContaining('kUnresolvedHostError') },
    ],
    [
      'a broken download that only the journal explains',
      {
        checkError: { code: 9, in: 'UPDATE_STATUS_DOWNLOADING' },
        statusForm: 'Old',
        phaseMs: { UPDATE_STATUS_REPORTING_ERROR_EVENT: 200 },
      },
      { outcome: 'Failed', reason: 'UpdateFailed', message: expect.stringContaining('error code 9') },
    ],
    [
      'an error that never passes',
      { reportedStatus: 'UPDATE_STATUS_REPORTING_ERROR_EVENT' },
      { outcome: 'Failed', reason: 'UpdateFailed' },
    ],
    [
      'a daemon that dies in the download',
      {
        daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 20 },
        phaseMs: { UPDATE_STATUS_DOWNLOADING: 300 },
      },
      { outcome: 'Retry', reason: 'UpdateInterrupted' },
    ],
    [
      'a daemon that never answers',
      { statusHangs: true },
      { outcome: 'Retry', reason: 'UpdateEngineSilent' },
    ],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Stage')).toMatchObject(want);
  });
});

describe('Reboot', () => {
  async function aStagedHost(faults: Readonly<Record<string, unknown>> = {}): Promise<World> {
    const world = await aHost();
    await world.run('Stage');
    world.machine.change({ faults });
    return world;
  }

  it('reboots into what is staged', async () => {
    const { run, order, machine } = await aStagedHost();
    expect(await run('Reboot', { target: '18613.200.1', order: order() })).toMatchObject({ outcome: 'Done' });
    expect(machine.wantsReboot()).toBe(true);
    await machine.boot();
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', version: '18613.200.1' });
  });

  it.each([['18613.164.98+'], [undefined]])(
    'needs no number of what is staged (target %s)',
    async (target) => {
      const { run, order, machine } = await aStagedHost({ newVersionShown: '0.0.0.0' });
      const request = { order: order(), ...(target === undefined ? {} : { target }) };
      expect(await run('Reboot', request)).toMatchObject({ outcome: 'Done' });
      expect(machine.wantsReboot()).toBe(true);
    },
  );

  it('refuses when nothing is staged', async () => {
    const { run, order, machine } = await aHost();
    expect(await run('Reboot', { order: order() })).toMatchObject({ outcome: 'Failed', reason: 'NotStaged' });
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it('refuses when something else is staged', async () => {
    const { run, order, machine } = await aStagedHost();
    const answer = await run('Reboot', { target: '18613.199.9', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'NotStaged', staged: '18613.200.1' });
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it('says that a refused reboot leaves it staged', async () => {
    const { run, order } = await aStagedHost({ rebootRefused: 'Access denied' });
    const answer = await run('Reboot', { order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused', staged: '18613.200.1' });
    expect(answer.message).toContain('Access denied');
    expect(answer.message).toContain('stays staged');
  });

  it('does not answer for the machine when systemctl does not come back', async () => {
    const { run, order, machine } = await aStagedHost({ rebootHangUp: true });
    expect(await run('Reboot', { order: order() })).toMatchObject({ outcome: 'Done' });
    expect(machine.host.rebootCalls()).toHaveLength(1);
  });

  it.each([
    ['the boot is not the ordered one', { bootID: 'another-boot' }, 'WrongBoot'],
    ['the order has run out', { notAfter: '2020-01-01T00:00:00Z' }, 'OrderVoid'],
  ])('does nothing when %s', async (_name, parts, reason) => {
    const { run, order, machine } = await aStagedHost();
    expect(await run('Reboot', { order: { ...order(), ...parts } })).toMatchObject({
      outcome: 'Failed',
      reason,
    });
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it('answers Retry when the daemon is silent', async () => {
    const { run, order, machine } = await aStagedHost({ statusHangs: true });
    expect(await run('Reboot', { order: order() })).toMatchObject({
      outcome: 'Retry',
      reason: 'UpdateEngineSilent',
    });
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });
});
