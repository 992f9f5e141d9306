/** The node goes down under a task whose reboot was accepted: ending before that would only make the kubelet tidy up in vain. */
import type { TaskContext, TaskResult } from '../../ports/node-tasks.ts';

const linger = 30_000;

/** Waits up to 30 s for the machine to go down, then answers. A SIGTERM is that moment. Never throws: the reboot was accepted. */
export async function awaitReboot(
  context: TaskContext,
  result: Omit<TaskResult<never>, 'outcome'>,
): Promise<TaskResult<never>> {
  context.log(result.message);
  try {
    await context.sleep(linger);
  } catch (error) {
    context.log(`Stopped waiting for the machine to go down: ${String(error)}`);
  }
  return { ...result, outcome: 'Done' };
}
