/** A node on a new boot: what must hold before it counts as verified. */
import { adopt, keptFailure, keptText, released } from './ending.ts';
import { notReady } from './holdback.ts';
import { inspectionOf } from './inspection.ts';
import { missingHealth } from './missing-health.ts';
import type { ClaimedCase, Decision } from './node-case.ts';
import { reached } from './reached.ts';
import type { ToldReason } from './node-reasons.ts';
import type { Step } from './step.ts';
import { createTask, taskWait } from './tasks.ts';
import { earliest } from './text.ts';

/** What keeps it from counting as verified; undefined where nothing does. Past the deadline that is a failure. */
export function doubtAfterBoot(
  c: ClaimedCase,
  deadline: number,
  cleanup: readonly Step[],
): Decision | undefined {
  const { node, snapshot, seen, rules } = c;
  const { now } = snapshot;
  const ledger = adopt(c, true);
  if (!node.ready) {
    if (now >= deadline)
      return { ...keptFailure(c, `${notReady(c)}, after its reboot`, 'NotReady', undefined), steps: cleanup };
    return {
      seen,
      ledger,
      state: 'Rebooting',
      because: `it has rebooted; ${notReady(c)}`,
      steps: cleanup,
      wakeAt: deadline,
    };
  }
  const inspection = inspectionOf(seen, node, '6h', now);
  if (!rules.versionInNodeInfo && (seen.inspectedBootID !== node.bootID || !inspection.fresh))
    return inspectAfterBoot(c, cleanup, deadline);
  const version = seen.version ?? '';
  if (!reached(c, version)) {
    if (c.claim.order === undefined) return released(c, 'it rebooted by itself');
    const wanted = c.claim.target === '' ? `something newer than ${c.claim.from}` : c.claim.target;
    const back = released(
      c,
      `it came back on ${version === '' ? 'an unknown version' : version} instead of ${wanted}`,
      {
        reason:
          version !== c.claim.from ? 'OtherVersion' : rules.versionInNodeInfo ? 'FellBack' : 'NotApplied',
        spent: true,
        counts: true,
      },
    );
    return { ...back, steps: [...cleanup, ...back.steps] };
  }
  const fault = healthFault(c);
  if (fault !== undefined)
    return {
      seen,
      ledger,
      state: 'Failed',
      reason: 'HealthNotMet',
      because: keptText(fault),
      steps: cleanup,
    };
  const missing = missingHealth(c);
  if (missing === undefined) return undefined;
  if (missing.late !== undefined && now >= deadline)
    return { ...keptFailure(c, missing.late, 'HealthNotMet', undefined), steps: cleanup };
  return { seen, ledger, state: 'Verifying', because: missing.because, steps: cleanup, wakeAt: deadline };
}

/** Where only the node itself knows what it runs. Past the deadline that is a failure, and is asked all the same: the answer ends it. */
function inspectAfterBoot(c: ClaimedCase, cleanup: readonly Step[], deadline: number): Decision {
  const { node, snapshot, seen, claim, settled } = c;
  const late = snapshot.now >= deadline;
  const asks = (because: string, steps: readonly Step[], wakeAt?: number, reason?: ToldReason): Decision =>
    late
      ? {
          ...keptFailure(c, `its version could not be read in time: ${because}`, 'VersionUnread', wakeAt),
          steps,
        }
      : {
          seen,
          ledger: adopt(c, true),
          state: 'Verifying',
          taskReason: reason,
          because,
          steps,
          wakeAt: earliest(deadline, wakeAt),
        };
  if (cleanup.length > 0) return asks('it has rebooted', cleanup);
  if (settled.blocking !== undefined) {
    const { because, reason, wakeAt } = settled.blocking;
    return asks(because, [], wakeAt, reason);
  }
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Inspect', snapshot.now);
  if (wait !== undefined) return asks(wait.because, [], wait.until, wait.reason);
  const because = 'what it runs after the reboot must be read on the node';
  const step = createTask(
    'Inspect',
    node,
    {
      os: claim.os,
      policyUID: claim.policyUID,
      attempt: claim.attempt,
      options: claim.options ?? {},
      because,
    },
    snapshot.settings,
  );
  return asks('reads its version after the reboot', [step]);
}

/** What was found wrong with this attempt's node after its boot; undefined unless it keeps the claim. */
const healthFault = (c: ClaimedCase): string | undefined =>
  c.failures.some(({ attempt, reason }) => attempt === c.claim.attempt && reason === 'HealthNotMet')
    ? (c.seen.attempts?.find(({ attempt }) => attempt === c.claim.attempt)?.message ??
      'its health was not met')
    : undefined;
