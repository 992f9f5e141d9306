/** The tasks of every operating system, for the node-task program: one line each. */
import type { OsName } from '../../api/os.ts';
import type { NodeTasks } from '../../ports/node-tasks.ts';
import { createBottlerocketTasks } from './bottlerocket/tasks.ts';
import { createCosTasks } from './cos/tasks.ts';

export const nodeTasks: Readonly<Record<OsName, NodeTasks>> = {
  Bottlerocket: createBottlerocketTasks({ socketPath: '/run/api.sock' }),
  ContainerOptimizedOS: createCosTasks({ hostRoot: '/host' }),
};
