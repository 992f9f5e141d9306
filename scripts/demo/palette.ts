/** Colours that nobody has to tell apart by red and green, each next to a symbol that says the same. */
import type { Kind } from './rollout.ts';

export interface Palette {
  readonly paint: (kind: Kind | 'Title' | 'Faint', text: string) => string;
}

const codes: Readonly<Record<Kind | 'Title' | 'Faint', string>> = {
  Done: '38;5;75',
  Moving: '38;5;214',
  Waiting: '38;5;250',
  Trouble: '1;7',
  Title: '1',
  Faint: '38;5;245',
};

/** @param env NO_COLOR, set to anything, switches colours off. */
export function createPalette(env: Readonly<Record<string, string | undefined>>): Palette {
  const plain = (env['NO_COLOR'] ?? '') !== '';
  return { paint: (kind, text) => (plain ? text : `\u001b[${codes[kind]}m${text}\u001b[0m`) };
}

const symbols: Readonly<Record<string, string>> = {
  Unknown: '·',
  Outdated: '○',
  Staging: '↓',
  Staged: '◉',
  Cordoning: '◔',
  Draining: '◑',
  Rebooting: '↻',
  Verifying: '◕',
  Soaking: '●',
  UpToDate: '✓',
  Failed: '✗',
  Held: '‖',
  Unsupported: '–',
};

export const symbolOf = (state: string): string => symbols[state] ?? '?';
