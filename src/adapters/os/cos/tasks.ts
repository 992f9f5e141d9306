/** Container-Optimized OS's three tasks, over the host's root and its own programs. */
import { badOptions } from '../bad-options.ts';
import type { NodeTasks, TaskContext } from '../../../ports/node-tasks.ts';
import type { TaskResult } from './reasons.ts';
import { type CosHost, createCosHost } from './host.ts';
import { type CosOptions, cosOptions } from './options.ts';
import { inspect } from './tasks/inspect.ts';
import type { CosSession } from './tasks/look.ts';
import { reboot } from './tasks/reboot.ts';
import { stage } from './tasks/stage.ts';

/** `open` in place of a folder is for tests that need neither. */
export function createCosTasks(
  from: { readonly hostRoot: string } | { readonly open: (how: CosOptions['hostCommand']) => CosHost },
): NodeTasks {
  const open =
    'open' in from ? from.open : (how: CosOptions['hostCommand']) => createCosHost(from.hostRoot, how);
  type Task<Of> = (of: Of) => Promise<TaskResult>;
  const over =
    (task: Task<CosSession>): Task<TaskContext> =>
    async (context) => {
      const options = cosOptions.safeParse(context.request.options);
      if (!options.success) return badOptions(options.error);
      return task({ context, options: options.data, host: open(options.data.hostCommand) });
    };
  return { inspect: over(inspect), stage: over(stage), reboot: over(reboot) };
}
