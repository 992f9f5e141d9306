/** Bottlerocket's versions are semantic versions. */
import semver from 'semver';
import type { SemVer } from 'semver';

/** Negative if `a` is older. Texts that are no version sort below all versions, equal among themselves. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = parse(a);
  const right = parse(b);
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  return semver.compare(left, right);
}

/** A fleet runs a handful of versions, compared for each node in each pass. */
const parsed = new Map<string, SemVer | null>();
const mostParsed = 500;

function parse(text: string): SemVer | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= mostParsed) parsed.clear();
  const version = semver.parse(text);
  parsed.set(text, version);
  return version;
}

export function isVersion(text: string): boolean {
  return semver.valid(text) !== null;
}

export function isNewer(a: string | undefined, b: string): a is string {
  return a !== undefined && compareVersions(a, b) > 0;
}
