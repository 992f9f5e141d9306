import { describe, expect, it } from '@jest/globals';
import { aHost, aRolledBackHost, type World } from './lab-host.ts';

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

  it('refuses to go back to an older build that somebody staged', async () => {
    const { run, order, machine } = await aRolledBackHost();
    const calls = machine.host.rebootCalls().length;
    const answer = await run('Reboot', { target: '18613.200.1+', order: order() });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'NotStaged', staged: '18613.164.98' });
    expect(machine.host.rebootCalls()).toHaveLength(calls);
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
    ['at once', {}],
    // In the host's own time: two seconds of the task's.
    ['after a delay', { rebootDelayMs: 50 }],
  ])('believes a machine that goes down %s, not the exit code of systemctl', async (_name, more) => {
    const { run, order, machine } = await aStagedHost({ rebootExitLies: true, ...more });
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
