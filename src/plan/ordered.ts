/** A node whose reboot was ordered: until its boot id has changed, and then until it is verified. Nothing but facts ends an order. */
import { durationToMillis } from '../api/duration.ts';
import type { RebootOrder } from '../api/claim.ts';
import { doubtAfterBoot } from './after-boot.ts';
import { decideVerified } from './after-update.ts';
import { adopt, keptFailure, released, releasedByRetry } from './ending.ts';
import { notReady } from './holdback.ts';
import type { ClaimedCase, Decision } from './node-case.ts';
import { reasonOf, told } from './node-reasons.ts';
import { discard, isMine } from './reboot-task.ts';
import type { Step } from './step.ts';
import { createTask, taskWait } from './tasks.ts';
import { earliest, sayTime, timeOf } from './text.ts';
import { isSoaking, verifiedDecision } from './verified.ts';

export function decideOrdered(c: ClaimedCase, order: RebootOrder): Decision {
  if (isSoaking(c)) return decideVerified(c, order);
  const booted = c.node.bootID !== order.bootID && c.node.bootID !== '';
  const decision = booted ? afterBoot(c, order) : beforeBoot(c, order);
  if (!c.retried || decision.state !== 'Failed') return decision;
  // A retry is carried out once the claim is gone; until then nothing of it is recorded, so that a crash does not lose it.
  if (!booted) return { ...decision, retryStays: true };
  return releasedByRetry(c, decision);
}

function afterBoot(c: ClaimedCase, order: RebootOrder): Decision {
  const cleanup = c.task !== undefined && isMine(c, c.task) ? discard(c.task, 'the node has rebooted') : [];
  return (
    doubtAfterBoot(c, deadlineOf(c, order), cleanup) ??
    verifiedDecision(c, order, c.seen.version ?? '', cleanup)
  );
}

const deadlineOf = (c: ClaimedCase, order: RebootOrder): number =>
  (timeOf(order.at) ?? c.snapshot.now) + durationToMillis(c.claim.timeouts.reboot);

function beforeBoot(c: ClaimedCase, order: RebootOrder): Decision {
  const { node, task, snapshot, seen } = c;
  const { now, settings } = snapshot;
  const notAfter = timeOf(order.notAfter) ?? now;
  const voidAt = notAfter + settings.orderVoidAfter;
  const deadline = deadlineOf(c, order);
  const ledger = adopt(c, true);
  // Its Pod has the name that an earlier attempt's had: an answer counts only for the attempt that it was given to.
  const mine = isMine(c, task) ? task : undefined;
  const answer = mine?.terminal === true ? mine.answer : undefined;
  if (
    mine !== undefined &&
    answer !== undefined &&
    answer.bootID === order.bootID &&
    (answer.outcome === 'Failed' || answer.outcome === 'Retry')
  ) {
    const message = answer.message === '' ? (answer.reason ?? 'no reason given') : answer.message;
    const refused = released(withoutStaged(c), `its reboot was not accepted: ${message}`, {
      reason: reasonOf(answer, 'RebootRefused'),
      spent: true,
      counts: true,
      message,
    });
    return { ...refused, steps: [...refused.steps, ...discard(mine, 'its answer is recorded')] };
  }
  if (now >= voidAt && node.ready) {
    if (task !== undefined)
      return {
        seen,
        ledger,
        state: 'Rebooting',
        because: task.deleting
          ? 'the order is void; its Reboot task is going away'
          : 'the order is void; its Reboot task is removed',
        steps: task.deleting ? [] : discard(task, 'the order is void'),
      };
    return released(
      c,
      'the reboot was ordered and never came',
      { reason: 'OrderVoid', spent: true, counts: true },
      { onlyWithoutTask: true },
    );
  }
  if (!node.ready && now >= deadline)
    return keptFailure(
      c,
      `${notReady(c)}, still on the boot from before the order`,
      'NotReady',
      earliest(voidAt > now ? voidAt : undefined),
    );
  const state = 'Rebooting' as const;
  const wakeAt = earliest(now < voidAt ? voidAt : undefined, now < deadline ? deadline : undefined);
  if (task === undefined && now < notAfter) {
    if (!node.ready)
      return { seen, ledger, state, because: notReady(c), steps: [], wakeAt: earliest(wakeAt, notAfter) };
    const refused = taskWait(snapshot.taskMemory.get(node.uid), 'Reboot', now);
    if (refused !== undefined)
      return {
        seen,
        ledger,
        state,
        because: refused.because,
        steps: [],
        wakeAt: earliest(wakeAt, refused.until),
      };
    return { seen, ledger, state, because: 'the reboot is ordered', steps: [rebootStep(c, order)], wakeAt };
  }
  const silent = mine?.noAnswer;
  if (silent === undefined)
    return { seen, ledger, state, because: waitText(c, order, now > notAfter), steps: [], wakeAt };
  const because = `${silent.sentence}; order not yet void (${sayTime(voidAt)})`;
  return { seen, ledger, state, taskReason: told(silent.cause), because, steps: [], wakeAt };
}

/** What is staged may be what was wrong: a further Stage looks, and prepares it anew where it has to. On COS any reboot enters it. */
function withoutStaged(c: ClaimedCase): ClaimedCase {
  if (c.rules.stageIsActivation) return c;
  const { staged: _staged, ...seen } = c.seen;
  return { ...c, seen };
}

const waitText = (c: ClaimedCase, order: RebootOrder, late: boolean): string => {
  if (!c.node.ready) return 'the node went down; waits for it to come back';
  const at = sayTime(timeOf(order.at) ?? 0);
  return late ? `order not yet void: the reboot was ordered at ${at}` : `the reboot was ordered at ${at}`;
};

function rebootStep(c: ClaimedCase, order: RebootOrder): Step {
  return createTask(
    'Reboot',
    c.node,
    {
      os: c.claim.os,
      policyUID: c.claim.policyUID,
      attempt: c.claim.attempt,
      target: c.claim.target,
      order,
      options: c.claim.options ?? {},
      because: `the reboot into ${c.claim.target === '' ? 'what is staged' : c.claim.target} is ordered`,
    },
    c.snapshot.settings,
  );
}
