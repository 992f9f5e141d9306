/** A program that the lab keeps running, with its output in a file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { tailOf } from './tail-of.ts';

export interface ChildOptions {
  /** For messages only. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute path; standard output and error are appended to it. */
  readonly logFile: string;
  /** `lab-node`, which execs the command so that the kernel ends it should this process die without a chance to clean up. */
  readonly labNode: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called when the program ends without having been asked to. */
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Settles when the program is gone, with a sentence that says how. Never rejects. */
  readonly exited: Promise<string>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `graceMs` milliseconds. Settles when the program is gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL. Settles when the program is gone. */
  kill(): Promise<void>;
}

/** @throws Error when the program cannot be started at all. */
export function startChild(options: ChildOptions): Child {
  const { name, command, args, logFile, labNode } = options;
  const log = openSync(logFile, 'a');
  const child = spawn(labNode, ['run', '--', command, ...args], {
    // A session of its own: Ctrl-C in the terminal reaches the lab alone, which then ends its children in order.
    detached: true,
    stdio: ['ignore', log, log],
    // Memory for time: by default Go collects its garbage so often that it takes a fifth of the API server's time.
    env: { GOGC: '400', ...(options.env ?? process.env) },
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started: is ${labNode} there and executable?`);

  let running = true;
  let asked = false;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      const sentence = `${name} ended ${signal === null ? `with exit code ${String(code)}` : `by ${signal}`}`;
      if (!asked) options.onUnexpectedExit?.(`${sentence}; the end of ${logFile}:\n${tailOf(logFile)}`);
      resolve(sentence);
    });
  });

  const signal = (wanted: NodeJS.Signals): void => {
    if (running) child.kill(wanted);
  };
  const kill = async (): Promise<void> => {
    asked = true;
    signal('SIGKILL');
    await exited;
  };
  const stop = async (graceMs: number): Promise<void> => {
    asked = true;
    signal('SIGTERM');
    const timer = setTimeout(() => {
      signal('SIGKILL');
    }, graceMs);
    await exited;
    clearTimeout(timer);
  };
  return { name, pid, exited, isRunning: () => running, signal, stop, kill };
}
