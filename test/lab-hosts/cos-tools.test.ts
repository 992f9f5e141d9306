import { afterEach, describe, expect, it } from '@jest/globals';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../lab/process/until.ts';
import { aCosHost, type CosRig } from './cos-client.ts';

const client = 'update_engine_client';
const unit = 'update-engine.service';
const idle = 'UPDATE_STATUS_IDLE';

describe('the tools of a simulated COS host', () => {
  const rigs: CosRig[] = [];
  const aHost = async (given?: Record<string, unknown>): Promise<CosRig> => {
    const rig = await aCosHost(given);
    rigs.push(rig);
    return rig;
  };
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  });

  it.each([
    { args: ['--bogus'], exitCode: 64 },
    { args: ['--status=maybe'], exitCode: 65 },
    { args: ['--help'], exitCode: 0 },
    { args: ['--channel', 'stable'], exitCode: 1 },
    { args: ['--status', '--is_reboot_needed'], exitCode: 1 },
    { args: [], exitCode: 1 },
  ])('exits $exitCode for the flags $args', async ({ args, exitCode }) => {
    const { run } = await aHost();
    const result = await run(client, ...args);
    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
  });

  it('answers some questions on stderr', async () => {
    const { run } = await aHost();
    const { stdout, stderr } = await run(client, '--show_channel');
    expect([stdout, stderr]).toEqual(['', 'Current Channel: stable-channel\n']);
  });

  it('prints the old form of the status in its own order', async () => {
    const rig = await aHost({ faults: { statusForm: 'Old' } });
    const { stdout } = await rig.run(client, '--status');
    expect(stdout).toBe(
      `LAST_CHECKED_TIME=0\nPROGRESS=0.000000\nCURRENT_OP=${idle}\nNEW_VERSION=0.0.0.0\nNEW_SIZE=0\n`,
    );
    expect((await rig.run(client, '--last_attempt_error')).exitCode).toBe(64);
  });

  it.each([
    { faults: { reportedStatus: 9 }, key: 'CURRENT_OP', value: 'UPDATE_STATUS_DISABLED' },
    { faults: { reportedStatus: 'NEW_ONE' }, key: 'CURRENT_OP', value: 'NEW_ONE' },
    { faults: { statusWithout: ['PROGRESS'] }, key: 'PROGRESS', value: undefined },
    { faults: { statusWith: { SOMETHING: 'new' } }, key: 'SOMETHING', value: 'new' },
  ])('shows $key as $value with $faults', async ({ faults, key, value }) => {
    const rig = await aHost({ faults });
    expect((await rig.status()).get(key)).toBe(value);
  });

  it('prints the status where nobody looks, if told so', async () => {
    const { run } = await aHost({ faults: { statusOnStderr: true } });
    const { stdout, stderr } = await run(client, '--status');
    expect([stdout, stderr.includes(`CURRENT_OP=${idle}`)]).toEqual(['', true]);
  });

  it.each([
    { faults: {}, shows: 'loaded active yes tried' },
    { faults: { unit: 'Inactive' }, shows: 'loaded inactive no untried' },
    { faults: { unit: 'Stopped' }, shows: 'loaded inactive yes tried' },
    { faults: { unit: 'SecureBoot' }, shows: 'loaded inactive no tried' },
    { faults: { unit: 'ConditionFails' }, shows: 'loaded inactive no tried' },
    { faults: { secureBoot: true }, shows: 'loaded inactive no tried' },
    { faults: { unit: 'Masked' }, shows: 'masked inactive no untried' },
    { faults: { cmdlineMask: true }, shows: 'masked inactive no untried' },
    { faults: { unit: 'NotFound' }, shows: 'not-found inactive no untried' },
    { faults: { unit: 'Failed' }, shows: 'loaded failed yes tried' },
  ])('shows its unit as $shows with $faults', async ({ faults, shows }) => {
    const { run } = await aHost({ faults });
    const properties = 'LoadState,ActiveState,ConditionResult,ConditionTimestampMonotonic';
    const { stdout } = await run('systemctl', 'show', unit, '-p', properties, '--value');
    const [load, active, condition, time] = stdout.trim().split('\n');
    expect(`${load} ${active} ${condition} ${time === '0' ? 'untried' : 'tried'}`).toBe(shows);
  });

  it('marks Secure Boot and a masked unit where a task finds them', async () => {
    const { file, machine } = await aHost({ faults: { secureBoot: true, cmdlineMask: true } });
    await access(join(machine.root, 'mnt/stateful_partition/.secure_boot'));
    expect(await file('proc/cmdline')).toContain('systemd.mask=update-engine.service');
  });

  it.each([
    { releaseFile: 'Missing', reads: /^$/ },
    { releaseFile: 'OtherSystem', reads: /^ID=ubuntu$/m },
    { releaseFile: 'NoBuild', reads: /^(?![^]*BUILD_ID=)[^]*^ID=cos$/m },
  ])('has a release file that is $releaseFile as soon as it is told so', async ({ releaseFile, reads }) => {
    const rig = await aHost();
    expect(await rig.file('etc/os-release')).toMatch(/^ID=cos$[^]*^BUILD_ID=/m);
    rig.faults({ releaseFile });
    const readNow = (): Promise<string> => rig.file('etc/os-release').catch(() => '');
    await until(releaseFile, async () => (reads.test(await readNow()) ? true : undefined), {
      withinMs: 5000,
      everyMs: 5,
    });
    expect(await readNow()).toMatch(reads);
  });

  it.each([
    { faults: { unit: 'Inactive' }, exitCode: 0, active: 'active' },
    { faults: { unit: 'Inactive', startIneffective: true }, exitCode: 0, active: 'inactive' },
    { faults: { unit: 'SecureBoot' }, exitCode: 0, active: 'inactive' },
    { faults: { unit: 'Masked' }, exitCode: 1, active: 'inactive' },
    { faults: { unit: 'NotFound' }, exitCode: 5, active: 'inactive' },
  ])('is $active after a start that exits $exitCode with $faults', async ({ faults, exitCode, active }) => {
    const { run } = await aHost({ faults });
    expect((await run('systemctl', 'start', unit)).exitCode).toBe(exitCode);
    expect((await run('systemctl', 'is-active', 'update-engine')).stdout).toBe(`${active}\n`);
  });

  it('gives up on a daemon that is down only after its time', async () => {
    const { run } = await aHost({ faults: { unit: 'Inactive', daemonWaitMs: 200 } });
    const before = performance.now();
    expect((await run(client, '--status')).exitCode).toBe(1);
    expect(performance.now() - before).toBeGreaterThan(190);
    expect((await run(client, '--check_for_update')).exitCode).toBe(1);
    expect((await run(client, '--is_reboot_needed')).exitCode).toBe(1);
    expect((await run(client, '--prev_version')).exitCode).toBe(0);
  });

  it('ends well although it failed, if told so', async () => {
    const { run } = await aHost({ faults: { exitCodesLie: true, resetRefused: true } });
    expect((await run(client, '--reset_status')).exitCode).toBe(0);
  });

  it('hangs where the fault says so', async () => {
    const { run } = await aHost({ faults: { statusHangs: true } });
    expect((await run(client, '--status')).hang).toBe(true);
  });

  it.each([
    { faults: {}, exitCode: 0, hang: undefined, delays: [100], calls: 1 },
    { faults: { rebootDelayMs: 5000 }, exitCode: 0, hang: undefined, delays: [5000], calls: 1 },
    { faults: { rebootIgnored: true }, exitCode: 0, hang: undefined, delays: [], calls: 1 },
    { faults: { rebootRefused: 'inhibited' }, exitCode: 1, hang: undefined, delays: [], calls: 0 },
    { faults: { rebootHangUp: true }, exitCode: 0, hang: true, delays: [100], calls: 1 },
    { faults: { systemctlRefusesChroot: true }, exitCode: 0, hang: undefined, delays: [], calls: 0 },
    { faults: { rebootExitLies: true }, exitCode: 1, hang: undefined, delays: [100], calls: 1 },
  ])(
    'exits $exitCode from systemctl reboot with $faults',
    async ({ faults, exitCode, hang, delays, calls }) => {
      const { run, machine, host } = await aHost({ faults });
      const result = await run('systemctl', 'reboot');
      expect([result.exitCode, result.hang]).toEqual([exitCode, hang]);
      expect(machine.reboots).toEqual(delays);
      expect(host.rebootCalls()).toHaveLength(calls);
    },
  );

  it.each([
    { faults: {}, before: 'running', after: 'stopping' },
    { faults: { rebootExitLies: true }, before: 'running', after: 'stopping' },
    { faults: { rebootRefused: 'inhibited' }, before: 'running', after: 'running' },
    { faults: { rebootIgnored: true }, before: 'running', after: 'running' },
    { faults: { rebootDelayMs: 60_000 }, before: 'running', after: 'running' },
  ])(
    'is $before before a reboot call and $after after it with $faults',
    async ({ faults, before, after }) => {
      const { run } = await aHost({ faults });
      expect((await run('systemctl', 'is-system-running')).stdout).toBe(`${before}\n`);
      await run('systemctl', 'reboot');
      expect((await run('systemctl', 'is-system-running')).stdout).toBe(`${after}\n`);
    },
  );

  it.each([
    { refuses: 'UnlessTold', caller: {}, printed: false },
    { refuses: 'UnlessTold', caller: { env: { SYSTEMD_IGNORE_CHROOT: '1' } }, printed: true },
    { refuses: true, caller: { env: { SYSTEMD_IGNORE_CHROOT: '1' } }, printed: false },
    { refuses: 'UnlessTold', caller: { inChroot: false }, printed: true },
    { refuses: true, caller: { inChroot: false }, printed: true },
  ])(
    'shows a unit to a tool in a chroot: $printed, refusing $refuses, with $caller',
    async ({ refuses, caller, printed }) => {
      const { runWith } = await aHost({ faults: { systemctlRefusesChroot: refuses } });
      const { exitCode, stdout, stderr } = await runWith(caller, 'systemctl', 'show', unit);
      expect([exitCode, stdout !== '', stderr === '']).toEqual([0, printed, printed]);
    },
  );

  it('reboots through update_engine_client whether or not that is needed', async () => {
    const { run, machine } = await aHost();
    expect((await run(client, '--reboot')).exitCode).toBe(0);
    expect(machine.reboots).toEqual([100]);
  });

  it('tells the journal what it did, newest lines last', async () => {
    const rig = await aHost();
    await rig.check();
    const { stdout } = await rig.run('journalctl', '-u', unit, '-n', '1', '-o', 'cat', '--no-pager');
    expect(stdout).toBe('Update successfully applied, waiting to reboot.\n');
  });

  it('says something about a tool call that makes no sense, and goes on', async () => {
    const rig = await aHost();
    expect((await rig.run('rm', '-rf')).exitCode).toBe(127);
    await expect(rig.run()).rejects.toThrow(/JSON/);
    expect(rig.machine.lines.join()).toContain('host tool call failed');
    expect((await rig.status()).get('CURRENT_OP')).toBe(idle);
  });
});
