/** The program that runs on a host: one task, one document, gone. Exit code 0 whenever the document was written. */
import { readFile, writeFile } from 'node:fs/promises';
import { nodeTasks } from '../adapters/os/tasks.ts';
import { allowedSeconds } from '../api/task.ts';
import { formatAnswer } from './answer.ts';
import { readRequest, RequestError } from './request.ts';
import { runTask, TaskStopped } from './run-task.ts';

const bootIDFile = '/proc/sys/kernel/random/boot_id';

async function main(): Promise<void> {
  const request = readRequest(process.env['CONTAINEROS_TASK']);
  const log = (line: string) => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
  log(`${request.task} for ${request.os}${request.target === undefined ? '' : `, target ${request.target}`}`);

  const stop = new AbortController();
  const seconds = allowedSeconds(request);
  const timer = setTimeout(() => {
    stop.abort(
      new TaskStopped(
        'DeadlineExceeded',
        `The ${request.task} task was not finished after ${seconds} seconds.`,
      ),
    );
  }, seconds * 1000);
  const terminate = () => {
    stop.abort(new TaskStopped('Terminated', `The ${request.task} task was told to stop.`));
  };
  process.once('SIGTERM', terminate);
  process.once('SIGINT', terminate);

  const answer = await runTask(request, {
    tasks: nodeTasks,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    readBootID: async () => (await readFile(bootIDFile, 'utf8')).trim(),
    log,
    signal: stop.signal,
  });
  clearTimeout(timer);
  log(`${answer.outcome}${answer.reason === undefined ? '' : ` (${answer.reason})`}: ${answer.message}`);
  // The kubelet mounts the file itself: it is written in place, a rename would put another file beside it.
  await writeFile(process.env['TERMINATION_LOG'] ?? '/dev/termination-log', formatAnswer(answer));
}

try {
  await main();
  // Nothing may hold the process after its answer: the operator waits for the container's end.
  process.exitCode = 0;
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}
process.exit();

/** A request that cannot be used needs no stack: its sentence says it all. */
function describe(error: unknown): string {
  if (error instanceof RequestError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
