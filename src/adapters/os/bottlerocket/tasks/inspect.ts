/** Inspect: what runs, what is offered, what is staged. Refreshes only where that changes nothing else. */
import type { TaskResult } from '../reasons.ts';
import type { UpdateSettings } from '../api.ts';
import { commandDeadlines } from '../command.ts';
import { patiently, readSettled, type Session } from '../session.ts';
import type { UpdateStatus } from '../update-status.ts';
import { offered, readRunning, type Running, stagedVersion } from './found.ts';
import { isPinned, refresh } from './refresh.ts';

export async function inspect(session: Session): Promise<TaskResult> {
  const running = await readRunning(session);
  if ('result' in running) return running.result;
  const settled = await readSettled(session, session.context.clock.monotonic() + commandDeadlines.refresh);

  switch (settled.kind) {
    case 'Overdue':
      return {
        ...running,
        outcome: 'Retry',
        reason: 'UpdaterBusy',
        message: 'The host was busy with an update command all the time.',
      };
    case 'Refused':
      return {
        ...running,
        outcome: 'Retry',
        reason: 'StatusUnreadable',
        message: `The host does not tell the state of its updates (${settled.status}: ${settled.text}).`,
      };
    case 'Status':
      // In Staged and Ready a refresh could lose the choice that led there.
      if (settled.status.state === 'Staged' || settled.status.state === 'Ready') {
        return answer(running, settled.status, await patiently(session, session.api.readSettings));
      }
      break;
    case 'None':
      break;
  }

  const refreshed = await refresh(session, running);
  if ('result' in refreshed) return { ...running, ...refreshed.result };
  return answer(running, refreshed.status, refreshed.settings);
}

function answer(running: Running, status: UpdateStatus, settings: UpdateSettings | undefined): TaskResult {
  const available = offered(status, running);
  const staged = stagedVersion(status);
  return {
    ...running,
    ...(available === undefined ? {} : { available }),
    ...(staged === undefined ? {} : { staged }),
    ...(settings === undefined ? {} : { settings }),
    outcome: 'Done',
    message: [
      `Runs ${running.version}`,
      available === undefined ? 'nothing newer is offered' : `${available} is offered`,
      ...(staged === undefined ? [] : [`${staged} is ${status.state === 'Ready' ? 'activated' : 'staged'}`]),
      ...(isPinned(settings)
        ? [`its own setting version-lock says ${settings?.['version-lock'] ?? ''}`]
        : []),
    ].join('; '),
  };
}
