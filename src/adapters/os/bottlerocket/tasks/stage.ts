/** Stage: the newest offered version on the other bank, not activated. Enters at the state it finds. */
import type { TaskResult } from '../reasons.ts';
import type { UpdateSettings } from '../api.ts';
import { type CommandResult, commandDeadlines, runCommand } from '../command.ts';
import { readSettled, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { compareVersions, isNewer } from '../versions.ts';
import { offered, readRunning, type Running, stagedVersion } from './found.ts';
import { isPinned, refresh } from './refresh.ts';

/** Somebody else may move the state between our reading and our asking; not more often than this. */
const rounds = 3;

/**
 * After a lost `prepare` its download may go on unseen, and a second one would write the same bank beside it: milliseconds until it
 * has certainly ended.
 */
const lostPrepareWait = 600_000;

export async function stage(session: Session): Promise<TaskResult> {
  const running = await readRunning(session);
  if ('result' in running) return running.result;
  for (let round = 0; round < rounds; round += 1) {
    const result = await stageOnce(session, running);
    if (result !== 'Again') return { ...running, ...result };
  }
  return {
    ...running,
    outcome: 'Retry',
    reason: 'StateMoved',
    message: "Somebody else changes the state of the host's updates at the same time.",
  };
}

async function stageOnce(session: Session, running: Running): Promise<TaskResult | 'Again'> {
  const settled = await readSettled(session, session.context.clock.monotonic() + commandDeadlines.prepare);
  if (settled.kind === 'Overdue') {
    return {
      outcome: 'Retry',
      reason: 'UpdaterBusy',
      message: 'The host was busy with an update command all the time.',
    };
  }
  if (settled.kind === 'Refused') {
    return {
      outcome: 'Retry',
      reason: 'StatusUnreadable',
      message: `The host does not tell the state of its updates (${settled.status}: ${settled.text}).`,
    };
  }
  const { target } = session.context.request;
  if (settled.kind === 'Status' && target !== undefined) {
    const there = stagedVersion(settled.status);
    if (suffices(there, running, target)) return done(there, settled.status, running);
  }
  return refreshAndPrepare(session, running);
}

async function refreshAndPrepare(session: Session, running: Running): Promise<TaskResult | 'Again'> {
  const refreshed = await refresh(session, running);
  if ('result' in refreshed) return refreshed.result;
  const there = stagedVersion(refreshed.status);
  const wanted = offered(refreshed.status, running);
  if (wanted === undefined) {
    return {
      ...(there === undefined ? {} : { staged: there }),
      outcome: 'NothingToDo',
      message: `Runs ${running.version}; nothing newer is offered${pin(refreshed.settings)}.`,
    };
  }
  if (wanted === there) return done(there, refreshed.status, running);
  if (refreshed.status.state === 'Ready') {
    // An activated bank cannot be prepared anew.
    const taken = await runCommand(session, 'deactivate');
    if (taken.kind !== 'Succeeded') return judgeFailure(taken, 'deactivate');
  }

  session.context.log(`prepare ${wanted}`);
  const prepared = await runCommand(session, 'prepare');
  if (prepared.kind === 'Lost') {
    session.context.log('The command was lost; waiting until its download has certainly ended');
    await session.context.sleep(lostPrepareWait);
  }
  if (prepared.kind !== 'Succeeded') return judgeFailure(prepared, 'prepare');
  const staged = stagedVersion(prepared.status);
  if (isNewer(staged, running.version)) return done(staged, prepared.status, running);
  return {
    outcome: 'Failed',
    reason: 'PrepareFailed',
    message: `prepare succeeded, but the host shows ${staged ?? 'nothing'} as staged (state ${prepared.status.state}).`,
  };
}

/** What is staged is what was asked for, or newer: with a plain Latest the host itself chooses. */
function suffices(staged: string | undefined, running: Running, target: string): staged is string {
  return isNewer(staged, running.version) && compareVersions(staged, target) >= 0;
}

function pin(settings: UpdateSettings | undefined): string {
  return isPinned(settings) ? `; its own setting version-lock says ${settings?.['version-lock'] ?? ''}` : '';
}

function done(staged: string, status: UpdateStatus, running: Running): TaskResult {
  const available = offered(status, running);
  return {
    ...(available === undefined ? {} : { available }),
    outcome: 'Done',
    staged,
    message: `${staged} is ${status.state === 'Ready' ? 'staged and activated' : 'staged'}.`,
  };
}

function judgeFailure(
  result: Exclude<CommandResult, { kind: 'Succeeded' }>,
  command: 'prepare' | 'deactivate',
): TaskResult | 'Again' {
  switch (result.kind) {
    case 'WrongState':
    case 'Missing':
      return 'Again';
    case 'Failed':
      return {
        outcome: 'Failed',
        reason: command === 'prepare' ? 'PrepareFailed' : 'DeactivateFailed',
        message: result.text,
      };
    case 'Refused':
      return {
        outcome: 'Retry',
        reason: 'CommandRefused',
        message: `The host refused to ${command} (${result.status}: ${result.text}).`,
      };
    case 'Lost':
      return {
        outcome: 'Retry',
        reason: 'CommandLost',
        message: `The command ${command} was accepted and left no trace.`,
      };
    case 'Overdue':
      return {
        outcome: 'Failed',
        reason: 'CommandOverdue',
        message: `The command ${command} was not finished after ${commandDeadlines[command] / 60_000} minutes; it may go on.`,
      };
  }
}
