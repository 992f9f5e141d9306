/** The processes of this computer, where a lab's machines and the programs of their Pods are too. */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../../lab/process/until.ts';
import { attempt, attemptValue } from '../../lab/process/attempt.ts';
import { patience } from './waits.ts';

export interface Process {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The first that fits, among those that run now. */
export function findProcess(fits: (process: Process) => boolean): Process | undefined {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const process = { pid: Number(entry), args: readProc(Number(entry), 'cmdline').split('\0') };
    if (fits(process)) return process;
  }
  return undefined;
}

/** Empty where the process has ended meanwhile. */
export const readProc = (pid: number, file: string): string =>
  attemptValue('ENOENT', () => attemptValue('ESRCH', () => readFileSync(`/proc/${pid}/${file}`, 'utf8'))) ??
  '';

const runs =
  (javaScript: string) =>
  ({ args }: Process): boolean =>
    args[1] === '--eval' && args[2] === javaScript;

/** SIGKILL for the one process that runs this JavaScript, as soon as there is one. */
export async function killProgram(javaScript: string): Promise<void> {
  const { pid } = await until('the program to kill', () => findProcess(runs(javaScript)), {
    withinMs: patience(20_000),
  });
  process.kill(pid, 'SIGKILL');
}

/** The same for each that comes while `act` goes on. */
export async function killingEach<T>(javaScript: string, act: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const found = findProcess(runs(javaScript));
    if (found !== undefined) attempt('ESRCH', () => process.kill(found.pid, 'SIGKILL'));
  }, 250);
  try {
    return await act();
  } finally {
    clearInterval(timer);
  }
}
