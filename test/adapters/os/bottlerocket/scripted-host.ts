/** A host whose replies are scripted one by one, on a clock that stands still between waits. */
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

export interface Script {
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

export interface World extends TaskRunner {
  readonly commands: string[];
}

export function aScriptedHost(script: Script = {}): World {
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

export const silent = (sent: boolean) => new SocketError('no answer', { sent });
