/** A host whose replies are scripted one by one, on a clock that stands still between waits. */
import type {
  ActionReply,
  BottlerocketApi,
  SettingsReply,
  SettingsWrite,
  StatusReply,
  UpdateCommand,
} from '../../../../src/adapters/os/bottlerocket/api.ts';
import type { HostSettings, Pins } from '../../../../src/api/restore.ts';
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
  /** The connection breaks before the answer to a command that was started. */
  readonly breaks?: (command: UpdateCommand) => boolean;
  /** In place of the settings in force. */
  readonly settings?: (reads: number) => SettingsReply | undefined;
  readonly hostSettings?: Pins;
  /** In place of putting settings in force. */
  readonly write?: (settings: Pins) => SettingsWrite | undefined;
  /** Changes what a finished command leaves. */
  readonly finish?: (command: UpdateCommand, status: UpdateStatus) => UpdateStatus;
  readonly reboot?: () => ReturnType<BottlerocketApi['reboot']>;
  readonly bootID?: () => string;
  readonly beforeSleep?: (ms: number, stop: () => void) => void;
}

export interface World extends TaskRunner {
  readonly commands: string[];
  /** What was asked to be put in force. */
  readonly writes: readonly Pins[];
  readonly hostSettings: () => HostSettings;
}

export function aScriptedHost(script: Script = {}): World {
  const state = script.state ?? 'Idle';
  const commands: string[] = [];
  let calls = 0;
  let reads = 0;
  const writes: Pins[] = [];
  let settings: HostSettings = { 'version-lock': 'latest', 'ignore-waves': false, ...script.hostSettings };
  let status: UpdateStatus = { ...statusIn(state), command: undefined };
  const api: BottlerocketApi = {
    readRelease: async () => ({ kind: 'Release', version: '1.26.0', variant: 'aws-k8s-1.31' }),
    readSettings: async () => script.settings?.((reads += 1)) ?? { kind: 'Settings', settings },
    writeSettings: async (change) => {
      writes.push(change);
      const instead = script.write?.(change);
      if (instead !== undefined) return instead;
      settings = { ...settings, ...change };
      return { kind: 'Accepted' };
    },
    readStatus: async () => script.status?.((calls += 1)) ?? { kind: 'Status', status },
    command: async (command) => {
      commands.push(command);
      const instead = script.command?.(command);
      if (instead !== undefined) return instead;
      if (!before[command].includes(status.state)) return { kind: 'WrongState', text: 'not allowed' };
      const after = command === 'refresh' && status.state === 'Idle' ? 'Available' : status.state;
      const lock = settings['version-lock'];
      const reached = { refresh: after, prepare: 'Staged', activate: 'Ready', deactivate: 'Staged' } as const;
      const trace = {
        type: command,
        succeeded: true,
        timestamp: String(commands.length),
        exitStatus: 0,
        errorText: '',
      };
      status = { ...statusIn(reached[command], lock === 'latest' ? '1.26.1' : lock), command: trace };
      status = script.finish?.(command, status) ?? status;
      if (script.breaks?.(command) === true) throw silent(true);
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
  return { ...runner, commands, writes, hostSettings: () => settings };
}

function statusIn(state: State, wanted = '1.26.1'): UpdateStatus {
  const staged = state === 'Staged' || state === 'Ready';
  return {
    state,
    listed: ['1.26.1', '1.26.0', '1.25.0'],
    chosen: state === 'Idle' ? undefined : wanted,
    active: { version: '1.26.0', nextToBoot: state !== 'Ready' },
    staging: staged ? { version: wanted, nextToBoot: state === 'Ready' } : undefined,
    command: undefined,
  };
}

export const silent = (sent: boolean) => new SocketError('no answer', { sent });
