/** One task's way of talking to the host: patient with a server that restarts and with a lock that somebody else holds. */
import type { TaskContext } from '../../../ports/node-tasks.ts';
import type { BottlerocketApi, Refused } from './api.ts';
import type { BottlerocketOptions } from './options.ts';
import { SocketError } from './socket.ts';
import type { UpdateStatus } from './update-status.ts';

export interface Session {
  readonly context: TaskContext;
  readonly api: BottlerocketApi;
  readonly options: BottlerocketOptions;
}

/** The same session, deaf to SIGTERM and the deadline: for what must be carried through or taken back once it was begun. */
export function unstoppable(session: Session): Session {
  const signal = new AbortController().signal;
  const { sleep } = session.context;
  return { ...session, context: { ...session.context, signal, sleep: (ms) => sleep(ms, signal) } };
}

/** The server is back about 5 s after a stop, 10 s with an idle connection; a mounted socket file of before stays dead for ever. */
const socketPatience = 10_000;

/** Milliseconds between polls: quick at first, because a refresh takes a moment and a download takes minutes. */
export function* pollDelays(): Generator<number, never> {
  for (let delay = 200; ; delay = Math.min(5000, delay * 1.5)) yield delay;
}

/** Repeats a call that may be repeated while the server is away, for up to 10 s. Throws the last SocketError. */
export async function patiently<Value>({ context }: Session, call: () => Promise<Value>): Promise<Value> {
  const until = context.clock.monotonic() + socketPatience;
  for (;;) {
    context.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof SocketError) || context.clock.monotonic() >= until) throw error;
      context.log(`${error.message}; asking again`);
    }
    await context.sleep(1000);
  }
}

export type SettledStatus =
  | { readonly kind: 'Status'; readonly status: UpdateStatus }
  | { readonly kind: 'None' }
  | Refused
  /** The lock was held until the deadline. */
  | { readonly kind: 'Overdue' };

/** The status once no command holds the lock. `until` is on the monotonic clock, in milliseconds. */
export async function readSettled(session: Session, until: number): Promise<SettledStatus> {
  for (const delay of pollDelays()) {
    const reply = await patiently(session, session.api.readStatus);
    if (reply.kind !== 'Busy') return reply;
    const left = until - session.context.clock.monotonic();
    if (left <= 0) return { kind: 'Overdue' };
    await session.context.sleep(Math.min(delay, left));
  }
  throw new Error('Polling has no end of its own.');
}
