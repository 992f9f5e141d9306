/** Takes out of bodies what differs from run to run, so that the rest can be compared. */
const cut = /\.\.\.\(total \d+ characters\)$/;

const replacements: readonly (readonly [RegExp, string])[] = [
  [/"timestamp":"[^"]*"/g, '"timestamp":"T"'],
  [/"build_id":"[^"]*"/g, '"build_id":"B"'],
  [/[0-9a-f]{64}/g, 'SHA256'],
  [/\ndate: [^\r]*/gi, '\ndate: ...'],
  // Scripted runs of the updater print its inner error without the sentence around it.
  [/Could not mark inactive partition for boot: /g, ''],
];

function masked(text: string): string {
  return replacements.reduce((result, [pattern, by]) => result.replaceAll(pattern, by), text);
}

export interface Comparable {
  readonly recorded: unknown;
  readonly ours: unknown;
}

/** Both bodies in the form in which they must be equal. A recorded body that was cut is compared as far as it goes. */
export function comparable(recorded: string, ours: string): Comparable {
  if (cut.test(recorded)) {
    const start = masked(recorded.replace(cut, ''));
    return { recorded: start, ours: masked(ours).slice(0, start.length) };
  }
  return { recorded: parsed(masked(recorded)), ours: parsed(masked(ours)) };
}

/** The names of committed keys come in random order; texts stay texts. */
function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  const value = JSON.parse(text) as unknown;
  return Array.isArray(value) ? value.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)) : value;
}

/** Raw bytes of an answer; header names are compared without case. */
export function comparableBytes(bytes: string): string {
  return masked(bytes.toLowerCase());
}
