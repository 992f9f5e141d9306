/** A verified node that is still cordoned: the hook `afterUpdate`, and then back into service. */
import { durationToMillis } from '../api/duration.ts';
import type { RebootOrder } from '../api/claim.ts';
import { keptFailure } from './ending.ts';
import { deleteHook, judgeHook } from './hooks.ts';
import type { ClaimedCase, Decision, LedgerWish } from './node-case.ts';
import { keep } from './node-case.ts';
import { timeOf } from './text.ts';
import { finishDecision, verifiedText } from './verified.ts';

export function decideAfterUpdate(c: ClaimedCase, order: RebootOrder): Decision {
  const verdict = judgeHook(c, 'afterUpdate');
  if (verdict.kind === 'Passed')
    return { ...finishDecision(c, order, []), ledger: soakFrom(c, verdict.job?.endedAt) };
  const version = c.seen.version ?? c.claim.target;
  const recorded = recordedFailure(c);
  if (verdict.kind === 'Waits' && (c.retried || recorded === undefined))
    return {
      seen: c.seen,
      ledger: keep,
      state: 'Soaking',
      because: `${verifiedText(version)}; ${verdict.because}`,
      steps: verdict.steps,
      wakeAt: verdict.wakeAt,
    };
  const kept = keptFailure(c, recorded ?? verdict.because, 'HookFailed', undefined);
  if (!c.retried || verdict.kind !== 'Failed' || verdict.job === undefined) return kept;
  // The hook runs once more when its Job of before is gone; until then nothing of the retry is recorded, so that a crash does not lose it.
  const steps = verdict.job.deleting
    ? []
    : [deleteHook(verdict.job, c.node.name, 'a new retry was asked for')];
  return { ...kept, steps, retryStays: true };
}

/** The soak begins when the hook has ended: until then the node was not in service. */
function soakFrom({ entry, claim, snapshot }: ClaimedCase, endedAt: number | undefined): LedgerWish {
  const soak = durationToMillis(claim.timeouts.soak);
  const until = timeOf(entry?.until) ?? snapshot.now;
  return endedAt === undefined || until >= endedAt + soak
    ? keep
    : { kind: 'Soak', until: snapshot.now + soak };
}

/** It failed for this attempt, whatever became of its Job. */
const recordedFailure = ({ failures, seen, claim }: ClaimedCase): string | undefined =>
  seen.attempts?.find(({ attempt, reason }) => attempt === claim.attempt && reason === 'HookFailed')
    ?.message ??
  (failures.some(({ attempt, reason }) => attempt === claim.attempt && reason === 'HookFailed')
    ? 'hook afterUpdate failed'
    : undefined);
