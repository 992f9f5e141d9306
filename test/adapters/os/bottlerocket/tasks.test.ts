/** The tasks against a simulated host on a real socket. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createBottlerocketTasks } from '../../../../src/adapters/os/bottlerocket/tasks.ts';
import { fastTime } from '../fast-time.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';
import { createRunner, type TaskRunner } from '../run-tasks.ts';

const machines: LabMachine[] = [];

afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

interface World extends TaskRunner {
  readonly machine: LabMachine;
}

/** As a person does with the host's own client. */
async function pin({ root }: LabMachine, version: string): Promise<void> {
  const call = (method: string, path: string, body?: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const outgoing = request(
        { socketPath: join(root, 'run/api.sock'), method, path, headers, agent: false },
        (reply) => reply.resume().on('end', resolve),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  await call('PATCH', '/settings?tx=test', JSON.stringify({ updates: { 'version-lock': version } }));
  await call('POST', '/tx/commit_and_apply?tx=test');
  // Rendering goes on after the answer.
  await new Promise((resolve) => setTimeout(resolve, 200));
}

const quick = { refreshMs: 5, prepareMs: 30, activateMs: 5 };

async function aHost(
  parts: Readonly<Record<string, unknown>> = {},
  beforeSleep?: (ms: number, stop: () => void) => void,
): Promise<World> {
  const machine = await startLabMachine({
    os: 'Bottlerocket',
    version: '1.26.0',
    variant: 'aws-k8s-1.31',
    offers: ['1.26.0', '1.26.1'],
    timings: quick,
    ...parts,
  });
  machines.push(machine);
  const runner = createRunner({
    os: 'Bottlerocket',
    tasks: createBottlerocketTasks({ socketPath: join(machine.root, 'run/api.sock') }),
    time: fastTime(30),
    bootID: machine.bootID,
    ...(beforeSleep === undefined ? {} : { beforeSleep }),
  });
  return { ...runner, machine };
}

describe('Inspect', () => {
  it('answers what runs, what is offered and the settings, and stages nothing', async () => {
    const { run } = await aHost();
    expect(await run('Inspect')).toMatchObject({
      outcome: 'Done',
      version: '1.26.0',
      variant: 'aws-k8s-1.31',
      available: '1.26.1',
      settings: { 'version-lock': 'latest', 'ignore-waves': false },
    });
    expect(await run('Inspect')).not.toHaveProperty('staged');
  });

  it('answers no available version when the newest offered one runs', async () => {
    const { run } = await aHost({ offers: ['1.25.0', '1.26.0'] });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('keeps what is staged, and asks for no refresh that could lose it', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0'] });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '1.26.1', available: '1.26.1' });
  });

  it('never takes the choice of a former refresh for that of a failed one', async () => {
    const { run, machine } = await aHost();
    expect(await run('Inspect')).toHaveProperty('available', '1.26.1');
    machine.change({ faults: { repository: 'Unavailable' } });
    const answer = await run('Inspect');
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'RefreshFailed', version: '1.26.0' });
    expect(answer).not.toHaveProperty('available');
  });

  it.each([
    ['no dispatcher', { noTbu: true }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
    ['no updater behind the dispatcher', { noUpdog: true }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
    [
      'an unreadable release file',
      { osRelease: 'Missing' },
      { outcome: 'Retry', reason: 'ReleaseUnreadable' },
    ],
    ['a damaged status file', { statusFile: 'Damaged' }, { outcome: 'Retry', reason: 'StatusUnreadable' }],
    ['a refused refresh', { lockFolderMissing: true }, { outcome: 'Retry' }],
    [
      'a failing updater, with its text',
      { updogFails: { stderr: 'no route to the mirror' } },
      {
        outcome: 'Retry',
        reason: 'RefreshFailed',
        message: expect.stringContaining('no route to the mirror'),
      },
    ],
    ['settings that are not in force', { earlyBoot: true }, { outcome: 'Retry', reason: 'StillBooting' }],
    ['a vanished datastore', { datastoreGone: true }, { outcome: 'Retry', reason: 'StillBooting' }],
    ['a lock that is never free', { lockHeld: 'Exclusive' }, { outcome: 'Retry', reason: 'UpdaterBusy' }],
    [
      'a directory in place of the socket',
      { socketIsDirectory: true, serverRestart: {} },
      { outcome: 'Retry' },
    ],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run, machine } = await aHost();
    machine.change({ faults });
    expect(await run('Inspect')).toMatchObject(want);
  });

  it('asks again until the settings of the boot are in force', async () => {
    const { run } = await aHost({ faults: { earlyBoot: 100 } });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', available: '1.26.1' });
  });

  it('takes a version that a wave holds back for not offered', async () => {
    const { run } = await aHost({ faults: { waves: { '1.26.1': '2099-01-01T00:00:00Z' } } });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('names a pin of the host itself that explains why nothing is offered', async () => {
    const { run, machine } = await aHost();
    await pin(machine, '1.26.0');
    const answer = await run('Inspect');
    expect(answer).toMatchObject({ outcome: 'Done', settings: { 'version-lock': '1.26.0' } });
    expect(answer).not.toHaveProperty('available');
    expect(answer.message).toContain('version-lock says 1.26.0');
    expect(await run('Stage')).toMatchObject({
      outcome: 'NothingToDo',
      message: expect.stringContaining('1.26.0'),
    });
  });

  it('takes no downgrade for an update when the running release was recalled', async () => {
    const { run } = await aHost({ version: '1.26.1', faults: { releaseRecalled: '1.26.1' } });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('rides out a restart of the server', async () => {
    const { run, machine } = await aHost();
    machine.change({ faults: { serverRestart: { how: 'Stop', downMs: 150 } } });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', available: '1.26.1' });
  });

  it.each(['Stop', 'Kill'] as const)(
    'answers SocketGone when the server stays away after a %s',
    async (how) => {
      const { run, machine } = await aHost();
      machine.change({ faults: { serverRestart: { how, downMs: 30_000 } } });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason: 'SocketGone' });
    },
  );
});

describe('Stage', () => {
  it('puts the newest offered version on the other bank and does not activate it', async () => {
    const { run, machine } = await aHost({ offers: ['1.26.1', '1.27.0', '1.26.0'] });
    expect(await run('Stage')).toMatchObject({
      outcome: 'Done',
      version: '1.26.0',
      staged: '1.27.0',
      available: '1.27.0',
    });
    await machine.boot();
    expect(machine.host.identity().osImage).toContain(' 1.26.0 ');
  });

  it('has nothing to do when nothing newer is offered', async () => {
    const { run } = await aHost({ offers: ['1.26.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo', version: '1.26.0' });
  });

  it('answers at once when the target is staged already', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ faults: { repository: 'Unavailable' } });
    expect(await run('Stage', { target: '1.26.1' })).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it('stages again when something newer than the staged version is offered', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0', '1.26.1', '1.27.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.27.0' });
  });

  it('takes an activation back before it stages something newer', async () => {
    const { run, machine, order } = await aHost({ faults: { rebootIgnored: true } });
    await run('Stage');
    await run('Reboot', { target: '1.26.1', order: order() });
    machine.change({ offers: ['1.26.0', '1.26.1', '1.27.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.27.0' });
    await machine.boot();
    expect(machine.host.identity().osImage).toContain(' 1.26.0 ');
  });

  it('names what is staged when it is no longer offered', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo', staged: '1.26.1' });
  });

  it('reads a status with a megabyte of error text', async () => {
    const { run } = await aHost({ faults: { updogStderr: { commands: ['prepare'], bytes: 1_000_000 } } });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it.each([
    ['a failing refresh', { repository: 'Expired' }, { outcome: 'Retry', reason: 'RefreshFailed' }],
    [
      'a failing download, with the text of the updater',
      { updogFails: { commands: ['prepare'], stderr: 'connection reset while reading root.img' } },
      { outcome: 'Failed', reason: 'PrepareFailed', message: expect.stringContaining('root.img') },
    ],
    [
      'an updater that is killed',
      { updogFails: { commands: ['prepare'], signal: 9 } },
      { outcome: 'Failed', reason: 'PrepareFailed' },
    ],
    ['an image that is missing', { imageMissing: true }, { outcome: 'Failed', reason: 'PrepareFailed' }],
    [
      'a dispatcher that dies in a refresh',
      { tbuKilled: { commands: ['refresh'], afterMs: 1 } },
      { outcome: 'Retry', reason: 'CommandLost' },
    ],
    ['no dispatcher', { noTbu: true }, { outcome: 'Retry' }],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run, machine } = await aHost();
    await run('Inspect');
    machine.change({ faults });
    expect(await run('Stage')).toMatchObject(want);
  });

  it('does not answer a lost download before it has certainly ended', async () => {
    const slept: number[] = [];
    const { run } = await aHost(
      { faults: { tbuKilled: { commands: ['prepare'], afterMs: 1 } } },
      (ms, stop) => {
        slept.push(ms);
        if (ms >= 600_000) stop();
      },
    );
    expect(await run('Stage')).toMatchObject({ outcome: 'Retry', reason: 'Terminated' });
    expect(slept).toContain(600_000);
  });

  it('reads again when another client moves the state in between', async () => {
    const { run } = await aHost({ faults: { otherClient: { after: 'refresh', does: 'prepare', times: 1 } } });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });
});

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

  it('notices a prepare that did nothing when it activates', async () => {
    const world = await aHost({ faults: { noopPrepare: true } });
    expect(await world.run('Stage')).toMatchObject({ outcome: 'Done' });
    expect(await world.run('Reboot', { target: '1.26.1', order: world.order() })).toMatchObject({
      outcome: 'Failed',
      reason: 'ActivateFailed',
    });
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
