/** Bottlerocket's three tasks over the host's API socket. */
import type { NodeTasks, TaskContext } from '../../../ports/node-tasks.ts';
import { badOptions } from '../bad-options.ts';
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
  const over = (task: (session: Session) => Promise<TaskResult>) => async (context: TaskContext) => {
    const options = bottlerocketOptions.safeParse(context.request.options);
    return options.success
      ? runOver({ context, api, options: options.data }, task)
      : badOptions(options.error);
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
