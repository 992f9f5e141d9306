/** A program of its own, because entering a root takes rights: runs one task over the host root given, prints the answer. */
import { setTimeout as wait } from 'node:timers/promises';
import { createCosTasks } from '../../../../src/adapters/os/cos/tasks.ts';
import { taskRequest } from '../../../../src/api/task.ts';
import { formatAnswer } from '../../../../src/node-task/answer.ts';
import { runTask } from '../../../../src/node-task/run-task.ts';

const [hostRoot = '', bootID = '', request = ''] = process.argv.slice(2);
const tasks = createCosTasks({ hostRoot });
const answer = await runTask(taskRequest.parse(JSON.parse(request)), {
  tasks: { Bottlerocket: tasks, ContainerOptimizedOS: tasks },
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  readBootID: async () => bootID,
  log: (line) => process.stderr.write(`${line}\n`),
  signal: new AbortController().signal,
  // The wait for a machine to go down, which none here does.
  sleep: (ms) => wait(Math.min(ms, 1000)),
});
process.stdout.write(formatAnswer(answer));
