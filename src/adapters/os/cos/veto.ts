/**
 * Which staged builds nobody may be rebooted into. update_engine lets nobody choose, so what it staged can only be taken back. Another
 * milestone is no ground: builds of the LTS and stable families never leave theirs, those of dev and beta do so as a matter of course.
 */
import type { Allowance } from '../../../api/task.ts';
import { compareBuilds, isNumbered } from './build-id.ts';
import type { CosReason } from './reasons.ts';

export interface Unwanted {
  /** In words that follow "is staged,". */
  readonly why: string;
  /** Where the policy does not allow it: to ask again would only stage it again. */
  readonly reason?: Extract<CosReason, 'DeniedVersion' | 'NotApproved' | 'TooYoung'>;
}

/** Undefined for a build that may be entered. Without an allowance that is also one whose number the host has forgotten. */
export function judgeStaged(
  staged: string,
  running: string,
  allow: Allowance | undefined,
): Unwanted | undefined {
  if (!isNumbered(staged)) return allow === undefined ? undefined : { why: 'and its number is forgotten' };
  if (isNumbered(running) && compareBuilds(staged, running) <= 0)
    return { why: `which is not newer than ${running}` };
  const isIn = (list: readonly string[]): boolean => list.some((one) => compareBuilds(one, staged) === 0);
  if (allow?.deny !== undefined && isIn(allow.deny))
    return { why: 'which spec.target.deny names', reason: 'DeniedVersion' };
  if (allow?.approved !== undefined && !isIn([allow.approved]))
    return { why: 'which spec.target.approvedVersion does not name', reason: 'NotApproved' };
  if (allow?.old !== undefined && !isIn(allow.old))
    return { why: 'which is younger than spec.target.minimumAge', reason: 'TooYoung' };
  return undefined;
}

/** The same where no policy is to be asked: what was ordered was allowed when it was claimed. */
export const whyUnwanted = (staged: string, running: string): string | undefined =>
  judgeStaged(staged, running, undefined)?.why;
