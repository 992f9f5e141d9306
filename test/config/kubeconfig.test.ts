import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadKubeConfig } from '../../src/config/kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
};

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problem(path: string): string {
  try {
    loadKubeConfig(path);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n').replace(`--kubeconfig: ${path} `, '');
    throw error;
  }
  return 'none';
}

describe('a kubeconfig file', () => {
  it('that is complete is loaded', () => {
    const config = loadKubeConfig(file('good', good));
    expect(config.getCurrentCluster()?.server).toBe('https://127.0.0.1:1');
  });

  it('may name its certificates by paths relative to itself', () => {
    file('ca.crt', 'x');
    const cluster = { server: 'https://127.0.0.1:1', 'certificate-authority': 'ca.crt' };
    const path = file('relative', { ...good, clusters: [{ name: 'c', cluster }] });
    expect(loadKubeConfig(path).getCurrentCluster()?.caFile).toBe(join(folder, 'ca.crt'));
  });

  it('needs no user where its context names none', () => {
    const contexts = [{ name: 'x', context: { cluster: 'c' } }];
    expect(problem(file('anonymous', { ...good, contexts, users: [] }))).toBe('none');
  });

  it('that is not there, or is a folder, is named', () => {
    expect(problem(join(folder, 'nowhere'))).toBe('does not exist');
    mkdirSync(join(folder, 'folder'));
    expect(problem(join(folder, 'folder'))).toBe('is a folder, not a file');
  });

  it.each<[string, unknown, string | RegExp]>([
    ['empty', '', 'has no current-context'],
    ['no YAML', '{ clusters: [', /^is no kubeconfig \(.+\)$/],
    ['a text', 'just words', /^(is no kubeconfig \(.+\)|has no current-context)$/],
    ['without a current context', { ...good, 'current-context': undefined }, 'has no current-context'],
    [
      'with a current context that is not there',
      { ...good, 'current-context': 'y' },
      'has no context y, its current-context',
    ],
    ['without its cluster', { ...good, clusters: [] }, 'has no cluster for its current-context x'],
    ['without its user', { ...good, users: [] }, 'has no user for its current-context x'],
    [
      'whose server is no address',
      { ...good, clusters: [{ name: 'c', cluster: { server: 'here' } }] },
      'has no usable server for cluster c',
    ],
    [
      'whose certificate is not there',
      { ...good, users: [{ name: 'u', user: { 'client-certificate': '/nowhere/crt' } }] },
      'names /nowhere/crt, which does not exist',
    ],
  ])('that is %s is refused in one sentence', (name, content, because) => {
    const said = problem(file(name.replaceAll(' ', '-'), content));
    if (typeof because === 'string') expect(said).toBe(because);
    else expect(said).toMatch(because);
  });
});

it('the operator ends with that sentence, and no stack', () => {
  const path = join(folder, 'nowhere');
  const program = join(import.meta.dirname, '../../src/main.ts');
  const env = { PATH: process.env['PATH'] };
  const { status, stderr } = spawnSync(process.execPath, [program, '--kubeconfig', path], {
    env,
    encoding: 'utf8',
  });
  expect(stderr).toBe(`The configuration cannot be used:\n  --kubeconfig: ${path} does not exist\n`);
  expect(status).toBe(1);
}, 30_000);
