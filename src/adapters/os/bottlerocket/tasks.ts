/** Bottlerocket's three tasks over the host's API socket. */
import type { NodeTasks, TaskContext } from '../../../ports/node-tasks.ts';
import type { TaskResult } from './reasons.ts';
import { type BottlerocketApi, createApi } from './api.ts';
import { bottlerocketOptions } from './options.ts';
import type { Session } from './session.ts';
import { SocketError } from './socket.ts';
import { inspect } from './tasks/inspect.ts';
import { reboot } from './tasks/reboot.ts';
import { stage } from './tasks/stage.ts';
import { unreachable } from './tasks/unreachable.ts';

/** `api` in place of a socket is for tests that need neither. */
export function createBottlerocketTasks(
  host: { readonly socketPath: string } | { readonly api: BottlerocketApi },
): NodeTasks {
  const api = 'api' in host ? host.api : createApi(host);
  type Task<Of> = (of: Of) => Promise<TaskResult>;
  const over =
    (task: Task<Session>): Task<TaskContext> =>
    async (context) => {
      const options = bottlerocketOptions.safeParse(context.request.options);
      if (options.success) return runOver({ context, api, options: options.data }, task);
      const issue = options.error.issues[0];
      const message = `Its options cannot be used: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`;
      return { outcome: 'Failed', reason: 'BadOptions', message };
    };
  return { inspect: over(inspect), stage: over(stage), reboot: over(reboot) };
}

async function runOver(
  session: Session,
  task: (session: Session) => Promise<TaskResult>,
): Promise<TaskResult> {
  try {
    return await task(session);
  } catch (error) {
    if (error instanceof SocketError) return unreachable(error);
    throw error;
  }
}
