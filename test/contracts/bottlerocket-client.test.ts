/** Our client against what a real server was recorded to answer. BOTTLEROCKET_RECORDINGS names another file of recordings. */
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createApi, type UpdateCommand } from '../../src/adapters/os/bottlerocket/api.ts';
import { runCommand } from '../../src/adapters/os/bottlerocket/command.ts';
import { bottlerocketOptions } from '../../src/adapters/os/bottlerocket/options.ts';
import { createBottlerocketTasks } from '../../src/adapters/os/bottlerocket/tasks.ts';
import { noteFor, type Pins } from '../../src/api/restore.ts';
import { taskRequest } from '../../src/api/task.ts';
import { steppedTime } from '../adapters/os/fast-time.ts';
import { createRunner, type TaskRunner } from '../adapters/os/run-tasks.ts';
import { type RecordedServer, send, serveRecorded, single } from './bottlerocket-client/recorded-server.ts';
import { wholeBody } from './bottlerocket-client/whole-body.ts';
import { commandOf, endOf, isInFlight, releaseIn, statusIn } from './bottlerocket-host/command-ends.ts';
import type { RecordedResponse, Scenario } from './bottlerocket-host/recording.ts';
import { isForeign, underTest as scenarios } from './bottlerocket-host/scenario-files.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('every recorded answer to a call of ours', () => {
  interface Answer {
    readonly name: string;
    readonly call: 'os' | 'status' | 'settings' | 'write' | 'reboot' | UpdateCommand;
    readonly response: RecordedResponse;
  }
  const callOf = (method: string, path: string, query: string): Answer['call'] | undefined => {
    const command = commandOf.exec(path)?.[1] as UpdateCommand | undefined;
    if (method === 'POST' && command !== undefined) return command;
    if (method === 'POST' && path === '/actions/reboot') return 'reboot';
    if (method === 'POST' && path === '/tx/commit_and_apply') return 'write';
    if (method !== 'GET') return undefined;
    if (path === '/os' && query === '') return 'os';
    if (path === '/updates/status') return 'status';
    return path === '/settings' && query.startsWith('keys=settings.updates.version-lock')
      ? 'settings'
      : undefined;
  };
  const known = new Map<string, Answer>();
  for (const { scenario, steps } of scenarios)
    for (const [index, { request, response }] of steps.entries()) {
      const one = single({ response });
      const call = callOf(request?.method ?? '', request?.path ?? '', request?.query ?? '');
      if (call === undefined || one?.status === undefined || one.raw !== undefined) continue;
      // Cut in the recording.
      if (wholeBody(one.body ?? '').endsWith(' characters)')) continue;
      const what = `${call} ${one.status} ${(one.body ?? '').replaceAll(/"timestamp":"[^"]*"/g, '')}`;
      if (!known.has(what)) known.set(what, { name: `${scenario}, step ${index}`, call, response: one });
    }

  /** What the answer means, said anew and without the client's own parsing. */
  function meaning({ call, response: { status = 0, body = '' } }: Answer): unknown {
    const text = wholeBody(body);
    const refused = { kind: 'Refused', status };
    if (call === 'status') {
      if (status === 423) return { kind: 'Busy' };
      if (status === 404 && text !== '') return { kind: 'None' };
      if (status !== 200) return refused;
      const told = JSON.parse(text);
      return {
        kind: 'Status',
        status: {
          state: told.update_state,
          listed: told.available_updates,
          chosen: told.chosen_update?.version,
          staging:
            told.staging_partition === null
              ? undefined
              : {
                  version: told.staging_partition.image.version,
                  nextToBoot: told.staging_partition.next_to_boot,
                },
        },
      };
    }
    if (call === 'os') {
      const told = status === 200 ? JSON.parse(text) : undefined;
      return told === undefined
        ? refused
        : { kind: 'Release', version: told.version_id, variant: told.variant_id };
    }
    if (call === 'settings') {
      const lock = status === 200 ? JSON.parse(text).updates?.['version-lock'] : undefined;
      return lock === undefined
        ? { kind: status === 200 ? 'None' : 'Refused' }
        : { kind: 'Settings', settings: { 'version-lock': lock } };
    }
    if (status < 300) return { kind: 'Accepted' };
    if (call === 'write') return { kind: 'NotApplied', status };
    if (call === 'reboot') return refused;
    if (status === 423) return { kind: 'Busy' };
    if (status === 409) return { kind: 'WrongState' };
    return status === 404 && text !== '' ? { kind: 'Missing' } : refused;
  }

  if (known.size > 0)
    it.each([...known.values()])('$call of $name is understood', async (answer) => {
      const folder = await mkdtemp(join(tmpdir(), 'recorded-'));
      const socketPath = join(folder, 'api.sock');
      const server = createServer((request, response) => {
        request.resume();
        if (request.method === 'PATCH') response.writeHead(204).end();
        else if (request.method === 'DELETE') send(response, { status: 200, body: '[]' });
        else send(response, answer.response);
      });
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      open.push({
        close: async () => {
          await new Promise((resolve) => server.close(resolve));
          await rm(folder, { recursive: true, force: true });
        },
      });
      const api = createApi({ socketPath });
      const ask: Readonly<Record<Answer['call'], () => Promise<unknown>>> = {
        os: api.readRelease,
        status: api.readStatus,
        settings: api.readSettings,
        write: () => api.writeSettings({ 'version-lock': '1.20.0' }),
        reboot: api.reboot,
        refresh: () => api.command('refresh'),
        prepare: () => api.command('prepare'),
        activate: () => api.command('activate'),
        deactivate: () => api.command('deactivate'),
      };
      expect(await ask[answer.call]()).toMatchObject(Object(meaning(answer)));
    });

  // Another file of recordings need not.
  (isForeign ? describe.skip : describe)('of the recordings', () => {
    it('is there: they hold calls of each kind', () => {
      expect(new Set([...known.values()].map(({ call }) => call)).size).toBe(9);
    });
  });
});

describe('every recorded command', () => {
  interface Run {
    readonly name: string;
    readonly command: UpdateCommand;
    readonly scenario: Scenario;
    readonly index: number;
  }
  const runs = scenarios.flatMap((scenario) => {
    const statuses = scenario.steps.map((step) => statusIn(step));
    return scenario.steps.flatMap((step, index): Run[] => {
      const command = commandOf.exec(step.request?.path ?? '')?.[1] as UpdateCommand | undefined;
      const status = single(step)?.status;
      if (command === undefined || step.request?.method !== 'POST' || status === undefined) return [];
      // A client of ours waits for a lock that is held; what was asked beside a running command is not its way.
      if (status === 423 || isInFlight(scenario.steps, index)) return [];
      if (status === 204 && endOf(scenario.steps, statuses, index) === undefined) return [];
      return [{ name: `${scenario.scenario}, step ${index}`, command, scenario, index }];
    });
  });

  // Another file may hold none.
  if (runs.length > 0)
    it.each(runs)(
      '$command of $name runs to the end that was recorded',
      async ({ command, scenario, index }) => {
        const { steps } = scenario;
        const statuses = steps.map((step) => statusIn(step));
        const before = steps.slice(0, index).findLast((_, at) => statuses[at] !== undefined);
        const status = single(before);
        const server = await serveRecorded(steps.slice(index), {
          version: releaseIn(steps) ?? '1.19.5',
          ...(status === undefined ? {} : { status }),
        });
        open.push(server);
        const { clock, sleep } = steppedTime();
        const result = await runCommand(
          {
            api: createApi({ socketPath: server.socketPath }),
            options: bottlerocketOptions.parse({}),
            context: {
              request: taskRequest.parse({ protocol: 1, task: 'Stage', os: 'Bottlerocket' }),
              clock,
              signal: new AbortController().signal,
              sleep: (ms, signal = new AbortController().signal) => sleep(ms, signal),
              log: () => undefined,
              readBootID: async () => 'boot-1',
              checkOrder: async () => undefined,
            },
          },
          command,
        );
        expect(server.strange).toEqual([]);
        expect(result).toMatchObject(endAsRecorded(scenario, index));
      },
    );

  function endAsRecorded({ steps }: Scenario, index: number): object {
    const { status = 0 } = single(steps[index]) ?? {};
    if (status === 409) return { kind: 'WrongState' };
    if (status === 404) return { kind: 'Missing' };
    if (status >= 500) return { kind: 'Refused', status };
    const end = endOf(
      steps,
      steps.map((step) => statusIn(step)),
      index,
    );
    if (end?.kind !== 'Ended') return { kind: 'Lost' };
    const { update_state: state, most_recent_command: trace } = end.status;
    if (trace?.cmd_status === 'Success') return { kind: 'Succeeded', status: { state } };
    const line = (trace?.stderr ?? '').trim().split('\n').at(-1) ?? '';
    return { kind: 'Failed', status: { state }, text: expect.stringContaining(line.slice(-200)) };
  }
});

/** Whole tasks through recorded scenarios in which somebody did just what they do. */
describe('the tasks', () => {
  const own = { 'version-lock': 'latest', 'ignore-waves': false };

  const scenarioOf = (name: string): Scenario | undefined =>
    scenarios.find(({ scenario }) => scenario === name);

  /** Another file of recordings need not have the scenario; then this is skipped. Ours must. */
  const describeAsIn = (name: string): typeof describe.skip =>
    isForeign && scenarioOf(name) === undefined ? describe.skip : describe;

  async function walk(name: string): Promise<TaskRunner & { readonly server: RecordedServer }> {
    const scenario = scenarioOf(name);
    if (scenario === undefined) throw new Error(`the recordings hold no ${name}`);
    const { steps } = scenario;
    const server = await serveRecorded(steps, { version: releaseIn(steps) ?? runningIn(scenario) });
    open.push(server);
    const runner = createRunner({
      os: 'Bottlerocket',
      tasks: createBottlerocketTasks({ socketPath: server.socketPath }),
      time: steppedTime(),
      bootID: () => 'boot-1',
    });
    return { ...runner, server };
  }

  const runningIn = ({ steps }: Scenario): string =>
    steps.map((step) => statusIn(step)?.active_partition?.image.version).find((one) => one !== undefined) ??
    '1.19.5';

  const inspects: readonly (readonly [string, object])[] = [
    ['repo-503', { outcome: 'Retry', reason: 'RefreshFailed', message: expect.stringContaining('503') }],
    [
      'repo-404',
      { outcome: 'Retry', reason: 'RefreshFailed', message: expect.stringContaining('timestamp') },
    ],
    ['repo-403-timestamp', { outcome: 'Retry', reason: 'RefreshFailed' }],
    ['repo-reset', { outcome: 'Retry', reason: 'RefreshFailed' }],
    [
      'repo-expired',
      { outcome: 'Retry', reason: 'RefreshFailed', message: expect.stringContaining('expired') },
    ],
    ['repo-bad-signature', { outcome: 'Retry', reason: 'RefreshFailed' }],
    ['other-variant-only', { outcome: 'Done', version: '1.19.5' }],
    [
      'waves-not-ready',
      { outcome: 'Done', version: '1.19.5', message: 'Runs 1.19.5; nothing newer is offered' },
    ],
  ];
  for (const [name, want] of inspects)
    describeAsIn(name)(`as in ${name}`, () => {
      it('inspect', async () => {
        const world = await walk(name);
        expect(await world.run('Inspect')).toMatchObject(want);
        expect(world.server.strange).toEqual([]);
      });
    });

  const stages: readonly (readonly [string, object])[] = [
    ['happy-path-real', { outcome: 'Done', staged: '1.20.0', available: '1.20.0' }],
    ['slow-download', { outcome: 'Done', staged: '1.20.0' }],
    [
      'no-migration-path',
      { outcome: 'Failed', reason: 'PrepareFailed', message: expect.stringContaining('migration') },
    ],
    ['repo-image-missing', { outcome: 'Failed', reason: 'PrepareFailed' }],
    [
      'updog-killed-real',
      { outcome: 'Failed', reason: 'PrepareFailed', message: expect.stringContaining('signal 9') },
    ],
    ['dispatcher-killed-real', { outcome: 'Retry', reason: 'CommandLost' }],
    ['download-budget-no-ranges', { outcome: 'Failed', reason: 'PrepareFailed' }],
    ['download-budget-ranges', { outcome: 'Done', staged: '1.20.0' }],
  ];
  for (const [name, want] of stages)
    describeAsIn(name)(`as in ${name}`, () => {
      it('stage', async () => {
        const world = await walk(name);
        expect(await world.run('Stage')).toMatchObject(want);
        expect(world.server.strange).toEqual([]);
      });
    });

  const noteOf = (pins: Pins) => ({ restore: noteFor(pins, own, undefined) });

  describeAsIn('pin-older')('as in pin-older', () => {
    it('stage an exact version', async () => {
      const world = await walk('pin-older');
      const options = noteOf({ 'version-lock': '1.19.4' });
      expect(await world.run('Stage', { target: '1.19.4', options })).toMatchObject({
        outcome: 'Done',
        version: '1.19.5',
        staged: '1.19.4',
        settings: { 'version-lock': '1.19.4' },
      });
      expect(world.server.strange).toEqual([]);
    });
  });

  describeAsIn('full-update-real')('as in full-update-real', () => {
    it('update', async () => {
      const world = await walk('full-update-real');
      expect(await world.run('Stage')).toMatchObject({
        outcome: 'Done',
        version: '1.19.5',
        staged: '1.20.0',
      });
      expect(await world.run('Reboot', { target: '1.20.0', order: world.order() })).toMatchObject({
        outcome: 'Done',
      });
      expect(await world.run('Inspect')).toMatchObject({ outcome: 'Done', version: '1.20.0' });
      expect(world.server.strange).toEqual([]);
    });
  });

  describeAsIn('downgrade-real')('as in downgrade-real', () => {
    it('downgrade and put the settings back', async () => {
      const world = await walk('downgrade-real');
      const options = noteOf({ 'version-lock': '1.19.5' });
      expect(await world.run('Stage', { target: '1.19.5', options })).toMatchObject({
        outcome: 'Done',
        version: '1.20.0',
        staged: '1.19.5',
      });
      expect(await world.run('Reboot', { target: '1.19.5', order: world.order() })).toMatchObject({
        outcome: 'Done',
      });
      expect(await world.run('Inspect', { options })).toMatchObject({
        outcome: 'Done',
        version: '1.19.5',
        available: '1.20.0',
        settings: own,
        restored: true,
      });
      expect(world.server.strange).toEqual([]);
    });
  });

  describeAsIn('repo-down-activate')('as in repo-down-activate', () => {
    it('do not activate where that fails', async () => {
      const world = await walk('repo-down-activate');
      expect(await world.run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.20.0' });
      expect(await world.run('Reboot', { target: '1.20.0', order: world.order() })).toMatchObject({
        outcome: 'Failed',
        reason: 'ActivateFailed',
        message: expect.stringContaining('It is not activated.'),
      });
      expect(world.server.strange).toEqual([]);
    });
  });
});
