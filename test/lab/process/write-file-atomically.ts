import { renameSync, writeFileSync } from 'node:fs';

/** Replaces a file in one step, so that a program that reads it at any time sees the old or the new text, whole. */
export function writeFileAtomically(path: string, text: string, mode = 0o644): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}
