/** A node whose reboot was ordered: until its boot id has changed, and then until it is verified. Nothing but facts ends an order. */
import { durationToMillis } from '../api/duration.ts';
import type { RebootOrder } from '../api/claim.ts';
import { decideAfterUpdate } from './after-update.ts';
import { adopt, keptFailure, keptText, released } from './ending.ts';
import type { TaskFacts } from './facts.ts';
import { notReady } from './holdback.ts';
import { inspectionOf } from './inspection.ts';
import type { ClaimedCase, Decision } from './node-case.ts';
import { missingHealth } from './missing-health.ts';
import { reasonOf, told, type ToldReason } from './node-reasons.ts';
import { reached } from './reached.ts';
import type { Step } from './step.ts';
import { createTask, taskWait } from './tasks.ts';
import { earliest, sayTime, timeOf } from './text.ts';
import { isSoaking, verifiedDecision } from './verified.ts';

export function decideOrdered(c: ClaimedCase, order: RebootOrder): Decision {
  if (isSoaking(c)) return decideAfterUpdate(c, order);
  const booted = c.node.bootID !== order.bootID && c.node.bootID !== '';
  const decision = booted ? afterBoot(c, order) : beforeBoot(c, order);
  if (!c.retried || decision.state !== 'Failed') return decision;
  // A retry is carried out once the claim is gone; until then nothing of it is recorded, so that a crash does not lose it.
  if (!booted) return { ...decision, retryStays: true };
  const back = released(c, 'a new retry was asked for');
  return { ...back, steps: [...decision.steps, ...back.steps], retryStays: true };
}

/** What was found wrong with this attempt's node after its boot; undefined unless it keeps the claim. */
const healthFault = (c: ClaimedCase): string | undefined =>
  c.failures.some(({ attempt, reason }) => attempt === c.claim.attempt && reason === 'HealthNotMet')
    ? (c.seen.attempts?.find(({ attempt }) => attempt === c.claim.attempt)?.message ??
      'its health was not met')
    : undefined;

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

const isMine = ({ claim }: ClaimedCase, task: TaskFacts | undefined): boolean =>
  task?.task === 'Reboot' && task.attempt === claim.attempt;

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

function discard(task: TaskFacts, because: string): Step[] {
  if (task.deleting) return [];
  return [
    {
      do: 'DeleteTask',
      node: task.nodeName,
      nodeUID: task.nodeUID,
      podName: task.podName,
      podUID: task.podUID,
      task: task.task,
      backOff: undefined,
      because,
    },
  ];
}

function afterBoot(c: ClaimedCase, order: RebootOrder): Decision {
  const { node, task, snapshot, seen, rules } = c;
  const { now } = snapshot;
  const deadline = deadlineOf(c, order);
  const ledger = adopt(c, true);
  const cleanup = task !== undefined && isMine(c, task) ? discard(task, 'the node has rebooted') : [];
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
  if (missing === undefined) return verifiedDecision(c, order, version, cleanup);
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
