/** `kubectl-containeros verify` as a person runs it, against real kubelets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiList, ApiObject } from '../lab/api/api-client.ts';
import { imageRepository } from '../lab/image.ts';
import { until } from '../lab/process/until.ts';
import type { Scene } from './support/scene.ts';
import { openScene, sharedStage } from './support/scene.ts';
import { patience } from './support/waits.ts';

const program = join(import.meta.dirname, '../../src/cli/main.ts');
const image = `${imageRepository}:dev`;

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

let scene: Scene;
let foreignRoot: string;
beforeAll(async () => {
  scene = await openScene('verify');
  foreignRoot = mkdtempSync(join(tmpdir(), 'foreign-'));
  mkdirSync(join(foreignRoot, 'etc'));
  writeFileSync(join(foreignRoot, 'etc/os-release'), 'ID=other\nPRETTY_NAME="Some Linux 12"\n');
  await scene.addNodes({
    bottlerocket: { host: { variant: 'aws-k8s-1.34' } },
    cos: { host: { os: 'ContainerOptimizedOS' } },
    other: { host: { root: foreignRoot } },
    slow: { host: { timings: { refreshMs: 60_000 } } },
  });
}, patience(120_000));
afterAll(async () => {
  await scene.close();
  rmSync(foreignRoot, { recursive: true });
});

const start = (args: readonly string[]) => {
  const common = ['--kubeconfig', sharedStage().adminKubeconfig, '--namespace', scene.namespace];
  const child = spawn(process.execPath, [program, 'verify', ...common, '--image', image, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The flags of the test runner are not the program's.
    env: { PATH: process.env['PATH'] },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]: (number | null)[]): Run => ({
    code: code ?? null,
    lines: stdout.trimEnd().split('\n'),
    stderr,
  }));
  return { child, ended, stdout: () => stdout };
};
const podsOf = async (): Promise<readonly string[]> => {
  const path = `/api/v1/namespaces/${scene.namespace}/pods`;
  const { items } = await scene.client.get<ApiList<ApiObject>>(path);
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('verify-'));
};
/** The value of a line `  name   value`. */
const valueOf = (name: string, { lines }: Run): string | undefined =>
  lines
    .find((line) => line.trimStart().startsWith(`${name} `))
    ?.trim()
    .slice(name.length)
    .trim();

describe('verify', () => {
  it.concurrent(
    'shows what a Bottlerocket node answers, and leaves nothing',
    async () => {
      const run = await start(['--node', scene.full('bottlerocket')]).ended;
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.lines).toContain('Recognised: Bottlerocket, version 1.25.0, variant aws-k8s-1.34');
      expect(valueOf('outcome', run)).toBe('Done');
      expect(valueOf('available', run)).toBe('1.26.1');
      const { bootID } = (await scene.node('bottlerocket')).status.nodeInfo;
      expect(run.lines).toContain(`  boot id       ${bootID}, as on the Node`);
      expect(run.lines.at(-1)).toBe('The Pod is gone');
    },
    patience(60_000),
  );

  it.concurrent(
    'shows what a Container-Optimized OS node answers, and leaves nothing',
    async () => {
      const run = await start(['--node', scene.full('cos')]).ended;
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.lines).toContain('Recognised: ContainerOptimizedOS, its version shows on the host only');
      expect(valueOf('rights', run)).toBe('SYS_CHROOT');
      expect(valueOf('version', run)).toBe('18613.164.4');
      expect(run.lines.at(-1)).toBe('The Pod is gone');
    },
    patience(60_000),
  );

  it.concurrent(
    'says why a node is none of ours, and asks it nothing',
    async () => {
      const run = await start(['--node', scene.full('other')]).ended;
      expect(run).toMatchObject({ code: 1, stderr: '' });
      expect(run.lines.at(-1)).toBe(
        'Recognised: neither Bottlerocket nor ContainerOptimizedOS: its osImage is "Some Linux 12", which no adapter takes for its own',
      );
    },
    patience(60_000),
  );

  it.concurrent(
    'deletes its Pod on Ctrl-C',
    async () => {
      const { child, ended, stdout } = start(['--node', scene.full('slow')]);
      const runs = (): true | undefined => stdout().includes('the container runs') || undefined;
      await until('the task to run', runs, { withinMs: patience(40_000) });
      child.kill('SIGINT');
      const run = await ended;
      expect(run.code).toBe(1);
      expect(run.lines.slice(-2)).toEqual([
        'SIGINT: cleaning up; once more ends at once and leaves the Pod',
        'The Pod is gone',
      ]);
    },
    patience(90_000),
  );

  it.concurrent(
    'says that there is no such node, and no such namespace, and how it is used',
    async () => {
      const nobody = await start(['--node', 'nobody']).ended;
      expect(nobody).toMatchObject({ code: 1, stderr: 'There is no Node nobody\n' });
      const nowhere = await start(['--node', scene.full('bottlerocket'), '--namespace', 'nowhere']).ended;
      expect(nowhere).toMatchObject({ code: 1 });
      expect(nowhere.stderr).toContain('There is no namespace nowhere: kubectl create namespace nowhere');
      const wrong = await start(['--node', '']).ended;
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--node must be given') });
    },
    patience(60_000),
  );

  it('has left nothing in its namespace', async () => {
    expect(await podsOf()).toEqual([]);
  });
});
