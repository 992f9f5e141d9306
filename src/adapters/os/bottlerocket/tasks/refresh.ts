/** A refresh that can be believed, or the answer of a host that gave none. */
import type { HostSettings } from '../../../../api/restore.ts';
import type { BottlerocketReason, TaskResult } from '../reasons.ts';
import { type CommandResult, runCommand } from '../command.ts';
import { patiently, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { isNewer } from '../versions.ts';
import type { Running } from './found.ts';

export interface Looked {
  readonly status: UpdateStatus;
  readonly settings: HostSettings | undefined;
}

export type Refreshed = Looked | { readonly result: TaskResult };

/** One silent refresh may be an accident; so many in a row mean that nothing is there to answer. */
const tries = 3;
const betweenTries = 2000;

export async function refresh(session: Session, running: Running): Promise<Refreshed> {
  let answer: Refreshed | undefined;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const result = await runCommand(session, 'refresh');
    const judged = await judge(session, running, result);
    if (!judged.again) return judged.answer;
    answer = judged.answer;
    if (attempt < tries) await session.context.sleep(betweenTries);
  }
  return answer ?? retry('RefreshFailed', 'The host was not asked.');
}

interface Judged {
  readonly answer: Refreshed;
  /** The same may read otherwise in a moment. */
  readonly again: boolean;
}

async function judge(session: Session, running: Running, result: CommandResult): Promise<Judged> {
  switch (result.kind) {
    case 'Succeeded': {
      const settings = await readSettings(session);
      if (!contradicts(result.status, settings, running))
        return { answer: { status: result.status, settings }, again: false };
      return {
        answer: retry(
          'StillBooting',
          'The host lists a newer version and chose none, and shows no settings: they are not in force yet, or cannot be read.',
        ),
        again: true,
      };
    }
    case 'Failed':
      return { answer: retry('RefreshFailed', result.text), again: false };
    case 'Lost':
      if (result.everRan)
        return { answer: retry('CommandLost', 'A refresh was accepted and left no trace.'), again: true };
      return { answer: noUpdater('every refresh is accepted and none leaves a trace'), again: true };
    case 'Refused':
      return { answer: await judgeRefusal(session, `${result.status}: ${result.text}`), again: true };
    case 'WrongState':
    case 'Missing':
      return { answer: retry('RefreshRefused', `The host refused to refresh: ${result.text}.`), again: true };
    case 'Overdue':
      return {
        answer: retry(
          'UpdaterBusy',
          'The host was still busy with an update command at the end of the time for a refresh.',
        ),
        again: false,
      };
  }
}

/** Idle with a newer listed version is "up to date" only where a person's pin explains it. */
function contradicts(status: UpdateStatus, settings: HostSettings | undefined, running: Running): boolean {
  if (status.state !== 'Idle' || status.chosen !== undefined || isPinned(settings)) return false;
  return status.listed.some((version) => isNewer(version, running.version));
}

/** For tasks that only tell of them: undefined where the host does not. */
export async function readSettings(session: Session): Promise<HostSettings | undefined> {
  const reply = await patiently(session, session.api.readSettings);
  return reply.kind === 'Settings' ? reply.settings : undefined;
}

export function isPinned(settings: HostSettings | undefined): boolean {
  const lock = settings?.['version-lock'];
  return lock !== undefined && lock !== 'latest';
}

/** Without the update dispatcher every action is refused and no status ever appears. */
async function judgeRefusal(session: Session, text: string): Promise<Refreshed> {
  const status = await patiently(session, session.api.readStatus);
  if (status.kind === 'None') return noUpdater(text);
  return retry('RefreshRefused', `The host refused to refresh (${text}).`);
}

function noUpdater(text: string): Refreshed {
  return {
    result: {
      outcome: 'Unsupported',
      reason: 'NoUpdater',
      message: `The image seems to have no updater, as images without in-place updates: ${text}.`,
    },
  };
}

function retry(reason: BottlerocketReason, message: string): Refreshed {
  return { result: { outcome: 'Retry', reason, message } };
}
