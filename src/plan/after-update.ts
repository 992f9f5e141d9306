/** A verified node that is still cordoned: the hook `afterUpdate`, and then back into service. */
import { durationToMillis } from '../api/duration.ts';
import type { RebootOrder } from '../api/claim.ts';
import { doubtAfterBoot } from './after-boot.ts';
import { knowsAttempt } from './attempts.ts';
import { keptFailure, releasedByRetry } from './ending.ts';
import { notReady } from './holdback.ts';
import { deleteHook, type HookVerdict, judgeHook } from './hooks.ts';
import type { ClaimedCase, Decision, LedgerWish } from './node-case.ts';
import { keep } from './node-case.ts';
import { discard, isMine } from './reboot-task.ts';
import { timeOf } from './text.ts';
import { finishDecision, notUpdated, updatedView, verifiedText } from './verified.ts';

/** Whatever happens to it before it is uncordoned, it is verified anew: it may go down, or fall back in a boot that nobody ordered. */
export function decideVerified(c: ClaimedCase, order: RebootOrder): Decision {
  const verdict = judgeHook(c, 'afterUpdate');
  const doubt = doubtOf(c, order);
  if (doubt === undefined) return decideAfterUpdate(c, order, verdict);
  if (doubt.steps.some((step) => step.do === 'Release'))
    return { ...doubt, seen: notUpdated(c, doubt.seen), ledger: reserved(c) };
  const failed = recordedFailure(c);
  // A retry is for the hook, which has to wait for the node.
  if (failed !== undefined && verdict.kind !== 'Passed')
    return {
      ...keptFailure(c, failed, 'HookFailed', doubt.wakeAt),
      steps: doubt.steps,
      retryStays: c.retried,
    };
  if (c.retried && doubt.state === 'Failed') return { ...releasedByRetry(c, doubt), ledger: reserved(c) };
  return doubt;
}

function doubtOf(c: ClaimedCase, order: RebootOrder): Decision | undefined {
  const { node, seen, claim, entry, snapshot } = c;
  const { now } = snapshot;
  const again = { seen, ledger: keep, state: 'Verifying' } as const;
  // What is known of the node is older than the ledger.
  if (node.bootID === order.bootID || node.bootID === '')
    return { ...again, because: 'waits for its new boot to show', steps: [] };
  const verifiedAt = (timeOf(entry?.until) ?? now) - durationToMillis(claim.timeouts.soak);
  const since = (seen.state === 'Verifying' ? timeOf(seen.since) : undefined) ?? now;
  const known =
    knowsAttempt(seen, claim.attempt) || c.failures.some(({ attempt }) => attempt === claim.attempt);
  const deadline = Math.max(verifiedAt, since) + durationToMillis(claim.timeouts.reboot);
  const cleanup = c.task !== undefined && isMine(c, c.task) ? discard(c.task, 'the node has rebooted') : [];
  const doubt = doubtAfterBoot(c, known ? now : deadline, cleanup);
  // It is not on its way from its order any more.
  return doubt?.state === 'Rebooting'
    ? { ...doubt, ...again, because: `it was verified; ${notReady(c)}` }
    : doubt;
}

/** Not verified after all: its entry is as before the verification, until the claim is gone. */
const reserved = ({ claim }: ClaimedCase): LedgerWish => ({
  kind: 'Adopt',
  attempt: claim.attempt,
  always: true,
});

function decideAfterUpdate(c: ClaimedCase, order: RebootOrder, verdict: HookVerdict): Decision {
  if (verdict.kind === 'Passed')
    return { ...finishDecision(c, order, []), ledger: soakFrom(c, verdict.job?.endedAt) };
  const version = c.seen.version ?? c.claim.target;
  const recorded = recordedFailure(c);
  const isUnheard = c.snapshot.hooks === 'Unheard';
  if (verdict.kind === 'Waits' && (recorded === undefined || (c.retried && !isUnheard)))
    return {
      // Who wrote the ledger may have died before its view: the soak of a wave is known by it, also when the chart is gone meanwhile.
      seen: updatedView(c, order, version),
      ledger: keep,
      state: 'Soaking',
      because: `${verifiedText(version)}; ${verdict.because}`,
      steps: verdict.steps,
      wakeAt: verdict.wakeAt,
    };
  const kept = keptFailure(c, recorded ?? verdict.because, 'HookFailed', undefined);
  // What a retry is to run again cannot be told now.
  if (verdict.kind === 'Waits') return { ...kept, retryStays: c.retried };
  if (!c.retried || verdict.job === undefined) return kept;
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
