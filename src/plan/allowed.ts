/** Which versions `spec.target` lets a node take now, and why not the others. */
import { durationToMillis } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { VersionSeen } from '../api/policy-status.ts';
import type { Allowance } from '../api/task.ts';
import type { Millis } from './facts.ts';
import type { OsRules } from './os-rules.ts';
import { sayTime, timeOf } from './text.ts';

/** `because` follows the name of the version. */
export type Verdict =
  | { readonly kind: 'Allowed' }
  | { readonly kind: 'Denied'; readonly because: string }
  | { readonly kind: 'NotApproved'; readonly because: string }
  | { readonly kind: 'TooYoung'; readonly because: string; readonly until: Millis }
  /** Staged under a number that its host has forgotten: it could be any. */
  | { readonly kind: 'Unnamed'; readonly because: string };

export interface Versions {
  /** The policy says more of versions than which one is wanted. */
  readonly governed: boolean;
  /** For a node that runs `running`: nothing older than that is too young. */
  readonly judge: (version: string, running: string) => Verdict;
  /** What a host is told that judges by itself what it has staged; undefined where all is allowed. */
  readonly allowance: Allowance | undefined;
}

export const isGoverned = ({
  target: { deny = [], minimumAge, approval },
}: Pick<PolicySpec, 'target'>): boolean =>
  deny.length > 0 || minimumAge !== undefined || approval === 'Manual';

const allowed: Verdict = { kind: 'Allowed' };

export function versionsOf(
  spec: Pick<PolicySpec, 'target'>,
  seen: readonly VersionSeen[],
  rules: Pick<OsRules, 'compareVersions' | 'isNamed'>,
  now: Millis,
): Versions {
  if (!isGoverned(spec)) return { governed: false, judge: () => allowed, allowance: undefined };
  const { deny = [], minimumAge, approval, approvedVersion } = spec.target;
  const age = minimumAge === undefined ? 0 : durationToMillis(minimumAge);
  const isOne = (a: string, b: string): boolean => a === b || rules.compareVersions(a, b) === 0;
  // What nobody has seen before is seen now; a time that lies ahead is none to wait for any longer.
  const oldFrom = (version: string): Millis =>
    Math.min(now, timeOf(seen.find((one) => isOne(one.version, version))?.at) ?? now) + age;
  return {
    governed: true,
    judge: (version, running) => {
      if (!rules.isNamed(version))
        return { kind: 'Unnamed', because: 'has no number: its host has forgotten it' };
      if (deny.some((one) => isOne(one, version)))
        return { kind: 'Denied', because: 'is denied by spec.target.deny' };
      if (approval === 'Manual' && (approvedVersion === undefined || !isOne(approvedVersion, version)))
        return {
          kind: 'NotApproved',
          because: 'is not what spec.target.approvedVersion names',
        };
      if (age === 0 || rules.compareVersions(version, running) < 0) return allowed;
      const until = oldFrom(version);
      if (until <= now) return allowed;
      return { kind: 'TooYoung', because: `is too young: allowed from ${sayTime(until)}`, until };
    },
    allowance: {
      ...(deny.length === 0 ? {} : { deny: [...deny] }),
      ...(approval === 'Manual' ? { approved: approvedVersion ?? '' } : {}),
      ...(age === 0
        ? {}
        : { old: seen.filter(({ version }) => oldFrom(version) <= now).map(({ version }) => version) }),
    },
  };
}
