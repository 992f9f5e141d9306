/** Runs a program to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandOptions {
  /** Text for standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that ended with something else than 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly stderr: string;
  readonly exitCode: number | null | undefined;

  constructor(command: string, exitCode: number | null | undefined, stderr: string) {
    super(`${command} failed (exit ${String(exitCode)}): ${stderr.trim()}`);
    this.stderr = stderr;
    this.exitCode = exitCode;
  }
}

/**
 * @throws CommandError when the program's exit code is not 0 (null: ended by a signal); whatever `spawn` throws when it
 * cannot be started; an AbortError after `signal`, when the program's whole process group has been ended.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    // A process group of its own, so that an abort reaches the compilers that `go build` starts.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: options.env ?? process.env,
  });
  const abort = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // The program may end without having read its input; its exit code tells what there is to tell.
  child.stdin.on('error', (error) => (stderr += `(standard input: ${error.message})`));
  child.stdin.end(options.input ?? '');
  try {
    const [exitCode]: (number | null)[] = await once(child, 'close');
    options.signal?.throwIfAborted();
    if (exitCode !== 0) throw new CommandError([command, ...args].join(' '), exitCode, stderr || stdout);
    return { stdout, stderr };
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}
