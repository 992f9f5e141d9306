import { describe, expect, it } from '@jest/globals';
import { aHost, quick, type World } from './lab-host.ts';

describe('Reboot', () => {
  async function aStagedHost(faults: Readonly<Record<string, unknown>> = {}): Promise<World> {
    const world = await aHost();
    await world.run('Stage');
    world.machine.change({ faults });
    return world;
  }

  it('activates, reboots into the target, and waits for the machine to go down', async () => {
    const { run, order, machine } = await aStagedHost();
    const answer = await run('Reboot', { target: '1.26.1', order: order() });
    expect(answer).toMatchObject({ outcome: 'Done' });
    expect(answer.seconds).toBeGreaterThan(30);
    expect(machine.wantsReboot()).toBe(true);
    await machine.boot();
    expect(machine.host.identity().osImage).toBe('Bottlerocket OS 1.26.1 (aws-k8s-1.31)');
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', version: '1.26.1' });
  });

  it('goes on where an earlier task had activated', async () => {
    const { run, order, machine } = await aStagedHost({ rebootIgnored: true });
    await run('Reboot', { target: '1.26.1', order: order() });
    machine.change({ faults: {} });
    expect(await run('Reboot', { target: '1.26.1', order: order() })).toMatchObject({ outcome: 'Done' });
    expect(machine.wantsReboot()).toBe(true);
  });

  it('does not answer for the machine when the connection breaks after the call', async () => {
    const { run, order, machine } = await aStagedHost({ rebootHangUp: true });
    expect(await run('Reboot', { target: '1.26.1', order: order() })).toMatchObject({ outcome: 'Done' });
    expect(machine.host.rebootCalls()).toHaveLength(1);
  });

  it('deactivates again when the host refuses to reboot', async () => {
    const { run, order, machine } = await aStagedHost({ rebootRefused: 'Operation inhibited by somebody' });
    const answer = await run('Reboot', { target: '1.26.1', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused' });
    expect(answer.message).toContain('Operation inhibited by somebody');
    expect(answer.message).toContain('It was deactivated again.');
    await machine.boot();
    expect(machine.host.identity().osImage).toContain(' 1.26.0 ');
  });

  it.each([
    ['nothing was staged since the boot', async ({ machine }: World) => machine.boot()],
    ['another version is staged', async () => undefined],
  ])('refuses when %s', async (name, before) => {
    const world = await aStagedHost();
    await before(world);
    const target = name.startsWith('another') ? '1.27.0' : '1.26.1';
    expect(await world.run('Reboot', { target, order: world.order() })).toMatchObject({
      outcome: 'Failed',
      reason: 'NotStaged',
    });
    expect(world.machine.host.rebootCalls()).toHaveLength(0);
  });

  it('refuses an order that names no version', async () => {
    const { run, order } = await aStagedHost();
    expect(await run('Reboot', { order: order() })).toMatchObject({ outcome: 'Failed', reason: 'NotStaged' });
  });

  it('answers the failure to activate, and leaves nothing activated', async () => {
    const { run, order, machine } = await aStagedHost({
      updogFails: { commands: ['activate'], stderr: 'bank is not valid' },
    });
    const answer = await run('Reboot', { target: '1.26.1', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'ActivateFailed' });
    expect(answer.message).toContain('bank is not valid');
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it('does not vouch for the old version when the activation left no trace', async () => {
    const world = await aHost({ timings: { ...quick, activateMs: 200 } });
    await world.run('Stage');
    world.machine.change({ faults: { tbuKilled: { commands: ['activate'], afterMs: 1 } } });
    expect(await world.run('Reboot', { target: '1.26.1', order: world.order() })).toMatchObject({
      outcome: 'Failed',
      reason: 'ActivateFailed',
      message:
        '1.26.1 could not be activated: the command left no trace. The host does not show it as activated; any reboot may enter it all the same.',
    });
    expect(world.machine.host.rebootCalls()).toHaveLength(0);
    // The updater has gone on after its dispatcher died.
    await world.machine.boot();
    expect(world.machine.host.identity().osImage).toContain(' 1.26.1 ');
  });

  it('notices a prepare that did nothing when it activates', async () => {
    const world = await aHost({ faults: { noopPrepare: true } });
    expect(await world.run('Stage')).toMatchObject({ outcome: 'Done' });
    expect(await world.run('Reboot', { target: '1.26.1', order: world.order() })).toMatchObject({
      outcome: 'Failed',
      reason: 'ActivateFailed',
    });
  });

  it('that found a bank which cannot be activated makes the next Stage prepare it anew', async () => {
    const world = await aHost({ faults: { noopPrepare: true } });
    await world.run('Stage');
    await world.run('Reboot', { target: '1.26.1', order: world.order() });
    world.machine.change({ faults: {} });
    const inspected = await world.run('Inspect');
    expect(inspected).toMatchObject({ outcome: 'Done', available: '1.26.1' });
    expect(inspected).not.toHaveProperty('staged');
    expect(await world.run('Stage')).toMatchObject({
      outcome: 'Done',
      staged: '1.26.1',
    });
    expect(await world.run('Reboot', { target: '1.26.1', order: world.order() })).toMatchObject({
      outcome: 'Done',
    });
  });

  it('does not reboot when another client takes the activation back at once', async () => {
    const { run, order, machine } = await aStagedHost({
      otherClient: { after: 'activate', does: 'deactivate' },
    });
    const answer = await run('Reboot', { target: '1.26.1', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'ActivateFailed' });
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it('does not reboot into what another client has staged since', async () => {
    const { run, order, machine } = await aStagedHost();
    machine.change({ offers: ['1.26.0', '1.26.1', '1.27.0'] });
    await run('Stage');
    const answer = await run('Reboot', { target: '1.26.1', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'NotStaged' });
    expect(answer.message).toContain('1.27.0');
    expect(machine.host.rebootCalls()).toHaveLength(0);
  });

  it.each([
    ['the boot is not the ordered one', { bootID: 'another-boot' }, 'WrongBoot'],
    ['the order has run out', { notAfter: '2020-01-01T00:00:00Z' }, 'OrderVoid'],
  ])('touches nothing when %s', async (_name, parts, reason) => {
    const { run, order, machine } = await aStagedHost();
    const answer = await run('Reboot', { target: '1.26.1', order: { ...order(), ...parts } });
    expect(answer).toMatchObject({ outcome: 'Failed', reason });
    expect(machine.host.rebootCalls()).toHaveLength(0);
    expect((await run('Inspect')).message).toContain('1.26.1 is staged');
  });

  it('takes the activation back when the order runs out while it activates', async () => {
    const world = await aHost({ timings: { ...quick, activateMs: 400 } });
    await world.run('Stage');
    // 400 ms of the host are 12 s of the task's clock.
    const answer = await world.run('Reboot', { target: '1.26.1', order: world.order(6_000) });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'ActivateFailed' });
    expect(answer.message).toContain('It was deactivated again.');
    expect(world.machine.host.rebootCalls()).toHaveLength(0);
  });

  it('answers SocketGone when the server is away before the call', async () => {
    const { run, order } = await aStagedHost({ serverRestart: { how: 'Kill', downMs: 30_000 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await run('Reboot', { target: '1.26.1', order: order() })).toMatchObject({
      outcome: 'Retry',
      reason: 'SocketGone',
    });
  });
});
