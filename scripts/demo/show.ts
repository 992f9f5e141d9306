/** Shows a rollout in whichever way the output can take it. */
import { createChangeLines } from './change-lines.ts';
import { drawFrame } from './frame.ts';
import { createPalette } from './palette.ts';
import type { Rollout } from './rollout.ts';
import { openScreen } from './screen.ts';

export interface Show {
  readonly changed: () => void;
  /** Ends it; a living picture stays as it was last, above what comes next. */
  readonly close: () => void;
}

export interface ShowOptions {
  readonly output: NodeJS.WriteStream;
  readonly living: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Rollout;
  /** Writes a line with its time. */
  readonly say: (text: string) => void;
}

export function showRollout({ output, living, env, now, say }: ShowOptions): Show {
  if (!living) {
    const lines = createChangeLines();
    return {
      changed: () => {
        for (const line of lines.next(now())) say(line);
      },
      close: () => undefined,
    };
  }
  const began = performance.now();
  const palette = createPalette(env);
  const draw = (columns: number, rows: number): readonly string[] =>
    drawFrame({
      rollout: now(),
      elapsed: performance.now() - began,
      now: Date.now(),
      columns,
      lines: rows,
      palette,
    });
  const screen = openScreen(output, draw);
  return {
    changed: screen.changed,
    close: () => {
      screen.close();
      const last = draw(output.columns || 80, Number.MAX_SAFE_INTEGER);
      // All but the line that speaks of Ctrl-C.
      output.write(`${last.slice(0, -1).join('\n')}\n\n`);
    },
  };
}
