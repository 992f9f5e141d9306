/** The journal of update_engine's unit and the program `journalctl` that reads it. */
import { exits, type ToolResult } from './tool-result.ts';

const kept = 200;
const unitNames = ['update-engine', 'update-engine.service'];

export interface Journal {
  write(line: string): void;
  journalctl(args: readonly string[]): ToolResult;
}

/** `now` in milliseconds since the epoch. */
export function createJournal(nodeName: string, now: () => number): Journal {
  const lines: { readonly at: string; readonly text: string }[] = [];
  return {
    write(text) {
      lines.push({ at: new Date(now()).toISOString(), text });
      if (lines.length > kept) lines.shift();
    },
    journalctl(args) {
      const option = (short: string, long: string): string | undefined => {
        const joined = args.find((arg) => arg.startsWith(`${long}=`))?.slice(long.length + 1);
        const at = args.findIndex((arg) => arg === short || arg === long);
        return joined ?? (at < 0 ? undefined : args[at + 1]);
      };
      const unit = option('-u', '--unit');
      const count = Number(option('-n', '--lines') ?? kept);
      const bare = option('-o', '--output') === 'cat';
      const shown = unit === undefined || unitNames.includes(unit) ? lines.slice(-count) : [];
      if (shown.length === 0) return exits(0, { stdout: '-- No entries --\n' });
      const text = shown.map(({ at, text: line }) =>
        bare ? line : `${at} ${nodeName} update_engine[512]: ${line}`,
      );
      return exits(0, { stdout: `${text.join('\n')}\n` });
    },
  };
}
