/** Runs the host's own programs, by argument array, never through a shell. */
import { execFile } from 'node:child_process';
import type { CosOptions } from './options.ts';

export type CommandOutput =
  | { readonly kind: 'Exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It ended by a signal, ours at the timeout or somebody else's. */
  | { readonly kind: 'Killed'; readonly timedOut: boolean; readonly stdout: string; readonly stderr: string }
  /** The program was not there, or the host's root could not be entered: nothing was done. */
  | { readonly kind: 'NotStarted'; readonly text: string };

export interface HostCommand {
  /** Never throws for what the program does. `timeout` in milliseconds. */
  readonly run: (program: string, args: readonly string[], timeout: number) => Promise<CommandOutput>;
}

/** What chroot and nsenter answer when they could not start the program; none of the host's programs uses these codes. */
const notStarted = new Set([125, 126, 127]);

const environment = {
  LC_ALL: 'C',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  // The host's root is the same directory as process 1's, which is what systemctl wants to be sure of.
  SYSTEMD_IGNORE_CHROOT: '1',
} as const;

/** The host's first process, in whose mount namespace `Nsenter` runs. */
const hostProcess = 1;

export function createHostCommand(
  hostRoot: string,
  how: CosOptions['hostCommand'],
  namespaceOf = hostProcess,
): HostCommand {
  const prefix: readonly [string, ...string[]] =
    how === 'Chroot' ? ['chroot', hostRoot] : ['nsenter', '-t', String(namespaceOf), '-m', '--'];
  return {
    run: (program, args, timeout) =>
      new Promise((resolve) => {
        const [file, ...before] = prefix;
        execFile(
          file,
          [...before, program, ...args],
          {
            env: environment,
            cwd: '/',
            timeout,
            killSignal: 'SIGKILL',
            maxBuffer: 4 * 1024 * 1024,
            encoding: 'utf8',
          },
          (error, stdout, stderr) => {
            if (error === null) resolve({ kind: 'Exited', code: 0, stdout, stderr });
            else if (typeof error.code === 'number' && notStarted.has(error.code))
              resolve({ kind: 'NotStarted', text: stderr.trim() });
            else if (typeof error.code === 'number')
              resolve({ kind: 'Exited', code: error.code, stdout, stderr });
            else if (error.killed === true || typeof error.signal === 'string') {
              resolve({ kind: 'Killed', timedOut: error.killed === true, stdout, stderr });
            } else resolve({ kind: 'NotStarted', text: error.message });
          },
        );
      }),
  };
}

/** What a person should read of a command that did not do what it should: the end of its error text. */
export function errorText(output: CommandOutput): string {
  if (output.kind === 'NotStarted') return output.text === '' ? 'it could not be started' : output.text;
  const text = (output.stderr.trim() === '' ? output.stdout : output.stderr).trim().slice(-1200);
  const end =
    output.kind === 'Exited'
      ? `exit code ${output.code}`
      : output.timedOut
        ? 'it did not answer in time'
        : 'it was killed';
  return text === '' ? end : `${end}: ${text}`;
}
