/**
 * A program of its own, because entering a root takes rights: for each line with a host's root, a request and how fast time runs, it
 * runs the task over that root and prints a line with the answer.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { createCosHost } from '../../../../src/adapters/os/cos/host.ts';
import { createCosTasks } from '../../../../src/adapters/os/cos/tasks.ts';
import { taskRequest } from '../../../../src/api/task.ts';
import { formatAnswer } from '../../../../src/node-task/answer.ts';
import { runTask } from '../../../../src/node-task/run-task.ts';
import { fastTime } from '../fast-time.ts';
import { enterNamespace } from './own-namespace.ts';

const question = z.object({
  root: z.string(),
  bootID: z.string(),
  request: taskRequest,
  /** How much faster than the wall's clock the task's own time runs. */
  faster: z.number(),
  /** The same for the time that the host's programs may take. */
  fasterPrograms: z.number(),
});

for await (const line of createInterface({ input: process.stdin })) {
  const { root, bootID, request, faster, fasterPrograms } = question.parse(JSON.parse(line));
  // Stands for process 1, whose mount namespace has the host's root as its own.
  const init = request.options['hostCommand'] === 'Nsenter' ? await enterNamespace(root) : undefined;
  const tasks = createCosTasks({
    open: (how) => {
      const host = createCosHost(root, how, init?.pid);
      const { run } = host.command;
      return {
        ...host,
        command: { run: (program, args, timeout) => run(program, args, timeout / fasterPrograms) },
      };
    },
  });
  const answer = await runTask(request, {
    tasks: { Bottlerocket: tasks, ContainerOptimizedOS: tasks },
    ...fastTime(faster),
    readBootID: async () => bootID,
    log: () => undefined,
    signal: new AbortController().signal,
  });
  await init?.end();
  process.stdout.write(`${formatAnswer(answer)}\n`);
}
