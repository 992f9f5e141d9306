/** A simulated host asked over its own socket, and the tasks over it; closed after each test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { createCosHost } from '../../../../src/adapters/os/cos/host.ts';
import { createCosTasks } from '../../../../src/adapters/os/cos/tasks.ts';
import { fastTime } from '../fast-time.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';
import { createRunner, type TaskRunner } from '../run-tasks.ts';
import { socketCommand } from './socket-command.ts';

const factor = 40;
const machines: LabMachine[] = [];
let folder: string;
let hostTool: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cos-'));
  hostTool = join(folder, 'tool');
  // Nobody starts it here.
  await writeFile(hostTool, '');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

export interface World extends TaskRunner {
  readonly machine: LabMachine;
  /** Argument lists of every program that a task ran. */
  readonly commands: string[];
  /** Runs one of the host's programs, as a person does. */
  readonly program: (program: string, args: readonly string[]) => Promise<unknown>;
}

const quick = { refreshMs: 20, prepareMs: 100, activateMs: 10 };

export async function aHost(faults: Readonly<Record<string, unknown>> = {}, parts = {}): Promise<World> {
  const machine = await startLabMachine(
    {
      os: 'ContainerOptimizedOS',
      version: '18613.164.98',
      offers: ['18613.164.98', '18613.200.1', '18613.199.9', '19000.1.1'],
      timings: quick,
      faults,
      ...parts,
    },
    { hostTool },
  );
  machines.push(machine);
  const commands: string[] = [];
  const command = socketCommand(machine.root, factor);
  const runner = createRunner({
    os: 'ContainerOptimizedOS',
    tasks: createCosTasks({
      open: (how) => ({
        ...createCosHost(machine.root, how),
        command: {
          run: (program, args, timeout) => {
            // As Node.js wants it where it starts the program itself.
            if (!Number.isInteger(timeout)) throw new RangeError(`timeout ${timeout}`);
            commands.push([program, ...args].join(' '));
            return command.run(program, args, timeout);
          },
        },
      }),
    }),
    time: fastTime(factor),
    bootID: machine.bootID,
  });
  const program = (path: string, args: readonly string[]) => command.run(path, args, 30_000 * factor);
  return { ...runner, machine, commands, program };
}

/** A host on its second build, on which a person has gone back to the first one: staged, not entered. */
export async function aRolledBackHost(faults: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const world = await aHost();
  await world.run('Stage');
  await world.run('Reboot', { order: world.order() });
  await world.machine.boot();
  await world.program('/usr/bin/update_engine_client', ['--rollback', '--nopowerwash']);
  while ((await world.run('Inspect')).staged === undefined) await wait(10);
  world.machine.change({ faults });
  world.commands.length = 0;
  return world;
}

/** Hosts that cannot be updated in place: faults, and the answer of Inspect and Stage. */
export const unusable: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ['the mark of Secure Boot', { secureBoot: true }, { outcome: 'Unsupported', reason: 'SecureBoot' }],
  ['a unit stopped by Secure Boot', { unit: 'SecureBoot' }, { outcome: 'Unsupported', reason: 'SecureBoot' }],
  ['a masked unit', { unit: 'Masked' }, { outcome: 'Unsupported', reason: 'Masked' }],
  ['a mask on the kernel command line', { cmdlineMask: true }, { outcome: 'Unsupported', reason: 'Masked' }],
  ['no unit', { unit: 'NotFound' }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
  ['a stopped unit', { unit: 'Inactive' }, { outcome: 'Unsupported', reason: 'UpdatesDisabled' }],
  ['a failed unit', { unit: 'Failed' }, { outcome: 'Failed', reason: 'UpdateEngineFailed' }],
];
