import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from '../process/process-identity.ts';
import { withLock } from './lock.ts';

describe('withLock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('lets the second wait until the first is done, and leaves nothing behind', async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await sleep(50);
      events.push(`${name} ends`);
    };
    const onWait = jest.fn();
    const first = withLock(path, {}, work('first'));
    // Both are this process, whose id names the owner; the lock is the file all the same.
    const second = withLock(path, { onWait }, work('second'));
    await Promise.all([first, second]);
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    expect(onWait).toHaveBeenCalledWith(process.pid);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    { owner: '4194305 1', why: 'no process has its id' },
    { owner: `${String(process.pid)} 1`, why: 'its id was given to another process' },
  ])('takes over the lock of an owner that is gone: $why', async ({ owner }) => {
    writeFileSync(path, owner);
    await expect(withLock(path, {}, () => Promise.resolve('done'))).resolves.toBe('done');
    expect(existsSync(path)).toBe(false);
  });

  it('gives up waiting when asked to, and leaves the owner its lock', async () => {
    writeFileSync(path, processIdentity(process.pid) ?? '');
    const waiting = withLock(path, { signal: AbortSignal.timeout(20) }, () => Promise.resolve());
    await expect(waiting).rejects.toThrow('aborted');
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is free again when the work failed', async () => {
    const failing = withLock(path, {}, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });
});
