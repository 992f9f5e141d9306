/** The tasks through the real chroot and nsenter, and real programs inside a host root. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createHostCommand } from '../../../../src/adapters/os/cos/host-command.ts';
import { isRoot, orderFor, useRealRoots } from './real-root.ts';

const { aHost, run, folder } = useRealRoots();

describe('in a real host root', () => {
  it.each(['Chroot', 'Nsenter'])(
    'inspects, stages, reboots by %s and finds the new build',
    async (hostCommand) => {
      const host = await aHost();
      const options = { hostCommand };
      expect(await run(host, { task: 'Inspect', options })).toMatchObject({
        outcome: 'Done',
        version: '18613.164.98',
      });
      expect(await run(host, { task: 'Stage', options })).toMatchObject({
        outcome: 'Done',
        staged: '18613.200.1',
      });
      const order = orderFor(host);
      expect(await run(host, { task: 'Reboot', target: '18613.200.1', order, options })).toMatchObject({
        outcome: 'Done',
      });
      expect(host.wantsReboot()).toBe(true);
      await host.boot();
      expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Done', version: '18613.200.1' });
    },
    60_000,
  );

  it('does not take a systemctl that ignores commands in a chroot for one that rebooted', async () => {
    const host = await aHost();
    await run(host, { task: 'Stage' });
    host.change({ faults: { systemctlRefusesChroot: true } });
    const inspected = await run(host, { task: 'Inspect' });
    expect(inspected).toMatchObject({ outcome: 'Retry', reason: 'NoUnitState' });
    expect(inspected.message).toContain('hostCommand: Nsenter');
    expect(await run(host, { task: 'Reboot', order: orderFor(host) })).toMatchObject({
      outcome: 'Failed',
      reason: 'NoUnitState',
    });
  }, 60_000);

  it('reboots by Nsenter where systemctl ignores commands in a chroot', async () => {
    const host = await aHost({ systemctlRefusesChroot: true });
    const options = { hostCommand: 'Nsenter' };
    expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Retry', reason: 'NoUnitState' });
    expect(await run(host, { task: 'Inspect', options })).toMatchObject({ outcome: 'Done' });
    expect(await run(host, { task: 'Stage', options })).toMatchObject({ outcome: 'Done' });
    const order = orderFor(host);
    expect(await run(host, { task: 'Reboot', target: '18613.200.1', order, options })).toMatchObject({
      outcome: 'Done',
    });
    expect(host.wantsReboot()).toBe(true);
  }, 60_000);

  it('shows the text of a refused reboot', async () => {
    const host = await aHost({ rebootRefused: 'Operation inhibited by somebody' });
    await run(host, { task: 'Stage' });
    const answer = await run(host, { task: 'Reboot', order: orderFor(host) });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused', staged: '18613.200.1' });
    expect(answer.message).toContain('Operation inhibited by somebody');
  }, 60_000);

  it('says that a root without programs tells nothing', async () => {
    const host = await aHost();
    await rm(join(host.root, 'usr/bin'), { recursive: true });
    expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Retry', reason: 'NoUnitState' });
    expect(await run(host, { task: 'Reboot', order: orderFor(host) })).toMatchObject({
      outcome: 'Failed',
      reason: 'NoUnitState',
    });
  }, 30_000);
});

describe('createHostCommand', () => {
  it.each(['Chroot', 'Nsenter'] as const)(
    'does not succeed through %s with a program that is not there',
    async (how) => {
      const output = await createHostCommand(join(folder(), 'no-such-root'), how).run(
        '/no/such/program',
        [],
        5000,
      );
      expect(output.kind).not.toBe('Killed');
      expect(output).not.toHaveProperty('code', 0);
    },
  );

  it('gives programs a fixed environment, or is refused by the kernel without the right to enter a root', async () => {
    const output = await createHostCommand('/', 'Chroot').run('/usr/bin/env', [], 5000);
    const environment = 'LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nSYSTEMD_IGNORE_CHROOT=1\n';
    const given = { kind: 'Exited', code: 0, stdout: environment, stderr: '' };
    const refused = { kind: 'NotStarted', text: expect.stringContaining('Operation not permitted') };
    expect(output).toEqual(isRoot ? given : refused);
  });

  it('ends a program at its timeout', async () => {
    const host = await aHost({ statusHangs: true });
    const output = await createHostCommand(host.root, 'Chroot').run(
      '/usr/bin/update_engine_client',
      ['--status'],
      300,
    );
    expect(output).toMatchObject(isRoot ? { kind: 'Killed', timedOut: true } : { kind: 'NotStarted' });
  });
});
