/** Taking back an activation: the other bank keeps its image, the running one boots next. */
import { commandDeadline, runCommand } from '../command.ts';
import { readSettled, type Session, unstoppable } from '../session.ts';
import { SocketError } from '../socket.ts';

/** Deactivates where something is activated, and says in a sentence how that ended. Works also after the task was told to stop. */
export async function deactivate(stopped: Session): Promise<string> {
  const session = unstoppable(stopped);
  try {
    const settled = await readSettled(
      session,
      session.context.clock.monotonic() + commandDeadline(session, 'deactivate'),
    );
    if (settled.kind === 'Status' && settled.status.state !== 'Ready') return 'It is not activated.';
    if (settled.kind === 'None') return 'It is not activated.';
    const result = await runCommand(session, 'deactivate');
    if (result.kind !== 'Succeeded')
      return warning('text' in result ? result.text : `the command was ${result.kind}`);
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
