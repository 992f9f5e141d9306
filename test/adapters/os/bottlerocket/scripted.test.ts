/** What only a host at odds with itself shows: replies one by one, on a clock that stands still between waits. */
import { describe, expect, it } from '@jest/globals';
import type {
  ActionReply,
  BottlerocketApi,
  StatusReply,
  UpdateCommand,
} from '../../../../src/adapters/os/bottlerocket/api.ts';
import { SocketError } from '../../../../src/adapters/os/bottlerocket/socket.ts';
import { createBottlerocketTasks } from '../../../../src/adapters/os/bottlerocket/tasks.ts';
import type { UpdateStatus } from '../../../../src/adapters/os/bottlerocket/update-status.ts';
import { steppedTime } from '../fast-time.ts';
import { createRunner, type TaskRunner } from '../run-tasks.ts';

type State = UpdateStatus['state'];

const before: Readonly<Record<UpdateCommand, State[]>> = {
  refresh: ['Idle', 'Available', 'Staged', 'Ready'],
  prepare: ['Available', 'Staged'],
  activate: ['Staged'],
  deactivate: ['Ready'],
};

interface Script {
  readonly state?: State;
  /** In place of the status. */
  readonly status?: (calls: number) => StatusReply | undefined;
  /** In place of a command's start. */
  readonly command?: (command: UpdateCommand) => ActionReply | undefined;
  /** Changes what a finished command leaves. */
  readonly finish?: (command: UpdateCommand, status: UpdateStatus) => UpdateStatus;
  readonly reboot?: () => ReturnType<BottlerocketApi['reboot']>;
  readonly bootID?: () => string;
  readonly beforeSleep?: (ms: number, stop: () => void) => void;
}

interface World extends TaskRunner {
  readonly commands: string[];
}

function aHost(script: Script = {}): World {
  const state = script.state ?? 'Idle';
  const commands: string[] = [];
  let calls = 0;
  let status: UpdateStatus = { ...statusIn(state), command: undefined };
  const api: BottlerocketApi = {
    readRelease: async () => ({ kind: 'Release', version: '1.26.0', variant: 'aws-k8s-1.31' }),
    readSettings: async () => ({ 'version-lock': 'latest', 'ignore-waves': false }),
    readStatus: async () => script.status?.((calls += 1)) ?? { kind: 'Status', status },
    command: async (command) => {
      commands.push(command);
      const instead = script.command?.(command);
      if (instead !== undefined) return instead;
      if (!before[command].includes(status.state)) return { kind: 'WrongState', text: 'not allowed' };
      const after = command === 'refresh' && status.state === 'Idle' ? 'Available' : status.state;
      const reached = { refresh: after, prepare: 'Staged', activate: 'Ready', deactivate: 'Staged' } as const;
      const trace = {
        type: command,
        succeeded: true,
        timestamp: String(commands.length),
        exitStatus: 0,
        errorText: '',
      };
      status = { ...statusIn(reached[command]), command: trace };
      status = script.finish?.(command, status) ?? status;
      return { kind: 'Accepted' };
    },
    reboot: async () => {
      commands.push('reboot');
      return script.reboot?.() ?? { kind: 'Accepted' };
    },
  };
  const runner = createRunner({
    os: 'Bottlerocket',
    tasks: createBottlerocketTasks({ api }),
    time: steppedTime(),
    bootID: script.bootID ?? (() => 'boot-1'),
    ...(script.beforeSleep === undefined ? {} : { beforeSleep: script.beforeSleep }),
  });
  return { ...runner, commands };
}

function statusIn(state: State): UpdateStatus {
  const staged = state === 'Staged' || state === 'Ready';
  return {
    state,
    listed: ['1.26.1', '1.26.0'],
    chosen: state === 'Idle' ? undefined : '1.26.1',
    active: { version: '1.26.0', nextToBoot: state !== 'Ready' },
    staging: staged ? { version: '1.26.1', nextToBoot: state === 'Ready' } : undefined,
    command: undefined,
  };
}

const silent = (sent: boolean) => new SocketError('no answer', { sent });

describe('Stage', () => {
  it('answers CommandOverdue when a download does not end', async () => {
    let preparing = false;
    const { run } = aHost({
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

  it('answers UpdaterBusy when somebody else holds the lock all the time', async () => {
    expect(await aHost({ status: () => ({ kind: 'Busy' }) }).run('Stage')).toMatchObject({
      outcome: 'Retry',
      reason: 'UpdaterBusy',
    });
  });

  it('answers UpdaterBusy when somebody else is quicker at every refresh', async () => {
    const { run, commands } = aHost({ command: () => ({ kind: 'Busy' }) });
    expect(await run('Stage')).toMatchObject({ outcome: 'Retry', reason: 'UpdaterBusy' });
    expect(commands.length).toBeLessThan(300);
  });

  it('answers StatusUnreadable with the text of the host', async () => {
    const answer = await aHost({ status: () => ({ kind: 'Refused', status: 500, text: 'damaged' }) }).run(
      'Stage',
    );
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
    expect(await aHost(script).run('Stage')).toMatchObject({ outcome, reason, version: '1.26.0' });
  });
});

describe('Inspect', () => {
  it('answers SocketSilent when the server takes requests and does not answer', async () => {
    const { run } = aHost({
      status: () => {
        throw silent(true);
      },
    });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason: 'SocketSilent' });
  });

  it('does not take a trace of another command for its own', async () => {
    const { run } = aHost({
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
    const world = aHost({ state: 'Staged' });
    expect(await ordered(world)).toMatchObject({ outcome: 'Done' });
    expect(world.commands).toEqual(['activate', 'reboot']);
  });

  it('does not reboot where the target would not boot next', async () => {
    const world = aHost({
      state: 'Staged',
      finish: (command, status) =>
        command === 'activate' ? { ...status, staging: { version: '1.26.1', nextToBoot: false } } : status,
    });
    expect(await ordered(world)).toMatchObject({ outcome: 'Failed', reason: 'NotNextToBoot' });
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('asks the guard again directly before the call, and takes the activation back if it refuses', async () => {
    let bootID = 'boot-1';
    const world = aHost({
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
    const world = aHost({
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
    const world = aHost({
      state: 'Staged',
      status: () => ((polls += 1) === 3 ? { kind: 'Busy' } : undefined),
      beforeSleep: (_ms, stop) => stop(),
    });
    expect(await ordered(world)).toMatchObject({ outcome: 'Retry', reason: 'Terminated' });
    expect(world.commands).toEqual(['activate', 'deactivate']);
  });

  it('is told to stop after the call: the call stands', async () => {
    const world = aHost({ state: 'Ready', beforeSleep: (_ms, stop) => stop() });
    expect(await ordered(world)).toMatchObject({ outcome: 'Done' });
    expect(world.commands).toEqual(['reboot']);
  });

  it('takes silence after the call for accepted, and silence before it for not', async () => {
    const after = aHost({ state: 'Ready', reboot: () => Promise.reject(silent(true)) });
    expect(await ordered(after)).toMatchObject({ outcome: 'Done' });
    const unsent = aHost({ state: 'Ready', reboot: () => Promise.reject(silent(false)) });
    expect(await ordered(unsent)).toMatchObject({ outcome: 'Retry', reason: 'SocketSilent' });
    expect(unsent.commands).toEqual(['reboot', 'deactivate']);
  });

  it('says so when a refused reboot leaves the update activated', async () => {
    const world = aHost({
      state: 'Ready',
      reboot: async () => ({ kind: 'Refused', status: 500, text: 'inhibited' }),
      command: () => ({ kind: 'Refused', status: 500, text: 'no dispatcher' }),
    });
    const answer = await ordered(world);
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'RebootRefused' });
    expect(answer.message).toContain('no dispatcher');
    expect(answer.message).toContain('any reboot may enter it');
  });

  it('answers UpdaterBusy, and does not wait past the order', async () => {
    const world = aHost({ status: () => ({ kind: 'Busy' }) });
    const answer = await ordered(world, 20_000);
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'UpdaterBusy' });
    expect(answer.seconds).toBeLessThanOrEqual(21);
  });
});
