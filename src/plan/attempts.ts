/** Failed attempts per node and version: counting, doubling waits, and the limit. */
import type { Attempts, NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import { durationToMillis } from '../api/duration.ts';
import type { Millis } from './facts.ts';
import { type ShownReason, told, type ToldReason } from './node-reasons.ts';
import { isoTime, sayTime, timeOf } from './text.ts';

const longestBackoff = 6 * 3_600_000;
const longestList = 10;

export interface FailedAttempt {
  readonly version: string;
  readonly attempt: string;
  readonly reason: ShownReason;
  readonly message: string;
  /** False where only the wait counts: nothing went wrong with the version. */
  readonly spent: boolean;
}

export const attemptsAt = (view: NodeViewStatus, version: string): Attempts | undefined =>
  view.attempts?.find((entry) => entry.version === version);

export const knowsAttempt = (view: NodeViewStatus, attempt: string): boolean =>
  view.attempts?.some((entry) => entry.attempt === attempt) ?? false;

/** The view with the attempt in it. Recording the same attempt twice changes nothing. */
export function recordAttempt(
  view: NodeViewStatus,
  failed: FailedAttempt,
  retry: PolicySpec['retry'] | undefined,
  now: Millis,
): NodeViewStatus {
  if (knowsAttempt(view, failed.attempt)) return view;
  const before = attemptsAt(view, failed.version);
  const count = (before?.count ?? 0) + (failed.spent ? 1 : 0);
  const first = durationToMillis(retry?.backoff ?? '10m');
  const wait = Math.min(longestBackoff, first * 2 ** Math.max(0, Math.min(count, 20) - 1));
  const entry: Attempts = {
    version: failed.version,
    count,
    attempt: failed.attempt,
    reason: failed.reason,
    message: failed.message.slice(0, 1024),
    at: isoTime(now),
    notBefore: isoTime(now + wait),
  };
  const others = (view.attempts ?? []).filter(({ version }) => version !== failed.version);
  return { ...view, attempts: [...others, entry].slice(-longestList) };
}

export type Attemptable =
  | { readonly kind: 'Free' }
  | { readonly kind: 'Waits'; readonly until: Millis; readonly reason: ToldReason; readonly because: string }
  | {
      readonly kind: 'Spent';
      readonly reason: ToldReason;
      readonly because: string;
      readonly attempt: string;
    };

/** Whether a further attempt at this version may begin. */
export function attemptable(
  view: NodeViewStatus,
  version: string,
  retry: PolicySpec['retry'],
  now: Millis,
): Attemptable {
  const entry = attemptsAt(view, version);
  if (entry === undefined) return { kind: 'Free' };
  if (entry.count >= retry.limit)
    return {
      kind: 'Spent',
      reason: told(entry.reason),
      attempt: entry.attempt,
      because: `${entry.count} of ${retry.limit} attempts failed, the last one: ${entry.message}; annotate the node with containeros.dev/retry to try again`,
    };
  const until = timeOf(entry.notBefore) ?? now;
  if (until > now)
    return {
      kind: 'Waits',
      until,
      reason: told(entry.reason),
      because: `tries again after ${sayTime(until)}: ${entry.message}`,
    };
  return { kind: 'Free' };
}
