/**
 * Inspect: what runs, what is offered, what is staged. Refreshes only where that changes nothing else; changes settings only to put
 * back what a Stage changed.
 */
import type { HostSettings } from '../../../../api/restore.ts';
import type { TaskResult } from '../reasons.ts';
import { commandDeadline } from '../command.ts';
import { pinsOf } from '../options.ts';
import { readSettled, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { offered, offersOf, readRunning, type Running, stagedVersion } from './found.ts';
import { isPinned, readSettings, refresh } from './refresh.ts';
import { putBack, renderingTime, requireSettings } from './settings.ts';

export async function inspect(session: Session): Promise<TaskResult> {
  const running = await readRunning(session);
  if ('result' in running) return running.result;
  const { restore } = session.options;
  if (restore === undefined) return { ...running, ...(await look(session, running)) };
  const back = await putBack(session, restore);
  if (!back.done) {
    return {
      ...running,
      outcome: 'Retry',
      reason: 'SettingsNotRestored',
      message: `The host's former update settings could not be put back: ${back.text}.`,
    };
  }
  // What is offered is asked of an updater that knows of it.
  if (back.changed) await session.context.sleep(renderingTime);
  const seen = await look(session, running);
  const message = back.text === '' ? seen.message : `${seen.message}; ${back.text}`;
  return { ...running, settings: back.settings, ...seen, message, restored: true };
}

async function look(session: Session, running: Running): Promise<TaskResult> {
  const { options, context } = session;
  if (Object.keys(pinsOf(context.request, options)).length > 0) {
    const held = await requireSettings(session);
    if ('result' in held) return held.result;
  }
  const settled = await readSettled(session, context.clock.monotonic() + commandDeadline(session, 'refresh'));
  switch (settled.kind) {
    case 'Overdue':
      return {
        outcome: 'Retry',
        reason: 'UpdaterBusy',
        message: 'The host was busy with an update command all the time.',
      };
    case 'Refused':
      return {
        outcome: 'Retry',
        reason: 'StatusUnreadable',
        message: `The host does not tell the state of its updates (${settled.status}: ${settled.text}).`,
      };
    case 'Status':
      // In Staged and Ready a refresh could lose the choice that led there.
      if (settled.status.state === 'Staged' || settled.status.state === 'Ready')
        return answer(session, running, settled.status, await readSettings(session));
      break;
    case 'None':
      break;
  }
  const refreshed = await refresh(session, running);
  if ('result' in refreshed) return refreshed.result;
  return answer(session, running, refreshed.status, refreshed.settings);
}

function answer(
  session: Session,
  running: Running,
  status: UpdateStatus,
  settings: HostSettings | undefined,
): TaskResult {
  const { target } = session.context.request;
  const available = offered(status, running, target);
  const staged = stagedVersion(status);
  const nothing = target === undefined ? 'nothing newer is offered' : `${target} is not offered`;
  return {
    ...(available === undefined ? {} : { available }),
    ...(staged === undefined ? {} : { staged }),
    ...(settings === undefined ? {} : { settings }),
    ...offersOf(status, running),
    outcome: 'Done',
    message: [
      `Runs ${running.version}`,
      target === running.version
        ? 'as it should'
        : available === undefined
          ? nothing
          : `${available} is offered`,
      ...(staged === undefined ? [] : [`${staged} is ${status.state === 'Ready' ? 'activated' : 'staged'}`]),
      ...(isPinned(settings)
        ? [`its own setting version-lock says ${settings?.['version-lock'] ?? ''}`]
        : []),
    ].join('; '),
  };
}
