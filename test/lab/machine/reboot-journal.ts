/** What happened to a machine, one JSON line each in its folder: for people, and for checkers in another process. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface JournalEntry {
  /** RFC 3339. */
  readonly at: string;
  /** `asked`: the host accepted a reboot call. `down`: the machine went down. `up`: a kubelet starts on the boot id. */
  readonly event: 'asked' | 'down' | 'up';
  readonly bootID: string;
}

const fileName = 'reboots.jsonl';

export function appendJournal(machineDir: string, entry: JournalEntry): void {
  appendFileSync(join(machineDir, fileName), `${JSON.stringify(entry)}\n`);
}

/** Oldest first. `machineDir` is `<lab>/nodes/<node name>`. */
export function readJournal(machineDir: string): readonly JournalEntry[] {
  const file = join(machineDir, fileName);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): JournalEntry => JSON.parse(line));
}
