import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { aCosHost, type CosRig } from './cos-client.ts';

const client = 'update_engine_client';
const unit = 'update-engine.service';
const idle = 'UPDATE_STATUS_IDLE';
const needReboot = 'UPDATE_STATUS_UPDATED_NEED_REBOOT';

describe('a simulated COS host', () => {
  const rigs: CosRig[] = [];
  const aHost = async (given?: Record<string, unknown>): Promise<CosRig> => {
    const rig = await aCosHost(given);
    rigs.push(rig);
    return rig;
  };
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  });

  it('names no version in its identity, and its build in os-release', async () => {
    const { host, file } = await aHost();
    expect(host.identity()).toEqual({
      osImage: 'Container-Optimized OS from Google',
      kernelVersion: '6.6.72+',
      containerRuntimeVersion: 'containerd://2.0.5',
      architecture: 'amd64',
    });
    const release = await file('etc/os-release');
    expect(release).toContain('ID=cos\n');
    expect(release).toContain('VERSION_ID=117\nBUILD_ID=18613.164.98\n');
    expect(await file('proc/sys/kernel/random/boot_id')).toBe('boot-1\n');
  });

  it.each([
    { quotes: 'Mixed', name: 'NAME="Container-Optimized OS"', id: 'ID=cos' },
    { quotes: 'All', name: 'NAME="Container-Optimized OS"', id: 'ID="cos"' },
    { quotes: 'None', name: 'NAME=Container-Optimized OS', id: 'ID=cos' },
  ])('quotes os-release $quotes', async ({ quotes, name, id }) => {
    const { file } = await aHost({ faults: { osReleaseQuotes: quotes } });
    expect((await file('etc/os-release')).split('\n')).toEqual(expect.arrayContaining([name, id]));
  });

  it('goes through all phases of an update after a check that returns at once', async () => {
    const rig = await aHost({ timings: { refreshMs: 80, prepareMs: 800, activateMs: 80 } });
    expect((await rig.run(client, '--is_reboot_needed')).exitCode).toBe(2);
    expect((await rig.run(client, '--check_for_update')).exitCode).toBe(0);
    expect(await rig.reach('UPDATED_NEED_REBOOT')).toEqual([
      'CHECKING_FOR_UPDATE',
      'UPDATE_AVAILABLE',
      'DOWNLOADING',
      'VERIFYING',
      'FINALIZING',
      'UPDATED_NEED_REBOOT',
    ]);
    expect((await rig.status()).get('NEW_VERSION')).toBe('18613.200.3');
    expect((await rig.run(client, '--is_reboot_needed')).exitCode).toBe(0);
  });

  it('stays in its milestone', async () => {
    const rig = await aHost({ offers: ['18867.1.1', '18244.1.1', '18613.164.97'] });
    const status = await rig.check();
    expect([status.get('CURRENT_OP'), status.get('LAST_ATTEMPT_ERROR')]).toEqual([
      idle,
      'ErrorCode::kNoUpdate',
    ]);
    expect((await rig.run(client, '--last_attempt_error')).stdout).toBe(
      'ERROR_CODE=53\nERROR_MESSAGE=ErrorCode::kNoUpdate\n',
    );
  });

  it('shows progress between 0 and 1 while it downloads', async () => {
    const rig = await aHost({ faults: { phaseMs: { UPDATE_STATUS_DOWNLOADING: 20_000 } } });
    await rig.run(client, '--check_for_update');
    await rig.reach('DOWNLOADING');
    await sleep(600);
    const progress = Number((await rig.status()).get('PROGRESS'));
    expect(progress).toBeGreaterThan(0);
    expect(progress).toBeLessThan(1);
  });

  it('moves the time of the last check with every answer of the server', async () => {
    const rig = await aHost({ offers: [] });
    const times = [Number((await rig.status()).get('LAST_CHECKED_TIME'))];
    for (let i = 0; i < 3; i += 1) times.push(Number((await rig.check()).get('LAST_CHECKED_TIME')));
    expect(times[0]).toBe(0);
    expect(new Set(times).size).toBe(4);
  });

  it('enters a staged build at any boot, and is idle then', async () => {
    const rig = await aHost();
    await rig.check();
    await rig.machine.powerCycle();
    expect(await rig.file('etc/os-release')).toContain('BUILD_ID=18613.200.3\n');
    expect((await rig.status()).get('CURRENT_OP')).toBe(idle);
    expect((await rig.check()).get('CURRENT_OP')).toBe(idle);
  });

  it('takes a staged build back', async () => {
    const rig = await aHost();
    await rig.check();
    expect((await rig.run(client, '--reset_status')).exitCode).toBe(0);
    expect((await rig.status()).get('CURRENT_OP')).toBe(idle);
    await rig.machine.powerCycle();
    expect(await rig.file('etc/os-release')).toContain('BUILD_ID=18613.164.98\n');
  });

  it('does not take back what is still being downloaded', async () => {
    const rig = await aHost({ faults: { phaseMs: { UPDATE_STATUS_DOWNLOADING: 2000 } } });
    await rig.run(client, '--check_for_update');
    await rig.reach('DOWNLOADING');
    expect((await rig.run(client, '--reset_status')).exitCode).toBe(1);
  });

  it('keeps a staged build when taking it back is refused', async () => {
    const rig = await aHost({ faults: { resetRefused: true } });
    await rig.check();
    expect((await rig.run(client, '--reset_status')).exitCode).toBe(1);
    expect((await rig.status()).get('CURRENT_OP')).toBe(needReboot);
  });

  it('stays on the old build when the staged one does not boot', async () => {
    const rig = await aHost({ faults: { bootFallsBack: true } });
    await rig.check();
    await rig.machine.powerCycle();
    expect(await rig.file('etc/os-release')).toContain('BUILD_ID=18613.164.98\n');
  });

  it('rolls back to the build it came from', async () => {
    const rig = await aHost();
    expect((await rig.run(client, '--can_rollback')).exitCode).toBe(1);
    await rig.check();
    await rig.machine.powerCycle();
    expect((await rig.run(client, '--rollback', '--nopowerwash')).exitCode).toBe(0);
    await rig.reach('UPDATED_NEED_REBOOT');
    await rig.machine.powerCycle();
    expect(await rig.file('etc/os-release')).toContain('BUILD_ID=18613.164.98\n');
  });

  it('accepts a check that never happens', async () => {
    const rig = await aHost({ faults: { checkIgnored: true } });
    const status = await rig.check();
    expect([status.get('CURRENT_OP'), status.get('LAST_CHECKED_TIME')]).toEqual([idle, '0']);
  });

  it.each([
    { code: 37, phase: 'UPDATE_STATUS_CHECKING_FOR_UPDATE', name: 'kOmahaErrorInHTTPResponse' },
    { code: 9, phase: 'UPDATE_STATUS_DOWNLOADING', name: 'kDownloadTransferError' },
    { code: 60, phase: 'UPDATE_STATUS_DOWNLOADING', name: 'kNotEnoughSpace' },
  ])('reports error $code in $phase and then succeeds', async ({ code, phase, name }) => {
    const rig = await aHost({ faults: { checkError: { code, in: phase, times: 1 } } });
    const failed = await rig.check();
    expect([failed.get('CURRENT_OP'), failed.get('LAST_ATTEMPT_ERROR')]).toEqual([
      idle,
      `ErrorCode::${name}`,
    ]);
    expect((await rig.check()).get('CURRENT_OP')).toBe(needReboot);
  });

  it.each([
    { dies: 'UPDATE_STATUS_DOWNLOADING', after: idle },
    { dies: needReboot, after: needReboot },
  ])('comes back as $after when its daemon dies in $dies', async ({ dies, after }) => {
    const rig = await aHost({ faults: { daemonDies: { in: dies, restartMs: 200 } } });
    await rig.run(client, '--check_for_update');
    for (let i = 0; i < 200; i += 1) {
      const { stdout } = await rig.run('systemctl', 'is-active', unit);
      if (stdout === 'activating\n') break;
      await sleep(5);
    }
    const status = await rig.status();
    expect([status.get('CURRENT_OP'), status.get('NEW_VERSION')]).toEqual([after, '0.0.0.0']);
  });

  it('updates by itself when the fault says so', async () => {
    const rig = await aHost({ faults: { selfUpdateMs: 20 } });
    expect(await rig.reach('UPDATED_NEED_REBOOT')).toContain('DOWNLOADING');
  });
});
