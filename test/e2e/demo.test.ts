/** The demo as a person runs it, with the smallest fleet: it ends with a rollout that is done, or at once when it is told to, and leaves nothing behind. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptValue } from '../lab/process/attempt.ts';
import { until } from '../lab/process/until.ts';
import { patience } from './support/waits.ts';

const script = join(import.meta.dirname, '../../scripts/demo.ts');

interface Demo {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

let folder = '';
let demo: Demo | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(async () => {
  demo?.child.kill('SIGINT');
  await demo?.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** All its files go to `folder`, by which its processes can be told too. */
function startDemo(): Demo {
  const child = spawn(process.execPath, [script, '--json', '--nodes', '2'], {
    env: { ...process.env, TMPDIR: folder, NODE_OPTIONS: '' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Command lines that name the folder. */
function processes(): readonly string[] {
  // A process may go between being listed and being read.
  const read = (pid: string): string | undefined =>
    attemptValue('ESRCH', () => attemptValue('ENOENT', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => read(pid) ?? '')
    .filter((line) => line.includes(folder));
}

describe('the demo', () => {
  it(
    'updates every node, says so in one line of JSON, and leaves no process and no file',
    async () => {
      demo = startDemo();
      const code = await demo.ended;
      expect({ code, stderr: code === 0 ? '' : demo.stderr() }).toEqual({ code: 0, stderr: '' });
      expect(demo.stdout().trimEnd().split('\n')).toHaveLength(1);
      const seconds = expect.any(Number);
      expect(JSON.parse(demo.stdout())).toEqual({
        nodes: 2,
        updated: 2,
        failed: 0,
        seconds,
        violations: [],
        perNode: [
          { node: 'bottlerocket-01', os: 'Bottlerocket', from: '1.25.0', to: '1.26.1', seconds },
          { node: 'cos-01', os: 'ContainerOptimizedOS', from: '18613.164.4', to: '18613.164.98', seconds },
        ],
      });
      expect(readdirSync(folder)).toEqual([]);
      expect(processes()).toEqual([]);
    },
    patience(600_000),
  );

  it(
    'that is interrupted in mid-rollout ends soon and leaves no process and no file',
    async () => {
      const running = startDemo();
      demo = running;
      const isUnderWay = (): true | undefined => running.stderr().includes('task is running') || undefined;
      await until('the rollout to begin', isUnderWay, { withinMs: patience(240_000) });
      running.child.kill('SIGINT');
      const began = performance.now();
      expect(await running.ended).toBe(130);
      expect(performance.now() - began).toBeLessThan(60_000);
      expect(running.stdout()).toBe('');
      expect(readdirSync(folder)).toEqual([]);
      expect(processes()).toEqual([]);
    },
    patience(600_000),
  );
});
