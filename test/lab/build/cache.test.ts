import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, cacheKey, pruneCache } from './cache.ts';
import type { Target } from './target.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('cacheKey', () => {
  const target = (change: Partial<Target> = {}): Target => ({
    name: 'tool',
    module: folder,
    binaries: { tool: '.' },
    tags: '',
    ldflags: '-s',
    sources: ['.'],
    expectedSeconds: 1,
    ...change,
  });
  beforeEach(() => {
    mkdirSync(join(folder, 'internal'));
    writeFileSync(join(folder, 'go.mod'), 'module tool');
    writeFileSync(join(folder, 'internal/tool.go'), 'package internal');
  });

  it.each([
    { what: 'a source file', change: () => writeFileSync(join(folder, 'internal/tool.go'), 'package other') },
    { what: 'a new source file', change: () => writeFileSync(join(folder, 'main.go'), 'package main') },
    { what: 'a requirement', change: () => writeFileSync(join(folder, 'go.sum'), 'x v1.0.0 h1:y=') },
  ])('changes with $what', ({ change }) => {
    const before = cacheKey(target(), 'linux-x64');
    change();
    expect(cacheKey(target(), 'linux-x64')).not.toBe(before);
  });

  it.each([
    { what: 'the flags', changed: { ldflags: '-w' } },
    { what: 'the tags', changed: { tags: 'selinux' } },
  ])('changes with $what', ({ changed }) => {
    expect(cacheKey(target(changed), 'linux-x64')).not.toBe(cacheKey(target(), 'linux-x64'));
  });

  it('changes with the machine', () => {
    expect(cacheKey(target(), 'linux-arm64')).not.toBe(cacheKey(target(), 'linux-x64'));
  });

  it('stays for what is not built: tests, notes, and the sources of another target', () => {
    const before = cacheKey(target({ sources: [] }), 'linux-x64');
    writeFileSync(join(folder, 'internal/tool_test.go'), 'package internal');
    writeFileSync(join(folder, 'README.md'), 'text');
    writeFileSync(join(folder, 'internal/tool.go'), 'package other');
    expect(cacheKey(target({ sources: [] }), 'linux-x64')).toBe(before);
  });
});

describe('cacheFolder', () => {
  it.each([
    { env: { XDG_CACHE_HOME: '/var/cache/me' }, want: '/var/cache/me/container-os-operator/lab' },
    { env: {}, want: join(homedir(), '.cache/container-os-operator/lab') },
    { env: { XDG_CACHE_HOME: 'relative' }, want: join(homedir(), '.cache/container-os-operator/lab') },
  ])('is $want for $env', ({ env, want }) => {
    expect(cacheFolder(env)).toBe(want);
  });
});

describe('pruneCache', () => {
  it('removes what an interrupted build left and what nobody used for a month, and nothing else', () => {
    const now = Date.now();
    const entry = (name: string, daysAgo: number): void => {
      mkdirSync(join(folder, name));
      utimesSync(join(folder, name), new Date(now), new Date(now - daysAgo * 86_400_000));
    };
    entry('etcd-0123456789abcdef', 31);
    entry('helm-0123456789abcdef', 29);
    entry('kept-0123456789abcdef', 400);
    entry('somebody-elses', 400);
    entry('unfinished-x1', 0);
    pruneCache(folder, new Set(['kept-0123456789abcdef']), now);
    expect(readdirSync(folder).toSorted()).toEqual([
      'helm-0123456789abcdef',
      'kept-0123456789abcdef',
      'somebody-elses',
    ]);
  });
});
