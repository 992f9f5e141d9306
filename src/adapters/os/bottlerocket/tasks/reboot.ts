/**
 * Reboot: activate if that is not done, check what boots next, reboot. Until the reboot call everything is taken back before the
 * answer; once the call may have been accepted the answer is Done, because the boot id alone tells.
 */
import type { BottlerocketReason, TaskResult } from '../reasons.ts';
import { awaitReboot } from '../../linger.ts';
import { commandDeadline, runCommand, untold } from '../command.ts';
import { readSettled, type Session, unstoppable } from '../session.ts';
import { SocketError } from '../socket.ts';
import type { UpdateStatus } from '../update-status.ts';
import { deactivate } from './deactivate.ts';
import { stagedLabel } from './found.ts';
import { unreachable } from './unreachable.ts';

const firstLook = 60_000;

export async function reboot(session: Session): Promise<TaskResult> {
  const { target } = session.context.request;
  if (target === undefined) return failed('NotStaged', 'The order names no version.');

  const settled = await readSettled(
    session,
    session.context.clock.monotonic() + withinOrder(session, firstLook),
  );
  if (settled.kind === 'Overdue') {
    return {
      outcome: 'Retry',
      reason: 'UpdaterBusy',
      message: 'The host was busy with an update command all the time.',
    };
  }
  if (settled.kind !== 'Status') {
    const text =
      settled.kind === 'None' ? 'nothing was staged since the boot' : `${settled.status}: ${settled.text}`;
    return failed('NotStaged', `${target} is not staged (${text}).`);
  }
  const staged = stagedLabel(settled.status);
  if (staged !== target) {
    return failed(
      'NotStaged',
      `${target} is not staged: the host is ${settled.status.state}${staged === undefined ? '' : ` with ${staged}`}.`,
    );
  }

  // From here on a SIGTERM does not interrupt: it is looked at between the steps, and what was begun is taken back.
  const firm = unstoppable(session);
  try {
    const next = await activate(firm, settled.status, target);
    if ('result' in next) return await abandon(firm, next.result, next.untraced);
    return await callReboot(session, target);
  } catch (error) {
    if (error instanceof SocketError) return abandon(firm, unreachable(error), true);
    throw error;
  }
}

interface NotActivated {
  readonly result: TaskResult;
  /** Whether it was activated all the same is not known. */
  readonly untraced: boolean;
}

/** The status in which the target boots next, or why there is none. */
async function activate(
  session: Session,
  status: UpdateStatus,
  target: string,
): Promise<UpdateStatus | NotActivated> {
  let ready = status;
  if (ready.state === 'Staged') {
    const activated = await runCommand(
      session,
      'activate',
      withinOrder(session, commandDeadline(session, 'activate')),
    );
    if (activated.kind !== 'Succeeded') {
      const told = 'text' in activated;
      const text = told ? activated.text : untold(activated.kind);
      return {
        result: failed('ActivateFailed', `${target} could not be activated: ${text}.`),
        untraced: !told,
      };
    }
    ready = activated.status;
  }
  const { state, staging, active } = ready;
  if (state === 'Ready' && staging?.version === target && staging.nextToBoot && active?.nextToBoot !== true)
    return ready;
  return {
    result: failed('NotNextToBoot', `${target} would not boot next: the host is ${state}.`),
    untraced: false,
  };
}

/** Throws SocketError only when the call certainly did not reach the host. */
async function callReboot(session: Session, target: string): Promise<TaskResult> {
  if (session.context.signal.aborted) {
    return abandon(session, {
      outcome: 'Retry',
      reason: 'Terminated',
      message: 'The task was told to stop before the reboot.',
    });
  }
  const refusal = await session.context.checkOrder();
  if (refusal !== undefined) return abandon(session, refusal);
  const refused = await sendReboot(session);
  if (refused !== undefined) return abandon(session, refused);
  return awaitReboot(session.context, { message: `Reboot into ${target} accepted.` });
}

async function sendReboot(session: Session): Promise<TaskResult | undefined> {
  try {
    const reply = await session.api.reboot();
    if (reply.kind === 'Accepted') return undefined;
    return failed('RebootRefused', `The host refused to reboot (${reply.status}: ${reply.text}).`);
  } catch (error) {
    if (!(error instanceof SocketError) || !error.sent) throw error;
    // The machine may be going down already: only its boot id tells.
    session.context.log(`${error.message}; taken for accepted`);
    return undefined;
  }
}

/** The update is taken back where it may be activated, so that no later reboot enters it by surprise. */
async function abandon(session: Session, result: TaskResult, untraced = false): Promise<TaskResult> {
  return { ...result, message: `${result.message} ${await deactivate(session, untraced)}` };
}

/** Milliseconds: the given time, or less where the order ends before. */
function withinOrder(session: Session, ms: number): number {
  const { request, clock } = session.context;
  const left = request.order === undefined ? 0 : Date.parse(request.order.notAfter) - clock.now();
  return Math.max(0, Math.min(ms, left));
}

function failed(reason: BottlerocketReason, message: string): TaskResult {
  return { outcome: 'Failed', reason, message };
}
