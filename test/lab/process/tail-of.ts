import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 3000;

/** The last lines of a log file, for an error message. */
export function tailOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const length = Math.min(size, tailBytes);
    const buffer = Buffer.alloc(length);
    readSync(fd, buffer, 0, length, size - length);
    return buffer.toString('utf8').split('\n').slice(-12).join('\n').trim();
  } finally {
    closeSync(fd);
  }
}
