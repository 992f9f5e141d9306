/** A claimed node: released, drained, or handed to its reboot. The policy may be gone: the claim holds all that finishing needs. */
import type { RebootOrder } from '../api/claim.ts';
import { durationToMillis } from '../api/duration.ts';
import { decideDraining } from './draining.ts';
import { adopt, released } from './ending.ts';
import { judgeHook } from './hooks.ts';
import type { ClaimedCase, Decision } from './node-case.ts';
import { told } from './node-reasons.ts';
import { decideOrdered } from './ordered.ts';
import { reached } from './reached.ts';
import { earliest, isoTime, timeOf } from './text.ts';
import { unsupported } from './unsupported.ts';
import { isSoaking } from './verified.ts';

export function decideClaimed(c: ClaimedCase): Decision {
  const decision = c.claim.order === undefined ? decideBeforeOrder(c) : decideOrdered(c, c.claim.order);
  const steps = c.settled.deletion === undefined ? decision.steps : [c.settled.deletion, ...decision.steps];
  return { ...decision, steps, target: c.claim.target };
}

/** A boot that nobody ordered, as an order: its time runs from when the node was last seen to come or go. */
function ownBoot({ claim, node }: ClaimedCase): RebootOrder {
  const at = isoTime(Math.max(timeOf(claim.at) ?? 0, node.readySince ?? 0));
  return { at, bootID: claim.bootID, notAfter: claim.at };
}

function decideBeforeOrder(c: ClaimedCase): Decision {
  const { node, claim, entry, snapshot, rules, seen } = c;
  const { now } = snapshot;
  if (isSoaking(c)) return decideOrdered(c, ownBoot(c));
  if (entry?.phase === 'Soaking') return released(c, 'its slot is soaking after another attempt');
  if (node.bootID !== claim.bootID && node.bootID !== '') {
    const there = claim.target !== '' && reached(c, seen.version ?? '');
    return there || !rules.versionInNodeInfo
      ? decideOrdered(c, ownBoot(c))
      : released(c, 'it rebooted by itself');
  }
  if (!node.unschedulable)
    return released(c, 'it was uncordoned by somebody else', {
      reason: 'UncordonedBySomebodyElse',
      spent: false,
      counts: false,
    });
  if (c.stopped !== undefined) return released(c, c.stopped);
  if (!c.chosen) return released(c, 'the policy does not select it any more');
  const refused = unsupported(c);
  if (refused !== undefined) return released(c, refused.because);
  // What it failed by may be known to nobody any more, as evictions are counted by the one who leads. A second failure would not count.
  const failed = seen.attempts?.find(({ attempt }) => attempt === claim.attempt);
  if (failed !== undefined)
    return released(c, failed.message, { reason: told(failed.reason), spent: false, counts: false });
  const deadline = (timeOf(claim.at) ?? now) + durationToMillis(claim.timeouts.drain);
  const hook = judgeHook(c, 'beforeDrain');
  if (hook.kind === 'Waits' && now < deadline)
    return {
      seen,
      ledger: adopt(c, false),
      state: 'Draining',
      because: hook.because,
      steps: hook.steps,
      wakeAt: earliest(hook.wakeAt, deadline),
    };
  if (hook.kind !== 'Passed') {
    const late = `; it did not end within drain.timeout, ${claim.timeouts.drain}`;
    const why = hook.kind === 'Waits' ? `${hook.because}${late}` : hook.because;
    return released(c, why, { reason: 'HookFailed', spent: true, counts: true });
  }
  const draining = decideDraining(c, deadline);
  if (now < deadline && draining.kind !== 'GivenUp') return { ...draining.decision, ledger: adopt(c, false) };
  const because =
    draining.kind === 'GivenUp'
      ? `it cannot be drained: ${draining.because}`
      : `it did not drain within ${claim.timeouts.drain}: ${draining.decision.because}`;
  return released(c, because, {
    reason: 'DrainTimeout',
    spent: true,
    counts: c.spec.drain.onTimeout === 'Fail',
  });
}
