/** The tasks through the real chroot and real programs inside a host root; in a user namespace where we are not root. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createHostCommand } from '../../../../src/adapters/os/cos/host-command.ts';
import { type TaskAnswer, taskAnswer } from '../../../../src/api/task.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';

const execute = promisify(execFile);
const isRoot = process.getuid?.() === 0;
let folder: string;
let hostTool: string;
let machine: LabMachine | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tool-'));
  hostTool = process.env['LAB_HOSTTOOL'] ?? join(folder, 'hosttool');
  if (process.env['LAB_HOSTTOOL'] === undefined) {
    const cwd = join(import.meta.dirname, '../../../lab/go/hosttool');
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
    await execute('go', ['build', '-trimpath', '-o', hostTool, '.'], { cwd, env });
  }
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await machine?.close();
  machine = undefined;
});

async function aHost(faults: Readonly<Record<string, unknown>> = {}): Promise<LabMachine> {
  machine = await startLabMachine(
    {
      os: 'ContainerOptimizedOS',
      version: '18613.164.98',
      offers: ['18613.200.1'],
      timings: { refreshMs: 50, prepareMs: 200, activateMs: 10 },
      faults,
    },
    { hostTool },
  );
  return machine;
}

async function run(
  { root, bootID }: LabMachine,
  request: Readonly<Record<string, unknown>>,
): Promise<TaskAnswer> {
  const text = JSON.stringify({ protocol: 1, os: 'ContainerOptimizedOS', ...request });
  const command = [process.execPath, join(import.meta.dirname, 'run-in-root.ts'), root, bootID(), text];
  const [program = '', ...args] = isRoot ? command : ['unshare', '--user', '--map-root-user', ...command];
  // The flags of the test runner are not the program's.
  const { stdout } = await execute(program, args, { env: { PATH: process.env['PATH'] } });
  return taskAnswer.parse(JSON.parse(stdout));
}

const order = ({ bootID }: LabMachine) => ({
  bootID: bootID(),
  notAfter: new Date(Date.now() + 60_000).toISOString(),
});

describe('in a real host root', () => {
  it('inspects, stages, reboots and finds the new build', async () => {
    const host = await aHost();
    expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Done', version: '18613.164.98' });
    expect(await run(host, { task: 'Stage' })).toMatchObject({ outcome: 'Done', staged: '18613.200.1' });
    expect(await run(host, { task: 'Reboot', target: '18613.200.1', order: order(host) })).toMatchObject({
      outcome: 'Done',
    });
    expect(host.wantsReboot()).toBe(true);
    await host.boot();
    expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Done', version: '18613.200.1' });
  }, 60_000);

  it('does not take a systemctl that ignores commands in a chroot for one that rebooted', async () => {
    const host = await aHost();
    await run(host, { task: 'Stage' });
    host.change({ faults: { systemctlRefusesChroot: true } });
    const inspected = await run(host, { task: 'Inspect' });
    expect(inspected).toMatchObject({ outcome: 'Retry', reason: 'NoUnitState' });
    expect(inspected.message).toContain('hostCommand: Nsenter');
    expect(await run(host, { task: 'Reboot', order: order(host) })).toMatchObject({
      outcome: 'Failed',
      reason: 'NoUnitState',
    });
  }, 60_000);

  it('shows the text of a refused reboot', async () => {
    const host = await aHost({ rebootRefused: 'Operation inhibited by somebody' });
    await run(host, { task: 'Stage' });
    const answer = await run(host, { task: 'Reboot', order: order(host) });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused', staged: '18613.200.1' });
    expect(answer.message).toContain('Operation inhibited by somebody');
  }, 60_000);

  it('says that a root without programs tells nothing', async () => {
    const host = await aHost();
    await rm(join(host.root, 'usr/bin'), { recursive: true });
    expect(await run(host, { task: 'Inspect' })).toMatchObject({ outcome: 'Retry', reason: 'NoUnitState' });
    expect(await run(host, { task: 'Reboot', order: order(host) })).toMatchObject({
      outcome: 'Failed',
      reason: 'NoUnitState',
    });
  }, 30_000);
});

describe('createHostCommand', () => {
  it.each(['Chroot', 'Nsenter'] as const)(
    'does not succeed through %s with a program that is not there',
    async (how) => {
      const output = await createHostCommand(join(folder, 'no-such-root'), how).run(
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
