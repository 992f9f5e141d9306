/** A living picture on a terminal: drawn over itself in one write, at most five times a second. */
import type { WriteStream } from 'node:tty';

export interface Screen {
  /** Something changed: draws soon. */
  readonly changed: () => void;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
}

const frameMs = 200;
/** Ages grow without anything else changing. */
const tickMs = 1000;
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
// Terminals that know these two show what is between them all at once; others ignore them.
const beginUpdate = '\u001b[?2026h\u001b[H';
const endUpdate = '\u001b[J\u001b[?2026l';
const clearRest = '\u001b[K';

/** @param draw the lines of a picture, none longer than the columns it is told. */
export function openScreen(
  output: Pick<WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>,
  draw: (columns: number, rows: number) => readonly string[],
): Screen {
  let waiting: NodeJS.Timeout | undefined;
  let drawnAt = 0;
  const paint = (): void => {
    waiting = undefined;
    drawnAt = performance.now();
    // A terminal that says nothing of its size is taken for the usual one.
    const [columns, rows] = [output.columns || 80, output.rows || 24];
    const lines = draw(columns, rows).slice(0, rows);
    output.write(`${beginUpdate}${lines.join(`${clearRest}\r\n`)}${clearRest}${endUpdate}`);
  };
  const changed = (): void => {
    waiting ??= setTimeout(paint, Math.max(0, drawnAt + frameMs - performance.now()));
  };
  const close = (): void => {
    clearInterval(ticking);
    clearTimeout(waiting);
    output.off('resize', changed);
    process.off('exit', close);
    output.write(leave);
  };

  output.write(enter);
  const ticking = setInterval(changed, tickMs);
  output.on('resize', changed);
  // However it ends, nobody is left with a hidden cursor.
  process.once('exit', close);
  paint();
  return { changed, close };
}
