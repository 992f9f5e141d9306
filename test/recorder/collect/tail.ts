/** Reads a log that others append to: whole lines, each once, also over a rotation. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export interface Tail {
  /** Hands out every line that is complete by now. */
  read(each: (line: string) => void): void;
  close(): void;
}

const chunkBytes = 1 << 16;

/** @param fromEnd leaves out what is in the file already. */
export function openTail(file: string, fromEnd: boolean): Tail {
  const buffer = Buffer.alloc(chunkBytes);
  let fd: number | undefined;
  let rest = '';
  let decoder = new StringDecoder('utf8');
  let position = 0;

  const open = (): void => {
    if (!existsSync(file)) return;
    fd = openSync(file, 'r');
    decoder = new StringDecoder('utf8');
    rest = '';
    position = 0;
  };
  const drain = (each: (line: string) => void): void => {
    for (;;) {
      if (fd === undefined) return;
      const count = readSync(fd, buffer, 0, chunkBytes, position);
      if (count === 0) return;
      position += count;
      const parts = `${rest}${decoder.write(buffer.subarray(0, count))}`.split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) if (line !== '') each(line);
    }
  };
  const wasRotated = (): boolean =>
    fd !== undefined && existsSync(file) && statSync(file).ino !== fstatSync(fd).ino;
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };

  open();
  if (fromEnd && fd !== undefined) position = fstatSync(fd).size;
  return {
    read: (each) => {
      if (fd === undefined) open();
      drain(each);
      if (!wasRotated()) return;
      // What was written between the last look and the rename.
      drain(each);
      close();
      open();
      drain(each);
    },
    close,
  };
}
