/** Where finished programs lie: outside the work tree, one folder per target and content, so that they survive a `git clean`. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './target.ts';

/** Days after its last use until a cache entry is removed. */
const keepDays = 30;

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(projectCache(env), 'lab');
}

/** Where this project keeps what is slow to make. */
export function projectCache(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG specification calls a relative path invalid, to be ignored.
  const root = base?.startsWith('/') === true ? base : join(homedir(), '.cache');
  return join(root, 'container-os-operator');
}

/** A name that changes exactly when the target's programs may. */
export function cacheKey(target: Target, platform: string): string {
  const hash = createHash('sha256');
  const add = (name: string, content: string | Buffer): void => {
    hash.update(`${name}\0${String(content.length)}\0`).update(content);
  };
  add('flags', JSON.stringify([target.binaries, target.tags, target.ldflags, platform]));
  for (const name of ['go.mod', 'go.sum']) {
    const file = join(target.module, name);
    // A module without requirements has no go.sum.
    if (existsSync(file)) add(name, readFileSync(file));
  }
  for (const file of sourceFiles(target)) add(file, readFileSync(join(target.module, file)));
  return `${target.name}-${hash.digest('hex').slice(0, 16)}`;
}

function sourceFiles(target: Target): string[] {
  return target.sources
    .flatMap((folder) =>
      readdirSync(join(target.module, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
    .toSorted();
}

/** Removes entries that nobody used for a long time, and what an interrupted build left. For the holder of the lock only. */
export function pruneCache(folder: string, keep: ReadonlySet<string>, now: number): void {
  for (const name of readdirSync(folder)) {
    const age = now - statSync(join(folder, name)).mtimeMs;
    const interrupted = name.startsWith(unfinishedPrefix);
    const forgotten = /-[0-9a-f]{16}$/.test(name) && !keep.has(name) && age > keepDays * 24 * 3600 * 1000;
    if (interrupted || forgotten) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

export const unfinishedPrefix = 'unfinished-';
