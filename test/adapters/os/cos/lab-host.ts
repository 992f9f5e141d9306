/** A simulated host asked over its own socket, and the tasks over it; closed after each test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  /** Argument lists of every program that was run. */
  readonly commands: string[];
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
            commands.push([program, ...args].join(' '));
            return command.run(program, args, timeout);
          },
        },
      }),
    }),
    time: fastTime(factor),
    bootID: machine.bootID,
  });
  return { ...runner, machine, commands };
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
