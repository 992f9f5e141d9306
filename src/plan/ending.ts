/** How a claim ends: adopted by the ledger, released, or kept by a failure; and how a failure is written down before. */
import type { Claim } from '../api/claim.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Failure } from '../api/policy-status.ts';
import { knowsAttempt, recordAttempt } from './attempts.ts';
import { type ClaimedCase, type Decision, keep, type LedgerWish } from './node-case.ts';
import type { NodeReason, ShownReason } from './node-reasons.ts';
import { releaseStep } from './release.ts';
import { isoTime } from './text.ts';

/** A claim that the ledger does not know gets its entry back. */
export function adopt({ entry, claim }: Pick<ClaimedCase, 'entry' | 'claim'>, always: boolean): LedgerWish {
  return entry === undefined || entry.attempt !== claim.attempt
    ? { kind: 'Adopt', attempt: claim.attempt, always }
    : keep;
}

interface Fault {
  readonly reason: ShownReason;
  /** Uses up one of `retry.limit`. */
  readonly spent: boolean;
  readonly counts: boolean;
  /** What went wrong, where it is more than the sentence of the release. */
  readonly message?: string;
}

/** The release of a claim; with a fault it is recorded first, in the same pass. The slot is freed once the claim is gone from the Node. */
export function released(
  c: ClaimedCase,
  because: string,
  fault?: Fault,
  options?: { readonly onlyWithoutTask?: boolean },
): Decision {
  const recorded = fault === undefined ? { seen: c.seen } : recordFault(c, because, fault);
  return {
    ...recorded,
    state: c.claim.order === undefined ? 'Draining' : 'Verifying',
    ...(fault === undefined ? {} : { reason: fault.reason }),
    because: `is being released: ${because}`,
    ledger: keep,
    steps: [releaseStep(c.node, c.claim, because, options)],
  };
}

/** A new retry ends a claim that a failure keeps. It is recorded as seen once the claim is gone, so that a crash does not lose it. */
export function releasedByRetry(c: ClaimedCase, kept: Decision): Decision {
  const back = released(c, 'a new retry was asked for');
  return { ...back, steps: [...kept.steps, ...back.steps], retryStays: true };
}

/** The fault in the view and, where it counts and did not yet, among the failures. */
export function recordFault(
  c: ClaimedCase,
  because: string,
  fault: Fault,
): { readonly seen: NodeViewStatus; readonly failure?: Failure } {
  const { claim, node, snapshot, seen } = c;
  const message = fault.message ?? because;
  const known =
    knowsAttempt(seen, claim.attempt) || c.failures.some(({ attempt }) => attempt === claim.attempt);
  const next = recordAttempt(
    seen,
    { version: claim.target, attempt: claim.attempt, reason: fault.reason, message, spent: fault.spent },
    c.spec.retry,
    snapshot.now,
  );
  if (!fault.counts || known) return { seen: next };
  return { seen: next, failure: failureOf(node.name, node.uid, claim, fault.reason, snapshot.now) };
}

const failureOf = (node: string, nodeUID: string, claim: Claim, reason: string, now: number): Failure => ({
  node,
  nodeUID,
  version: claim.target,
  attempt: claim.attempt,
  reason,
  at: isoTime(now),
});

export const keptText = (because: string): string => `${because}; it stays cordoned`;

/** A new `spec.retry.token` lets the rollout go on, and leaves the node as it is. */
const runAgain = 'annotate it with containeros.dev/retry to run the hook again';

/** Stays cordoned, claim and slot kept: recorded once, then waited for what ends it. */
export function keptFailure(
  c: ClaimedCase,
  because: string,
  reason: NodeReason,
  wakeAt: number | undefined,
): Decision {
  const recorded = recordFault(c, because, { reason, spent: true, counts: true });
  return {
    ...recorded,
    ledger: adopt(c, true),
    state: 'Failed',
    reason,
    because: reason === 'HookFailed' ? `${keptText(because)}; ${runAgain}` : keptText(because),
    steps: [],
    wakeAt,
  };
}
