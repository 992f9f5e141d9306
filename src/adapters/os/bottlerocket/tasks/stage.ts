/** Stage: the version that is asked for, or the newest offered, on the other bank, not activated. Enters at the state it finds. */
import { millisToDuration } from '../../../../api/duration.ts';
import type { TaskResult } from '../reasons.ts';
import { type CommandResult, commandDeadline, runCommand } from '../command.ts';
import { pinsOf } from '../options.ts';
import { readSettled, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { compareVersions, isNewer } from '../versions.ts';
import { isDoubtful, offered, offersOf, readRunning, type Running, stagedVersion } from './found.ts';
import { isPinned, type Looked, type Refreshed, refresh } from './refresh.ts';
import { pin, putBack } from './settings.ts';

/** Somebody else may move the state between our reading and our asking; not more often than this. */
const rounds = 3;

/**
 * After a lost `prepare` its download may go on unseen, and a second one would write the same bank beside it: milliseconds until it
 * has certainly ended.
 */
const lostPrepareWait = 600_000;

/** The files that the updater reads follow a changed setting a little later: milliseconds until a choice is believed. */
const choicePatience = 15_000;
const betweenChoices = 3000;

export async function stage(session: Session): Promise<TaskResult> {
  const running = await readRunning(session);
  if ('result' in running) return running.result;
  const result = await tidily(session, await stagePatiently(session, running));
  const { target } = session.context.request;
  // What failed is the version that was asked for, which need not be the newest.
  const failed = result.outcome === 'Failed' && target !== undefined ? { available: target } : {};
  return { ...running, ...failed, ...result };
}

/** What a Stage without an image on the other bank has changed, it puts back itself; where it cannot, an Inspect will. */
async function tidily(session: Session, result: TaskResult): Promise<TaskResult> {
  const { restore } = session.options;
  if (restore === undefined || result.outcome === 'Done') return result;
  const back = await putBack(session, restore);
  if (!back.done)
    return { ...result, message: `${result.message} Its settings are still to be put back: ${back.text}.` };
  return { ...result, settings: back.settings, restored: true };
}

async function stagePatiently(session: Session, running: Running): Promise<TaskResult> {
  for (let round = 0; round < rounds; round += 1) {
    const result = await stageOnce(session, running);
    if (result !== 'Again') return result;
  }
  return {
    outcome: 'Retry',
    reason: 'StateMoved',
    message: "Somebody else changes the state of the host's updates at the same time.",
  };
}

async function stageOnce(session: Session, running: Running): Promise<TaskResult | 'Again'> {
  const settled = await readSettled(
    session,
    session.context.clock.monotonic() + commandDeadline(session, 'prepare'),
  );
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
    if (there !== undefined && compareVersions(there, target) === 0)
      return done(session, there, settled.status, running);
  }
  // A refresh takes the trace of what failed away.
  const doubtful = settled.kind === 'Status' && isDoubtful(settled.status);
  const wanted = pinsOf(session.context.request, session.options);
  if (Object.keys(wanted).length === 0)
    return refreshAndPrepare(session, running, { changed: false, doubtful });
  const pinned = await pin(session, wanted, session.options.restore);
  if ('result' in pinned) return pinned.result;
  const result = await refreshAndPrepare(session, running, { changed: pinned.changed, doubtful });
  return result === 'Again' ? result : { settings: pinned.settings, ...result };
}

/** The version to prepare: with a target just that one, once it is chosen. */
async function choose(
  session: Session,
  running: Running,
  changed: boolean,
): Promise<{ readonly refreshed: Refreshed; readonly wanted: string | undefined }> {
  const { target } = session.context.request;
  const { clock, sleep } = session.context;
  const until = clock.monotonic() + choicePatience;
  for (;;) {
    const refreshed = await refresh(session, running);
    if ('result' in refreshed) return { refreshed, wanted: undefined };
    const { chosen } = refreshed.status;
    const wanted =
      target === undefined || session.options.listOnly
        ? offered(refreshed.status, running, target)
        : chosen !== undefined && compareVersions(chosen, target) === 0
          ? target
          : undefined;
    const patient = target !== undefined || changed;
    if (wanted !== undefined || !patient || clock.monotonic() >= until) return { refreshed, wanted };
    await sleep(betweenChoices);
  }
}

async function refreshAndPrepare(
  session: Session,
  running: Running,
  { changed, doubtful }: { readonly changed: boolean; readonly doubtful: boolean },
): Promise<TaskResult | 'Again'> {
  const { refreshed, wanted } = await choose(session, running, changed);
  if ('result' in refreshed) return refreshed.result;
  if (session.options.listOnly) return listed(session, running, refreshed);
  const there = stagedVersion(refreshed.status);
  if (wanted === undefined) return nothing(session, running, refreshed, there);
  if (wanted === there && !doubtful) return done(session, there, refreshed.status, running);
  if (refreshed.status.state === 'Ready') {
    // An activated bank cannot be prepared anew.
    const taken = await runCommand(session, 'deactivate');
    if (taken.kind !== 'Succeeded') return judgeFailure(session, taken, 'deactivate');
  }

  session.context.log(`prepare ${wanted}`);
  const prepared = await runCommand(session, 'prepare');
  if (prepared.kind === 'Lost') {
    session.context.log('The command was lost; waiting until its download has certainly ended');
    await session.context.sleep(lostPrepareWait);
  }
  if (prepared.kind !== 'Succeeded') return judgeFailure(session, prepared, 'prepare');
  const staged = stagedVersion(prepared.status);
  if (staged !== undefined && suffices(session, staged, running))
    return done(session, staged, prepared.status, running);
  return {
    outcome: 'Failed',
    reason: 'PrepareFailed',
    message: `prepare succeeded, but the host shows ${staged ?? 'nothing'} as staged (state ${prepared.status.state}).`,
  };
}

/** Exactly the target; without one whatever the host itself chose, if it is newer. */
function suffices(session: Session, staged: string, running: Running): boolean {
  const { target } = session.context.request;
  return target === undefined ? isNewer(staged, running.version) : compareVersions(staged, target) === 0;
}

/** What is offered with waves ignored, for a policy that has yet to say what of it may be taken. */
function listed(session: Session, running: Running, refreshed: Looked): TaskResult {
  const there = stagedVersion(refreshed.status);
  const available = offered(refreshed.status, running, session.context.request.target);
  if (available === undefined) return nothing(session, running, refreshed, there);
  return {
    ...(there === undefined ? {} : { staged: there }),
    ...offersOf(refreshed.status, running),
    available,
    outcome: 'NothingToDo',
    message: `Runs ${running.version}; ${available} is offered, and nothing was to be staged.`,
  };
}

function nothing(
  session: Session,
  running: Running,
  { status, settings }: Looked,
  there: string | undefined,
): TaskResult {
  const { target } = session.context.request;
  const staged = { ...(there === undefined ? {} : { staged: there }), ...offersOf(status, running) };
  if (target === running.version)
    return { ...staged, outcome: 'NothingToDo', message: `Runs ${running.version}, as it should.` };
  if (target !== undefined) {
    const waves = settings?.['ignore-waves'] === true ? '' : ', or its wave has not come';
    return {
      ...staged,
      outcome: 'NothingToDo',
      reason: 'NotOffered',
      message: `Runs ${running.version}; ${target} is not offered to it: it is not in its repository${waves}.`,
    };
  }
  const lock = isPinned(settings)
    ? `; its own setting version-lock says ${settings?.['version-lock'] ?? ''}`
    : '';
  return {
    ...staged,
    outcome: 'NothingToDo',
    message: `Runs ${running.version}; nothing newer is offered${lock}.`,
  };
}

function done(session: Session, staged: string, status: UpdateStatus, running: Running): TaskResult {
  const { target } = session.context.request;
  const available = target ?? offered(status, running, target);
  return {
    ...(available === undefined ? {} : { available }),
    ...offersOf(status, running),
    outcome: 'Done',
    staged,
    message: `${staged} is ${status.state === 'Ready' ? 'staged and activated' : 'staged'}.`,
  };
}

function judgeFailure(
  session: Session,
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
        message: `The command ${command} was not finished after ${millisToDuration(Math.round(commandDeadline(session, command)))}; it may go on.`,
      };
  }
}
