import { readFileSync } from 'node:fs';
import { attemptValue } from './attempt.ts';

/** `<process id> <start time>`, since ids are used again. Undefined when there is no such process. */
export function processIdentity(pid: number): string | undefined {
  const stat = attemptValue('ENOENT', () => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  // The command name in parentheses may hold spaces; the start time is the 20th field after it.
  const startTime = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startTime === undefined ? undefined : `${String(pid)} ${startTime}`;
}
