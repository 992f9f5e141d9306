/** Which `version-lock` is in force at a step, and which one the programs find in their files: rendering is a step of its own. */
import { single } from './command-ends.ts';
import { readLine } from './client-line.ts';
import type { Step } from './recording.ts';

export interface Locks {
  readonly live: string;
  readonly rendered: string;
}

export interface LockWatch {
  now(): Locks;
  /** Somebody sets and applies it. */
  set(lock: string): void;
  /** After this step. */
  see(step: Step): void;
}

export function watchLocks(first: string): LockWatch {
  let live = first;
  let rendered = first;
  const pending = new Map<string, string>();

  const call = (method: string, path: string, query: string, body: string): void => {
    const transaction = /(?:^|&)tx=([^&]*)/.exec(query)?.[1] ?? 'default';
    const asked = /"version-lock":"([^"]+)"/.exec(body)?.[1];
    if (method === 'PATCH' && path === '/settings' && asked !== undefined) pending.set(transaction, asked);
    if (method === 'DELETE' && path === '/tx') pending.delete(transaction);
    if (path === '/tx/commit' || path === '/tx/commit_and_apply') {
      live = pending.get(transaction) ?? live;
      pending.delete(transaction);
    }
    // A boot renders everything.
    if (/^\/tx\/(?:commit_and_)?apply$|^\/actions\/reboot$/.test(path)) rendered = live;
  };

  return {
    now: () => ({ live, rendered }),
    set(lock) {
      live = lock;
      rendered = lock;
    },
    see(step) {
      const status = single(step)?.status ?? 0;
      const { method = '', path = '', query = '', body = '' } = step.request ?? {};
      if (status >= 200 && status < 300) call(method, path, query, body);
      for (const line of step.requests ?? []) {
        const { method, target, body = '', status } = readLine(line);
        const [path = '', query = ''] = target.split('?');
        if (status.startsWith('2')) call(method, path, query, body);
      }
    },
  };
}

/** Settings that somebody had changed before, where the first look at them shows it. */
export function firstSettings(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    if (step.request?.method === 'PATCH') return undefined;
    if (step.request?.path !== '/settings' || single(step)?.status !== 200) continue;
    const text = single(step)?.body ?? '';
    const lock = lockIn(text) ?? 'latest';
    const waves = text.includes('"ignore-waves":true');
    if (lock === 'latest' && !waves) continue;
    return JSON.stringify({ updates: { 'version-lock': lock, 'ignore-waves': waves } });
  }
  return undefined;
}

export const lockIn = (text: string): string | undefined => /"version-lock":"([^"]+)"/.exec(text)?.[1];
