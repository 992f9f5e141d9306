import { appendFileSync } from 'node:fs';

/** One line for the lab's log. */
export type LabLog = (line: string) => void;

/** A log that appends to `file`, each line with its time, and shows lines to `show` too. */
export function fileLog(file: string, show?: (line: string) => void): LabLog {
  return (line) => {
    appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
    show?.(line);
  };
}
