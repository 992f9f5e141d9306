/** How times and lists read in sentences: the same facts always give the same text, so that nothing is written twice. */
import type { Millis } from './facts.ts';

/** For objects: exact. */
export const isoTime = (at: Millis): string => new Date(at).toISOString();

/** For sentences: whole seconds. */
export const sayTime = (at: Millis): string => isoTime(at).replace(/\.\d{3}Z$/, 'Z');

/** Milliseconds of an RFC 3339 text; undefined where it is none. */
export function timeOf(text: string | undefined): Millis | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? 'none';
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

export const earliest = (...times: readonly (Millis | undefined)[]): Millis | undefined => {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};
