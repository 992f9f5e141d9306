/** Simulated hosts whose root is entered by the real chroot, or nsenter; in a user namespace where we are not root. One program serves a whole file. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type TaskAnswer, taskAnswer } from '../../../../src/api/task.ts';
import { assertTold } from '../run-tasks.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';

const execute = promisify(execFile);
export const isRoot = process.getuid?.() === 0;

export interface RealRoots {
  readonly aHost: (faults?: Readonly<Record<string, unknown>>, parts?: object) => Promise<LabMachine>;
  readonly run: (
    host: LabMachine,
    request: Readonly<Record<string, unknown>>,
    speed?: { readonly faster?: number; readonly fasterPrograms?: number },
  ) => Promise<TaskAnswer>;
  /** A folder that is removed at the end. */
  readonly folder: () => string;
}

/** To be called once, at the top of a file: it prepares, and cleans up after each test and at the end. */
export function useRealRoots(): RealRoots {
  const machines: LabMachine[] = [];
  let folder: string;
  let hostTool: string;
  let program: ChildProcessByStdio<Writable, Readable, null>;
  let lines: AsyncIterator<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tool-'));
    hostTool = process.env['LAB_HOSTTOOL'] ?? join(folder, 'hosttool');
    if (process.env['LAB_HOSTTOOL'] === undefined) {
      const cwd = join(import.meta.dirname, '../../../lab/go/hosttool');
      const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
      await execute('go', ['build', '-trimpath', '-o', hostTool, '.'], { cwd, env });
    }
    const command = [process.execPath, join(import.meta.dirname, 'run-in-root.ts')];
    const [file = '', ...args] = isRoot ? command : ['unshare', '--user', '--map-root-user', ...command];
    // The flags of the test runner are not the program's.
    const env = { PATH: process.env['PATH'] };
    program = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }, 120_000);
  afterEach(async () => {
    for (const machine of machines.splice(0)) await machine.close();
  });
  afterAll(async () => {
    const ended = once(program, 'exit');
    program.stdin.end();
    await ended;
    await rm(folder, { recursive: true });
  });

  return {
    folder: () => folder,
    aHost: async (faults = {}, parts = {}) => {
      const machine = await startLabMachine(
        {
          os: 'ContainerOptimizedOS',
          version: '18613.164.98',
          offers: ['18613.200.1'],
          timings: { refreshMs: 50, prepareMs: 200, activateMs: 10 },
          faults,
          ...parts,
        },
        { hostTool },
      );
      machines.push(machine);
      return machine;
    },
    run: async ({ root, bootID }, request, { faster = 40, fasterPrograms = 1 } = {}) => {
      const whole = { protocol: 1, os: 'ContainerOptimizedOS', ...request };
      const question = { root, bootID: bootID(), request: whole, faster, fasterPrograms };
      program.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('The program that runs the tasks has ended');
      const answer = taskAnswer.parse(JSON.parse(value));
      assertTold(answer);
      return answer;
    },
  };
}

/** An order for the present boot that does not run out while a test runs, at whatever speed. */
export const orderFor = ({ bootID }: LabMachine) => ({
  bootID: bootID(),
  notAfter: new Date(Date.now() + 24 * 3_600_000).toISOString(),
});
