/** Taking back an activation: the other bank keeps its image, the running one boots next. */
import { commandDeadline, runCommand, untold } from '../command.ts';
import { readSettled, type Session, unstoppable } from '../session.ts';
import { SocketError } from '../socket.ts';

/**
 * Deactivates where something is activated, and says in a sentence how that ended. Works also after the task was told to stop.
 * @param untraced an activation left no trace: the updater may have carried it out behind a status that knows nothing of it.
 */
export async function deactivate(stopped: Session, untraced: boolean): Promise<string> {
  const session = unstoppable(stopped);
  const asItIs = untraced
    ? 'The host does not show it as activated; any reboot may enter it all the same.'
    : 'It is not activated.';
  try {
    const settled = await readSettled(
      session,
      session.context.clock.monotonic() + commandDeadline(session, 'deactivate'),
    );
    if (settled.kind === 'Status' && settled.status.state !== 'Ready') return asItIs;
    if (settled.kind === 'None') return asItIs;
    const result = await runCommand(session, 'deactivate');
    if (result.kind !== 'Succeeded') return warning('text' in result ? result.text : untold(result.kind));
    const { state, active } = result.status;
    return state === 'Staged' && active?.nextToBoot === true
      ? 'It was deactivated again.'
      : warning(`the host is ${state}`);
  } catch (error) {
    if (error instanceof SocketError) return warning(error.message);
    throw error;
  }
}

function warning(text: string): string {
  return `Deactivating it failed (${text}): any reboot may enter it.`;
}
