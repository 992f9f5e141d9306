import { afterEach, describe, expect, it } from '@jest/globals';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '../lab/hosts/create-host.ts';
import { hostDescription } from '../lab/hosts/host.ts';
import { aBottlerocketHost, type Rig } from './bottlerocket-client.ts';
import { until } from '../lab/process/until.ts';
import { createFakeMachine } from './fake-machine.ts';

describe('a simulated Bottlerocket host', () => {
  const rigs: Rig[] = [];
  const aHost = async (given?: Record<string, unknown>): Promise<Rig> => {
    const rig = await aBottlerocketHost(given);
    rigs.push(rig);
    return rig;
  };
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  });
  const activate = async (rig: Rig): Promise<void> => {
    for (const action of ['refresh-updates', 'prepare-update', 'activate-update']) await rig.act(action);
  };

  it('reports itself as a real node does', async () => {
    const { host } = await aHost({ architecture: 'arm64' });
    expect(host.identity()).toEqual({
      osImage: 'Bottlerocket OS 1.26.0 (aws-k8s-1.31)',
      kernelVersion: expect.stringMatching(/^6\.1\./),
      containerRuntimeVersion: 'containerd://2.1.4+bottlerocket',
      architecture: 'arm64',
    });
  });

  it('listens on a socket for the owner and the group only', async () => {
    const { socket } = await aHost();
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it('enters the activated version at the reboot it was asked for, and forgets its update state', async () => {
    const rig = await aHost();
    await activate(rig);
    expect((await rig.call('POST', '/actions/reboot')).status).toBe(204);
    expect(rig.host.rebootCalls()).toEqual([{ at: expect.any(String), bootID: 'boot-1' }]);
    // No socket while it is down.
    const booted = (): Promise<true | undefined> =>
      rig.version().then(
        (version) => version === '1.26.1' || undefined,
        () => undefined,
      );
    await until('the new version', booted, { withinMs: 10_000 });
    expect(rig.host.identity().osImage).toBe('Bottlerocket OS 1.26.1 (aws-k8s-1.31)');
    expect((await rig.call('GET', '/updates/status')).status).toBe(404);
    expect((await rig.act('refresh-updates')).update_state).toBe('Idle');
  });

  it.each([
    { name: 'only prepared', actions: ['refresh-updates', 'prepare-update'], boots: '1.26.0' },
    {
      name: 'activated',
      actions: ['refresh-updates', 'prepare-update', 'activate-update'],
      boots: '1.26.1',
    },
    {
      name: 'activated and deactivated again',
      actions: ['refresh-updates', 'prepare-update', 'activate-update', 'deactivate-update'],
      boots: '1.26.0',
    },
  ])('boots $boots after a power cut with an update that was $name', async ({ actions, boots }) => {
    const rig = await aHost();
    for (const action of actions) await rig.act(action);
    await rig.machine.powerCycle();
    expect(await rig.version()).toBe(boots);
  });

  it('keeps its settings over a boot', async () => {
    const rig = await aHost();
    await rig.pin({ 'version-lock': '1.25.0' });
    await rig.machine.powerCycle();
    const { body } = await rig.call('GET', '/settings?keys=settings.updates.version-lock');
    expect(JSON.parse(body)).toEqual({ updates: { 'version-lock': '1.25.0' } });
    expect((await rig.act('refresh-updates')).chosen_update?.version).toBe('1.25.0');
  });

  it('falls back as often as the fault says, and offers the same version again', async () => {
    const rig = await aHost({ faults: { bootFallsBack: 1 } });
    for (const version of ['1.26.0', '1.26.1']) {
      await activate(rig);
      await rig.machine.powerCycle();
      expect(await rig.version()).toBe(version);
    }
  });

  it('never changes the running version because its description changed', async () => {
    const rig = await aHost();
    rig.change({ version: '1.30.0', offers: ['1.30.0'] });
    expect(await rig.version()).toBe('1.26.0');
    expect((await rig.act('refresh-updates')).chosen_update?.version).toBe('1.30.0');
  });

  it.each([
    { name: 'accepted', faults: {}, status: 204, delays: [100], calls: 1 },
    { name: 'delayed', faults: { rebootDelayMs: 60_000 }, status: 204, delays: [60_000], calls: 1 },
    { name: 'ignored', faults: { rebootIgnored: true }, status: 204, delays: [], calls: 1 },
    { name: 'refused', faults: { rebootRefused: 'inhibited' }, status: 500, delays: [], calls: 0 },
  ])('answers $status to a reboot that is $name', async ({ faults, status, delays, calls }) => {
    const rig = await aHost({ faults });
    expect((await rig.call('POST', '/actions/reboot')).status).toBe(status);
    expect(rig.machine.reboots).toEqual(delays);
    expect(rig.host.rebootCalls()).toHaveLength(calls);
  });

  it('hangs up on a reboot call that it accepts, where the fault says so', async () => {
    const rig = await aHost({ faults: { rebootHangUp: true } });
    await expect(rig.call('POST', '/actions/reboot')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(rig.machine.reboots).toEqual([100]);
  });

  it('labels the staged image with what was chosen, not with what was installed', async () => {
    const rig = await aHost({ faults: { staleChosenUpdate: '1.25.0' } });
    await rig.act('refresh-updates');
    expect((await rig.act('prepare-update')).staging_partition?.image.version).toBe('1.25.0');
    await rig.act('activate-update');
    await rig.machine.powerCycle();
    expect(await rig.version()).toBe('1.26.1');
  });

  it('says Staged although nothing was installed when the wave closed in between', async () => {
    const rig = await aHost({ faults: { waveClosesBeforePrepare: true } });
    await rig.act('refresh-updates');
    const { update_state, most_recent_command } = await rig.act('prepare-update');
    expect([update_state, most_recent_command.stderr]).toEqual(['Staged', 'No update required\n']);
    expect((await rig.act('activate-update')).most_recent_command.cmd_status).toBe('Failed');
  });

  it('chooses an older version when the running one was recalled', async () => {
    const rig = await aHost({ faults: { releaseRecalled: '1.25.0' } });
    const status = await rig.act('refresh-updates');
    expect([status.chosen_update?.version, status.available_updates]).toEqual(['1.25.0', ['1.25.0']]);
  });

  it('lets another client deactivate what was activated', async () => {
    const rig = await aHost({
      faults: { otherClient: { after: 'activate', does: 'deactivate' } },
    });
    await activate(rig);
    const deactivated = async (): Promise<unknown> => {
      const status = JSON.parse((await rig.call('GET', '/updates/status')).body);
      return status.most_recent_command.cmd_type === 'deactivate' ? status : undefined;
    };
    expect(await until('the other command', deactivated, { withinMs: 10_000 })).toMatchObject({
      update_state: 'Staged',
    });
  });

  it('keeps the release readable on a locked-down host', async () => {
    const rig = await aHost({ faults: { lockedDown: true } });
    expect((await rig.call('GET', '/settings')).status).toBe(500);
    expect((await rig.call('PATCH', '/settings', {})).status).toBe(500);
    expect(await rig.version()).toBe('1.26.0');
  });

  it('lets go of a foreign lock after its time', async () => {
    const rig = await aHost({ faults: { lockHeldMs: 800 } });
    expect((await rig.call('POST', '/actions/refresh-updates')).status).toBe(423);
    await sleep(900);
    expect((await rig.call('POST', '/actions/refresh-updates')).status).toBe(204);
  });

  it('has its settings some time after an early boot', async () => {
    const rig = await aHost({ faults: { earlyBoot: 800 } });
    expect((await rig.call('GET', '/settings')).status).toBe(404);
    await sleep(900);
    expect((await rig.call('GET', '/settings')).status).toBe(200);
  });

  it('serves nobody while it reads a large recorded error', async () => {
    const rig = await aHost({ faults: { updogStderr: { bytes: 1_000_000 } } });
    await rig.act('refresh-updates');
    const before = performance.now();
    const status = rig.call('GET', '/updates/status');
    await sleep(50);
    await rig.version();
    expect(performance.now() - before).toBeGreaterThan(500);
    expect((await status).body.length).toBeGreaterThan(1_000_000);
  });

  it('answers the next client when one vanishes in the middle of its request', async () => {
    const rig = await aHost();
    const socket = connect(rig.socket);
    socket.write('PATCH /settings HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"motd"');
    await sleep(30);
    socket.destroy();
    await sleep(30);
    expect(await rig.version()).toBe('1.26.0');
  });

  it('starts a fault with a count anew when the fault is changed', async () => {
    const rig = await aHost({ faults: { updogFails: { times: 1 } } });
    const refresh = async () => (await rig.act('refresh-updates')).most_recent_command.cmd_status;
    expect([await refresh(), await refresh()]).toEqual(['Failed', 'Success']);
    rig.faults({ updogFails: { times: 1, stderr: 'again\n' } });
    expect([await refresh(), await refresh()]).toEqual(['Failed', 'Success']);
  });

  it('refuses a fault that does not exist, and keeps what it had', async () => {
    const rig = await aHost({ faults: { noTbu: true } });
    expect(() => rig.faults({ noSuchFault: true })).toThrow(/noSuchFault/);
    expect((await rig.call('POST', '/actions/refresh-updates')).status).toBe(500);
    const machine = await createFakeMachine();
    const wrong = hostDescription.parse({ os: 'Bottlerocket', version: '1.0.0', faults: { x: 1 } });
    expect(() => createHost(wrong, machine)).toThrow(/x/);
    await machine.remove();
  });
});
