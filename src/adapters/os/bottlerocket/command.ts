/**
 * Runs one update command to its end. The API answers before the work is done: while it goes on the status is locked, afterwards the
 * status shows a command of this type with a new timestamp. If it does not, the command was lost.
 */
import { allowedSeconds, boundedWait, usualSeconds } from '../../../api/task.ts';
import type { Refused, UpdateCommand } from './api.ts';
import { patiently, readSettled, type Session, type SettledStatus } from './session.ts';
import { SocketError } from './socket.ts';
import type { UpdateStatus } from './update-status.ts';

export type CommandResult =
  | { readonly kind: 'Succeeded'; readonly status: UpdateStatus }
  | { readonly kind: 'Failed'; readonly text: string; readonly status: UpdateStatus }
  /** Our view of the state was old: read again. */
  | { readonly kind: 'WrongState'; readonly text: string }
  | { readonly kind: 'Missing'; readonly text: string }
  | Refused
  /** It was accepted and left no trace. `everRan`: the updater has left a trace since the boot. */
  | { readonly kind: 'Lost'; readonly everRan: boolean }
  /** Not finished within its deadline; it may go on. */
  | { readonly kind: 'Overdue' };

/** Milliseconds that a command may take in a task of the usual length; `prepare` ends by itself in about 10 min, downloads included. */
const usualDeadlines: Readonly<Record<UpdateCommand, number>> = {
  refresh: 120_000,
  prepare: 900_000,
  activate: 120_000,
  deactivate: 120_000,
};

/** Milliseconds that a command may take in this task: where that is given more time than usual, each command has its share of it. */
export function commandDeadline({ context: { request } }: Session, command: UpdateCommand): number {
  const longer = Math.max(1, allowedSeconds(request) / usualSeconds[request.task]);
  return boundedWait(request, usualDeadlines[command] * longer, 0.8);
}

/** A status without trace of the command must last so long before the command is taken for lost. */
const lostAfter = 3000;

/** Throws SocketError when the server stays away. `deadline` in milliseconds. */
export async function runCommand(
  session: Session,
  command: UpdateCommand,
  deadline = commandDeadline(session, command),
): Promise<CommandResult> {
  const { clock, log } = session.context;
  const until = clock.monotonic() + deadline;
  for (;;) {
    const before = await readSettled(session, until);
    if (before.kind === 'Overdue') return before;
    log(`${command}: asking the host`);
    const reply = await patiently(session, () => post(session, command));
    if (reply.kind === 'Busy') {
      // Somebody was quicker. The wait is in reading the status; this one is for a lock held only while posting.
      if (clock.monotonic() >= until) return { kind: 'Overdue' };
      await session.context.sleep(500);
      continue;
    }
    if (reply.kind !== 'Accepted') return reply;
    return awaitTrace(session, command, timestamp(before), until);
  }
}

/** A connection that broke after the request was sent may have started the command: its trace tells. */
async function post(session: Session, command: UpdateCommand) {
  try {
    return await session.api.command(command);
  } catch (error) {
    if (error instanceof SocketError && error.sent) return { kind: 'Accepted' } as const;
    throw error;
  }
}

async function awaitTrace(
  session: Session,
  command: UpdateCommand,
  before: string | undefined,
  until: number,
): Promise<CommandResult> {
  const { clock, sleep, log } = session.context;
  let lostAt: number | undefined;
  for (;;) {
    const after = await readSettled(session, until);
    if (after.kind === 'Overdue' || after.kind === 'Refused') return after;
    const trace = after.kind === 'Status' ? after.status.command : undefined;
    if (
      after.kind === 'Status' &&
      trace !== undefined &&
      trace.timestamp !== before &&
      trace.type === command
    ) {
      log(`${command}: ${trace.succeeded ? 'done' : 'failed'}`);
      if (trace.succeeded) return { kind: 'Succeeded', status: after.status };
      return { kind: 'Failed', text: failure(command, trace), status: after.status };
    }
    const now = clock.monotonic();
    lostAt ??= now + lostAfter;
    if (now >= lostAt) return { kind: 'Lost', everRan: trace !== undefined };
    await sleep(500);
  }
}

function timestamp(settled: SettledStatus): string | undefined {
  return settled.kind === 'Status' ? settled.status.command?.timestamp : undefined;
}

/** Of a command that did not tell how it ended. */
export const untold = (kind: 'Lost' | 'Overdue'): string =>
  kind === 'Lost' ? 'the command left no trace' : 'the command was not finished in time';

function failure(command: UpdateCommand, trace: NonNullable<UpdateStatus['command']>): string {
  const code = trace.exitStatus === undefined ? '' : ` with exit status or signal ${trace.exitStatus}`;
  return `${command} failed${code}: ${trace.errorText === '' ? 'no error text' : trace.errorText}`;
}
