/** Bottlerocket's versions are semantic versions. */
import semver from 'semver';

/** Negative if `a` is older. Texts that are no version sort below all versions, equal among themselves. */
export function compareVersions(a: string, b: string): number {
  const left = semver.parse(a);
  const right = semver.parse(b);
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  return semver.compare(left, right);
}

export function isVersion(text: string): boolean {
  return semver.valid(text) !== null;
}

export function isNewer(a: string | undefined, b: string): a is string {
  return a !== undefined && compareVersions(a, b) > 0;
}
