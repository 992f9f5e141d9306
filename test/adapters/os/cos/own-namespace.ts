/** A process with a mount namespace of its own in which a folder is the root, as the host's first process has one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Ends with its standard input. The shell waits by itself: in the new root there is no program that could. */
const script = 'mount --bind "$0" "$0" && cd "$0" && pivot_root . before && echo there && read end';

export interface Namespace {
  readonly pid: number;
  readonly end: () => Promise<void>;
}

/** Throws where the kernel does not let us. */
export async function enterNamespace(root: string): Promise<Namespace> {
  await mkdir(join(root, 'before'), { recursive: true });
  const child = spawn('unshare', ['--mount', '--propagation', 'private', '--', 'sh', '-c', script, root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const began = once(child.stdout, 'data').then(() => true);
  const isThere = await Promise.race([began, ended.then(() => false)]);
  if (!isThere || child.pid === undefined) throw new Error('No mount namespace could be made');
  return {
    pid: child.pid,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
