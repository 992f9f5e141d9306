/** What a Stage does next, from what it has seen of update_engine so far. Its calls succeed even when nothing follows: only status tells. */
import type { Allowance } from '../../../api/task.ts';
import type { TaskResult } from './reasons.ts';
import { stagedBuild } from './build-id.ts';
import { isApplying, judgeOperation, tellProgress } from './decide-engine.ts';
import { engineError } from './engine-error.ts';
import type { EngineStatus } from './engine-status.ts';
import { judgeStaged, type Unwanted } from './veto.ts';

/** Everything seen since the Stage began. Times in milliseconds on a clock that never jumps. */
export interface Watch {
  readonly running: string;
  readonly checkForUpdate: boolean;
  /** What the policy lets stay staged; undefined where it does not care. */
  readonly allow: Allowance | undefined;
  readonly limits: Limits;
  /** `LAST_CHECKED_TIME` at the start: a check that happened moves it. */
  readonly checkedBefore: number;
  readonly status: EngineStatus;
  /** Since when the status shows this operation. */
  readonly since: number;
  readonly askedAt: number | undefined;
  readonly sawChecking: boolean;
  readonly sawApplying: boolean;
  readonly sawError: boolean;
  /** The version as it was shown first: a restart of the daemon forgets it. */
  readonly version: string | undefined;
  /** As the client tells it where the status does not. */
  readonly lastError: string | undefined;
  /** The end of the daemon's journal, where there is no error to name. */
  readonly journal: string;
  readonly veto: Veto | undefined;
  readonly now: number;
}

export interface Limits {
  /** Milliseconds after which a check that shows nothing was refused. */
  readonly silentAfter: number;
  /** The time at which a daemon that is still at work is left to it: the task's own time is over. */
  readonly workUntil: number;
}

/** A staged build that was taken back. */
export interface Veto {
  readonly build: string;
  readonly unwanted: Unwanted;
  /** How often in this Stage something was taken back. */
  readonly times: number;
  /** What the client said, where that was no success. */
  readonly text: string | undefined;
}

/** Somebody who stages again and again what is taken back is not answered in kind for ever. */
const mostVetoes = 3;

/** A check that was accepted and did not happen for so many milliseconds was refused by a policy on the host. */
export const silentCheck = 180_000;
const patient: Limits = { silentAfter: silentCheck, workUntil: Number.POSITIVE_INFINITY };

export function beginWatch(
  status: EngineStatus,
  running: string,
  checkForUpdate: boolean,
  now: number,
  limits = patient,
  allow?: Allowance,
): Watch {
  const nothing = {
    askedAt: undefined,
    sawChecking: false,
    sawApplying: false,
    sawError: false,
    version: undefined,
    lastError: undefined,
    journal: '',
    veto: undefined,
  };
  const begun: Watch = {
    ...nothing,
    running,
    checkForUpdate,
    allow,
    limits,
    checkedBefore: status.lastChecked,
    status,
    since: now,
    now,
  };
  return advance(begun, status, now);
}

export function advance(watch: Watch, status: EngineStatus, now: number): Watch {
  const applying = isApplying(status.operation);
  const shown =
    applying || judgeOperation(status.operation).kind === 'NeedsReboot' ? status.newVersion : undefined;
  return {
    ...watch,
    status,
    now,
    since: status.operation === watch.status.operation ? watch.since : now,
    sawChecking: watch.sawChecking || status.operation === 'UPDATE_STATUS_CHECKING_FOR_UPDATE',
    sawApplying: watch.sawApplying || applying,
    sawError: watch.sawError || status.operation === 'UPDATE_STATUS_REPORTING_ERROR_EVENT',
    version: shown ?? watch.version,
  };
}

/** What follows is a new attempt, but for what is still staged: it is the one that was to go, even if the host names it no longer. */
export function afterVeto(watch: Watch, status: EngineStatus, text: string | undefined, now: number): Watch {
  const { running, checkForUpdate, limits, allow } = watch;
  const build = stagedBuild(watch.version, running);
  const unwanted = judgeStaged(build, running, allow) ?? { why: 'which nobody wanted' };
  const anew = beginWatch(status, running, checkForUpdate, now, limits, allow);
  const isThere = judgeOperation(status.operation).kind === 'NeedsReboot';
  return {
    ...anew,
    version: anew.version ?? (isThere ? build : undefined),
    veto: { build, text, unwanted, times: (watch.veto?.times ?? 0) + 1 },
  };
}

/** A check has happened, or at least begun, and nothing goes on any more. */
export function isOver(watch: Watch): boolean {
  return judgeOperation(watch.status.operation).kind === 'Idle' && hasBegun(watch);
}

export function decideStage(watch: Watch): 'Ask' | 'Veto' | 'Wait' | TaskResult {
  const verdict = judgeOperation(watch.status.operation);
  switch (verdict.kind) {
    case 'NeedsReboot':
      return decideStaged(watch);
    case 'Working':
      return watch.now < watch.limits.workUntil ? 'Wait' : stillAtWork(watch.status);
    case 'Odd': {
      if (watch.now - watch.since < verdict.patience) return 'Wait';
      return { outcome: verdict.outcome, reason: verdict.reason, message: verdict.message };
    }
    case 'Idle':
      if (watch.veto?.unwanted.reason !== undefined) return decideTakenBack(watch, watch.veto);
      return isOver(watch) ? judgeAttempt(watch) : decideIdle(watch);
  }
}

/** The daemon goes on by itself, and the next Stage finds it there. */
const stillAtWork = (status: EngineStatus): TaskResult => ({
  outcome: 'Retry',
  reason: 'InProgress',
  message: `update_engine is still at work (${tellProgress(status)}).`,
});

function decideStaged({ version, running, veto, allow, askedAt }: Watch): 'Veto' | TaskResult {
  const staged = stagedBuild(version, running);
  const unwanted = judgeStaged(staged, running, allow);
  if (unwanted === undefined)
    return {
      outcome: 'Done',
      reason: 'RebootRequired',
      staged,
      message: `${staged} is staged; any reboot enters it.`,
    };
  // What a check has staged since is not what update_engine kept.
  const refused = veto !== undefined && (askedAt === undefined || veto.times >= mostVetoes);
  if (!refused) return 'Veto';
  const { why } = unwanted;
  const text = veto.text ?? 'it says that it did';
  return {
    outcome: 'Failed',
    reason: 'VetoRefused',
    staged,
    message: `${staged} is staged, ${why}, and update_engine does not take it back (${text}); any reboot enters it.`,
  };
}

/** Another check would stage it again: it is told as available, and the policy says when it may be had. */
function decideTakenBack({ running }: Watch, { build, unwanted }: Veto): TaskResult {
  return {
    outcome: 'NothingToDo',
    ...(unwanted.reason === undefined ? {} : { reason: unwanted.reason }),
    available: build,
    message: `Runs ${running}; ${build} was staged, ${unwanted.why}, and was taken back.`,
  };
}

function decideIdle(watch: Watch): 'Ask' | 'Wait' | TaskResult {
  if (!watch.checkForUpdate) {
    return {
      outcome: 'NothingToDo',
      reason: 'NotAsked',
      message: `Runs ${watch.running}; the host has staged nothing by itself, and is not asked to check.`,
    };
  }
  if (watch.askedAt === undefined) return 'Ask';
  if (watch.now - watch.askedAt < watch.limits.silentAfter) return 'Wait';
  return {
    outcome: 'Retry',
    reason: 'BlockedByPolicy',
    message:
      'update_engine accepted the check and did nothing: a policy on the host blocks it; set the metadata cos-update-strategy=update_enabled (a change can take an hour).',
  };
}

/** Nothing says how the attempt ended; older clients never do. */
export function isUnexplained(watch: Watch): boolean {
  if (!isOver(watch) || engineError(watch.status.lastError ?? watch.lastError) !== undefined) return false;
  return watch.sawError || watch.sawApplying || !moved(watch);
}

function judgeAttempt(watch: Watch): TaskResult {
  const error = engineError(watch.status.lastError ?? watch.lastError);
  const journal = watch.journal === '' ? '' : ` The end of its journal: ${watch.journal}`;
  if (error !== undefined || watch.sawError) {
    return {
      outcome: 'Failed',
      reason: 'UpdateFailed',
      message: `update_engine failed: ${error ?? 'it does not tell the error'}.${journal}`,
    };
  }
  if (isUnexplained(watch)) {
    return {
      outcome: 'Retry',
      reason: 'UpdateInterrupted',
      message: `update_engine was interrupted: it is idle again without a result.${journal}`,
    };
  }
  return {
    outcome: 'NothingToDo',
    reason: 'UpToDate',
    message: `${watch.running} is the newest build of this milestone.`,
  };
}

function hasBegun(watch: Watch): boolean {
  return watch.sawChecking || watch.sawApplying || watch.sawError || moved(watch);
}

function moved(watch: Watch): boolean {
  return watch.status.lastChecked > watch.checkedBefore;
}
