/** One build at a time on this machine: a file that names its owner, taken over when the owner is gone. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, attemptValue } from '../process/attempt.ts';
import { processIdentity } from '../process/process-identity.ts';

const pollMs = 300;
/** Milliseconds: taking over is a few file operations, so a takeover of this age was interrupted. */
const takeoverLimitMs = 10_000;

export interface LockOptions {
  /** Called once, with the owner's process id, when the lock has to be waited for. */
  readonly onWait?: (owner: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` while holding the lock `path`.
 * @throws whatever `work` throws; an AbortError when `signal` aborts the wait.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    unlinkSync(path);
  }
}

async function acquire(path: string, { onWait, signal }: LockOptions): Promise<void> {
  const me = processIdentity(process.pid) ?? String(process.pid);
  const mine = `${path}.${String(process.pid)}`;
  writeFileSync(mine, me);
  try {
    for (let told = false; !links(mine, path);) {
      const owner = read(path);
      if (owner === undefined) continue;
      if (isGone(owner)) {
        takeOver(path, owner);
        continue;
      }
      if (!told) onWait?.(Number(owner.split(' ')[0]));
      told = true;
      await sleep(pollMs, undefined, { ...(signal && { signal }) });
    }
  } finally {
    unlinkSync(mine);
  }
}

/** A hard link appears with its content and only if the name is free: the lock is never seen empty. */
function links(from: string, to: string): boolean {
  return attempt('EEXIST', () => {
    linkSync(from, to);
  });
}

/** Only one process at a time may remove a dead owner's lock, or the second would remove the first one's new one. */
function takeOver(path: string, owner: string): void {
  const guard = `${path}.takeover`;
  if (!attempt('EEXIST', () => mkdirSync(guard))) {
    const since = attemptValue('ENOENT', () => statSync(guard).mtimeMs);
    if (since !== undefined && Date.now() - since > takeoverLimitMs)
      attempt('ENOENT', () => rmdirSync(guard));
    return;
  }
  try {
    if (read(path) === owner) rmSync(path, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

function read(path: string): string | undefined {
  return attemptValue('ENOENT', () => readFileSync(path, 'utf8'));
}

function isGone(owner: string): boolean {
  return processIdentity(Number(owner.split(' ')[0])) !== owner;
}
