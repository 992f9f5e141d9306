/** COS builds are dotted integers, such as 18613.164.98; the first part is common to a milestone. */

/** A `+` behind it: some build newer than this one, whose number the host has forgotten. */
const form = /^(\d{1,15}(?:\.\d{1,15})*)(\+?)$/;

/** Negative if `a` is older. Texts that are no build sort below all builds, equal among themselves. */
export function compareBuilds(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  for (let part = 0; part < Math.max(left.parts.length, right.parts.length); part += 1) {
    const difference = (left.parts[part] ?? 0) - (right.parts[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(left.newer) - Number(right.newer);
}

/** The name of a staged build: its number where the daemon still knows it, else "something newer than what runs". */
export function stagedBuild(known: string | undefined, running: string): string {
  return known !== undefined && parse(known) !== undefined ? known : `${running}+`;
}

/** What to call a staged build from now on: a restart of the daemon forgets the number that it told before, in the same boot. */
export function keepNumber(said: string, before: string | undefined): string {
  if (before === undefined || isNumbered(said) || !isNumbered(before)) return said;
  return compareBuilds(before, said) > 0 ? before : said;
}

export function isNumbered(build: string): boolean {
  return parse(build)?.newer === false;
}

function parse(text: string): { readonly parts: readonly number[]; readonly newer: boolean } | undefined {
  const [, digits, plus] = form.exec(text) ?? [];
  return digits === undefined ? undefined : { parts: digits.split('.').map(Number), newer: plus === '+' };
}
