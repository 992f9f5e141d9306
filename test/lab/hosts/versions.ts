/** Order of versions as the two operating systems see it. */

/** Semver precedence; build metadata does not count. Negative when `a` is older. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  const byCore = compareNumbers(left.core, right.core);
  if (byCore !== 0 || left.pre === right.pre) return byCore;
  // A version without a pre-release part is newer than the same one with it.
  if (left.pre === '') return 1;
  if (right.pre === '') return -1;
  return left.pre.localeCompare(right.pre, 'en', { numeric: true });
}

/** BUILD_ID order: dotted integers, part by part. */
export function compareBuilds(a: string, b: string): number {
  return compareNumbers(numbers(a), numbers(b));
}

/** Whether two builds are of the same milestone: all builds of one share the first number. */
export function sameMilestone(a: string, b: string): boolean {
  return numbers(a)[0] === numbers(b)[0];
}

function parse(version: string): { readonly core: readonly number[]; readonly pre: string } {
  const [withPre = ''] = version.replace(/^v/, '').split('+');
  const dash = withPre.indexOf('-');
  return dash < 0
    ? { core: numbers(withPre), pre: '' }
    : { core: numbers(withPre.slice(0, dash)), pre: withPre.slice(dash + 1) };
}

function numbers(dotted: string): readonly number[] {
  return dotted.split('.').map(Number);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
