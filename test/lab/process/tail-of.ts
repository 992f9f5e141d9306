import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 8000;
const tailLines = 6;
const lineLength = 300;

/** The last lines of a log file, for an error message. */
export function tailOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const length = Math.min(size, tailBytes);
    const buffer = Buffer.alloc(length);
    readSync(fd, buffer, 0, length, size - length);
    const lines = buffer.toString('utf8').trim().split('\n').slice(-tailLines);
    return lines.map((line) => line.slice(0, lineLength)).join('\n');
  } finally {
    closeSync(fd);
  }
}
