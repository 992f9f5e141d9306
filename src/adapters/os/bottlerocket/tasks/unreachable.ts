/** The answer of a task whose host could not be reached. */
import type { TaskResult } from '../reasons.ts';
import type { SocketError } from '../socket.ts';

/**
 * A server that waits for a stuck connection is back after 36 s. A Pod that is started while the socket is missing may leave a folder in
 * its place, and the server could not come back at all.
 */
const socketComesBackWithin = 45;

export function unreachable(error: SocketError): TaskResult {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return {
      outcome: 'Retry',
      reason: 'SocketGone',
      againAfterSeconds: socketComesBackWithin,
      message: `The host's API server is not behind its socket (${error.message}). After a restart of the server a socket that was mounted before stays dead; a new Pod gets the new one.`,
    };
  }
  return {
    outcome: 'Retry',
    reason: 'SocketSilent',
    message: `The host's API server gave no answer (${error.message}).`,
  };
}
