/** What only a host at odds with itself shows. */
import { describe, expect, it } from '@jest/globals';
import type { UpdateCommand } from '../../../../src/adapters/os/bottlerocket/api.ts';
import type { UpdateStatus } from '../../../../src/adapters/os/bottlerocket/update-status.ts';
import { aScriptedHost, type Script, silent, type World } from './scripted-host.ts';

describe('Stage', () => {
  it('answers CommandOverdue when a download does not end', async () => {
    let preparing = false;
    const { run } = aScriptedHost({
      command: (command) => {
        preparing = command === 'prepare';
        return undefined;
      },
      status: () => (preparing ? { kind: 'Busy' } : undefined),
    });
    const answer = await run('Stage');
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'CommandOverdue' });
    expect(answer.seconds).toBeGreaterThanOrEqual(900);
  });

  it('waits for a download for as long as a task that is given more time than usual can', async () => {
    let reads = 0;
    const { run } = aScriptedHost({
      command: (command) => {
        if (command === 'prepare') reads = 1;
        return undefined;
      },
      // Read every 5 s: it takes about 40 minutes.
      status: () => (reads > 0 && reads++ < 480 ? { kind: 'Busy' } : undefined),
    });
    const answer = await run('Stage', { withinSeconds: 3600 });
    expect(answer).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
    expect(answer.seconds).toBeGreaterThan(2000);
  });

  it.each([{}, { withinSeconds: 600 }, { withinSeconds: 32 }, { withinSeconds: 4 }])(
    'answers UpdaterBusy when somebody else holds the lock all the time, before its own time %j is up',
    async (request) => {
      const answer = await aScriptedHost({ status: () => ({ kind: 'Busy' }) }).run('Stage', request);
      expect(answer).toMatchObject({ outcome: 'Retry', reason: 'UpdaterBusy' });
      expect(answer.seconds).toBeLessThan(request.withinSeconds ?? 1140);
    },
  );

  it('answers UpdaterBusy when somebody else is quicker at every refresh', async () => {
    const { run, commands } = aScriptedHost({ command: () => ({ kind: 'Busy' }) });
    expect(await run('Stage')).toMatchObject({ outcome: 'Retry', reason: 'UpdaterBusy' });
    expect(commands.length).toBeLessThan(300);
  });

  it('answers StatusUnreadable with the text of the host', async () => {
    const answer = await aScriptedHost({
      status: () => ({ kind: 'Refused', status: 500, text: 'damaged' }),
    }).run('Stage');
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'StatusUnreadable' });
    expect(answer.message).toContain('damaged');
  });

  it.each<[string, Script, string, string]>([
    [
      'CommandRefused',
      {
        command: (command) =>
          command === 'prepare' ? { kind: 'Refused', status: 500, text: 'no' } : undefined,
      },
      'Retry',
      'CommandRefused',
    ],
    [
      'RefreshRefused',
      { command: () => ({ kind: 'Refused', status: 500, text: 'no' }) },
      'Retry',
      'RefreshRefused',
    ],
    [
      'StateMoved, after a few rounds',
      {
        command: (command) =>
          command === 'prepare' ? { kind: 'WrongState', text: 'not allowed' } : undefined,
      },
      'Retry',
      'StateMoved',
    ],
    [
      'CommandLost, after the wait for its download',
      { finish: (command, status) => (command === 'prepare' ? { ...status, command: undefined } : status) },
      'Retry',
      'CommandLost',
    ],
    [
      'PrepareFailed when nothing is staged after a success',
      { finish: (command, status) => (command === 'prepare' ? { ...status, staging: undefined } : status) },
      'Failed',
      'PrepareFailed',
    ],
    [
      'DeactivateFailed when an activation cannot be taken back',
      {
        state: 'Ready',
        finish: (command, status) => ({
          ...status,
          chosen: '1.27.0',
          ...(command === 'deactivate' && status.command !== undefined
            ? { command: { ...status.command, succeeded: false, errorText: 'mirror is away' } }
            : {}),
        }),
      },
      'Failed',
      'DeactivateFailed',
    ],
  ])('answers %s', async (_name, script, outcome, reason) => {
    expect(await aScriptedHost(script).run('Stage')).toMatchObject({ outcome, reason, version: '1.26.0' });
  });

  it.each(['1.27.0', '1.25.0'])('does not take %s for the version that was asked for', async (version) => {
    const { run } = aScriptedHost({
      hostSettings: { 'version-lock': '1.26.1' },
      finish: (command, status) =>
        command === 'prepare' ? { ...status, staging: { version, nextToBoot: false } } : status,
    });
    const answer = await run('Stage', { target: '1.26.1' });
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'PrepareFailed' });
    expect(answer.message).toContain(`the host shows ${version} as staged`);
  });

  it.each<UpdateCommand>(['refresh', 'prepare'])(
    'asks once for a %s that was started before the connection broke',
    async (broken) => {
      const { run, commands } = aScriptedHost({ breaks: (command) => command === broken });
      expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
      expect(commands).toEqual(['refresh', 'prepare']);
    },
  );

  it('asks again for a command that certainly did not reach the host', async () => {
    const { run, commands } = aScriptedHost({
      command: () => {
        if (commands.length === 2) throw silent(false);
        return undefined;
      },
    });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
    expect(commands).toEqual(['refresh', 'prepare', 'prepare']);
  });
});

describe('Inspect', () => {
  it('answers SocketSilent when the server takes requests and does not answer', async () => {
    const { run } = aScriptedHost({
      status: () => {
        throw silent(true);
      },
    });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason: 'SocketSilent' });
  });

  it('does not take a trace of another command for its own', async () => {
    const { run } = aScriptedHost({
      finish: (_command, status) => ({
        ...status,
        ...(status.command === undefined ? {} : { command: { ...status.command, type: 'prepare' } }),
      }),
    });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason: 'CommandLost' });
  });
});

describe('Reboot', () => {
  const ordered = (world: World, validMs?: number) =>
    world.run('Reboot', { target: '1.26.1', order: world.order(validMs) });

  it('does in order what it must, and nothing else', async () => {
    const world = aScriptedHost({ state: 'Staged' });
    expect(await ordered(world)).toMatchObject({ outcome: 'Done' });
    expect(world.commands).toEqual(['activate', 'reboot']);
  });

  it('does not reboot where the target would not boot next', async () => {
    const world = aScriptedHost({
      state: 'Staged',
      finish: (command, status) =>
        command === 'activate' ? { ...status, staging: { version: '1.26.1', nextToBoot: false } } : status,
    });
    expect(await ordered(world)).toMatchObject({ outcome: 'Failed', reason: 'NotNextToBoot' });
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('asks the guard again directly before the call, and takes the activation back if it refuses', async () => {
    let bootID = 'boot-1';
    const world = aScriptedHost({
      state: 'Staged',
      bootID: () => bootID,
      finish: (command, status) => {
        if (command === 'activate') bootID = 'boot-2';
        return status;
      },
    });
    const answer = await ordered(world);
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'WrongBoot' });
    expect(answer.message).toContain('It was deactivated again.');
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('sends no call after notAfter, however long the activation took', async () => {
    let busy = 0;
    const world = aScriptedHost({
      state: 'Staged',
      command: (command) => {
        busy = command === 'activate' ? 40 : 0;
        return undefined;
      },
      status: () => ((busy -= 1) > 0 ? { kind: 'Busy' } : undefined),
    });
    const answer = await ordered(world, 30_000);
    expect(answer).toMatchObject({ outcome: 'Failed' });
    expect(['ActivateFailed', 'OrderVoid']).toContain(answer.reason);
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('is told to stop while it activates: it finishes that, takes it back and answers', async () => {
    let polls = 0;
    const world = aScriptedHost({
      state: 'Staged',
      status: () => ((polls += 1) === 3 ? { kind: 'Busy' } : undefined),
      beforeSleep: (_ms, stop) => stop(),
    });
    expect(await ordered(world)).toMatchObject({ outcome: 'Retry', reason: 'Terminated' });
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('is told to stop after the call: the call stands', async () => {
    const world = aScriptedHost({ state: 'Ready', beforeSleep: (_ms, stop) => stop() });
    expect(await ordered(world)).toMatchObject({ outcome: 'Done' });
    expect(world.commands).toEqual(['reboot']);
  });

  it('takes silence after the call for accepted, and silence before it for not', async () => {
    const after = aScriptedHost({ state: 'Ready', reboot: () => Promise.reject(silent(true)) });
    expect(await ordered(after)).toMatchObject({ outcome: 'Done' });
    const unsent = aScriptedHost({ state: 'Ready', reboot: () => Promise.reject(silent(false)) });
    expect(await ordered(unsent)).toMatchObject({ outcome: 'Retry', reason: 'SocketSilent' });
    expect(unsent.commands).toEqual(['reboot', 'deactivate']);
  });

  it('says so when a refused reboot leaves the update activated', async () => {
    const world = aScriptedHost({
      state: 'Ready',
      reboot: async () => ({ kind: 'Refused', status: 500, text: 'inhibited' }),
      command: () => ({ kind: 'Refused', status: 500, text: 'no dispatcher' }),
    });
    const answer = await ordered(world);
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused' });
    expect(answer.message).toContain('no dispatcher');
    expect(answer.message).toContain('any reboot may enter it');
  });

  it.each<[string, Partial<UpdateStatus>]>([
    ['is activated all the same', { state: 'Ready' }],
    ['would not boot what it runs', { active: { version: '1.26.0', nextToBoot: false } }],
    ['does not tell what it boots next', { active: undefined }],
  ])('does not say that it was deactivated where the host then %s', async (_name, left) => {
    const world = aScriptedHost({
      state: 'Ready',
      reboot: async () => ({ kind: 'Refused', status: 500, text: 'inhibited' }),
      finish: (command, status) => (command === 'deactivate' ? { ...status, ...left } : status),
    });
    const { message } = await ordered(world);
    expect(world.commands).toEqual(['reboot', 'deactivate']);
    expect(message).not.toContain('It was deactivated again');
    expect(message).toContain('any reboot may enter it');
  });

  it('answers UpdaterBusy, and does not wait past the order', async () => {
    const world = aScriptedHost({ status: () => ({ kind: 'Busy' }) });
    const answer = await ordered(world, 20_000);
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'UpdaterBusy' });
    expect(answer.seconds).toBeLessThanOrEqual(21);
  });
});
