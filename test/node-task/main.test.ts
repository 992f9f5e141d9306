/** The program itself, as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAnswer } from '../../src/api/task.ts';

const program = join(import.meta.dirname, '../../src/node-task/main.ts');
let folder: string;
let document: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'task-'));
  document = join(folder, 'termination-log');
  await writeFile(document, '');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(env: Readonly<Record<string, string>>): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], TERMINATION_LOG: document, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

const inspectBottlerocket = { CONTAINEROS_TASK: '{"protocol":1,"task":"Inspect","os":"Bottlerocket"}' };

describe('the node-task program', () => {
  it('writes an answer and ends with 0, also when the answer is that nothing can be done', async () => {
    const { ended } = start({
      CONTAINEROS_TASK: '{"protocol":1,"task":"Inspect","os":"ContainerOptimizedOS"}',
    });
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(parseAnswer(await readFile(document, 'utf8'))).toMatchObject({
      answer: { outcome: 'Unsupported', reason: 'NotThisOS', os: 'ContainerOptimizedOS' },
    });
    expect(stdout).toContain('NotThisOS');
  });

  it('answers with the boot id of the kernel', async () => {
    const bootID = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const request = {
      protocol: 1,
      task: 'Reboot',
      os: 'Bottlerocket',
      order: { bootID: 'x', notAfter: '2099-01-01T00:00:00Z' },
    };
    await start({ CONTAINEROS_TASK: JSON.stringify(request) }).ended;
    expect(parseAnswer(await readFile(document, 'utf8'))).toMatchObject({
      answer: { outcome: 'Failed', reason: 'WrongBoot', bootID },
    });
  });

  it.each([
    ['no request', {}, 'CONTAINEROS_TASK is not set'],
    ['a request that it does not understand', { CONTAINEROS_TASK: '{"protocol":7}' }, 'protocol'],
  ])('ends with 1 and writes no answer to %s', async (_name, env, text) => {
    const { code, stderr } = await start(env).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(text);
    expect(await readFile(document, 'utf8')).toBe('');
  });

  it('ends with 1 when its answer cannot be written', async () => {
    const { ended } = start({
      CONTAINEROS_TASK: '{"protocol":1,"task":"Inspect","os":"ContainerOptimizedOS"}',
      TERMINATION_LOG: join(folder, 'no-such-folder/file'),
    });
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('ENOENT');
  });

  it('answers Retry when the time that its request allows is over', async () => {
    const request = '{"protocol":1,"task":"Inspect","os":"Bottlerocket","withinSeconds":1}';
    const { code } = await start({ CONTAINEROS_TASK: request }).ended;
    expect(code).toBe(0);
    expect(parseAnswer(await readFile(document, 'utf8'))).toMatchObject({
      answer: { outcome: 'Retry', reason: 'DeadlineExceeded' },
    });
  });

  it('answers Retry at a SIGTERM that finds it waiting', async () => {
    const { child, ended } = start(inspectBottlerocket);
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGTERM'), 300));
    const { code } = await ended;
    expect(code).toBe(0);
    expect(parseAnswer(await readFile(document, 'utf8'))).toMatchObject({
      answer: { outcome: 'Retry', reason: 'Terminated' },
    });
  });
});
