/** A node without a claim: what it runs, what it could run, and whether it wants a slot. */
import { exactVersion } from '../api/target-version.ts';
import { knowsAttempt } from './attempts.ts';
import { holdbackOf } from './holdback.ts';
import { inspectStep } from './inspect-step.ts';
import { type Inspection, inspectionOf, isTakenBack } from './inspection.ts';
import { type Decision, keep, type NodeCase, remove } from './node-case.ts';
import { type ShownReason, told } from './node-reasons.ts';
import { decideReserved, unaskedBefore } from './reserved.ts';
import type { Step } from './step.ts';
import { askedOf } from './target.ts';
import { taskWait } from './tasks.ts';
import { earliest } from './text.ts';
import { unsupported } from './unsupported.ts';
import { type Behind, wayOf } from './way.ts';
import { shutForNew, shutForReserved } from './window.ts';

export function decideUnclaimed(c: NodeCase): Decision {
  const refused = unsupported(c);
  const { node, seen, settled, snapshot, spec } = c;
  const steps = settled.deletion === undefined ? [] : [settled.deletion];
  if (refused !== undefined)
    return { ...refused, steps, ledger: c.entry === undefined ? keep : remove, seen };
  const common = { seen, steps, ledger: c.entry === undefined ? keep : remove } as const;
  if (node.bootID === '')
    return { ...common, state: 'Unknown', because: 'its Node object shows no boot id yet' };
  const stray = c.strayTasks.get(node.name);
  if (stray !== undefined)
    return {
      ...common,
      state: 'Unknown',
      because: `task Pod ${stray.podName}, made for an earlier Node of this name, is still there`,
    };

  const exact = exactVersion(spec);
  const arrived = exact !== undefined && c.rules.compareVersions(seen.version ?? '', exact) === 0;
  // A node that runs the one version that is wanted need not be asked whether it is offered.
  const wanted = arrived ? undefined : { asked: askedOf(spec, c.rules) };
  const inspection: Inspection = isLockUnknown(c)
    ? { fresh: false, due: true, dueAt: snapshot.now }
    : sooner(c, inspectionOf(seen, node, spec.checkInterval, snapshot.now, wanted));
  const inspect = inspection.due ? inspectStep(c) : { wakeAt: inspection.dueAt };
  if (!inspection.fresh) return { ...common, state: 'Unknown', ...notFresh(c), ...inspect };
  if (seen.unsupported !== undefined)
    return {
      ...common,
      state: 'Unsupported',
      reason: told(seen.unsupported.reason),
      because: seen.unsupported.message,
      ...inspect,
    };

  const way = wayOf(c);
  if (way.kind === 'UpToDate') {
    const remark = c.rules.remark(seen);
    return {
      ...common,
      state: 'UpToDate',
      because: remark === undefined ? way.because : `${way.because}; ${remark}`,
      ...(way.denied === undefined ? {} : { denied: way.denied }),
      target: seen.version,
      ...inspect,
      wakeAt: earliest(inspect.wakeAt, way.checkAt),
    };
  }
  if (way.kind === 'OutOfReach')
    return {
      ...common,
      state: 'Outdated',
      reason: way.reason,
      because: way.because,
      target: way.target,
      ...inspect,
      wakeAt: earliest(inspect.wakeAt, way.checkAt),
    };
  return decideBehind(c, way, inspection, inspect, steps);
}

/** Not only after its interval: also where a node of a later wave is offered what this one was not asked about. */
function sooner({ askedFirst, seen, snapshot: { now } }: NodeCase, inspection: Inspection): Inspection {
  const at = askedFirst.dueAt(seen, 'Inspect');
  if (!inspection.fresh || at === undefined || at >= inspection.dueAt) return inspection;
  return { fresh: true, due: at <= now, dueAt: at };
}

function decideBehind(
  c: NodeCase,
  way: Behind,
  inspection: Inspection,
  inspect: Partial<Decision>,
  steps: readonly Step[],
): Decision {
  const { seen, settled, spec, rules, entry, task } = c;
  const known = way.target === '' ? undefined : way.target;
  // A node that was up to date at its last check stays so until a check says otherwise.
  const state = way.state === 'Unknown' && seen.state === 'UpToDate' ? 'UpToDate' : way.state;
  const common = {
    seen,
    steps,
    target: known ?? seen.version,
    ...(known === undefined ? { behind: false, unchecked: true } : { behind: true }),
  } as const;
  if (task?.task === 'Stage' && !task.terminal && settled.blocking !== undefined) {
    // One that gave no answer and is still going away would hide why.
    const { because, reason } =
      taskWait(c.snapshot.taskMemory.get(c.node.uid), 'Stage', c.snapshot.now) ?? settled.blocking;
    return {
      ...common,
      state: 'Staging',
      because,
      taskReason: reason,
      ledger: keep,
      // A running Stage of a stopped policy goes on by itself, without a slot; so does one that the end of a window overtakes.
      ...(entry !== undefined && (c.stopped !== undefined || shutForReserved(c) !== undefined)
        ? { ledger: remove }
        : {}),
      wakeAt: settled.blocking.wakeAt,
    };
  }
  const back = holdbackOf(c, way.takeBack?.version ?? known ?? '');
  if (back !== undefined) {
    const because =
      way.state === 'Unknown' && spec.mode === 'Plan' && back.because === c.stopped
        ? `${way.because}: ${rules.stageIsActivation ? 'COS is not asked' : 'it is not asked'} in mode Plan`
        : back.because;
    return {
      ...common,
      state: back.state ?? state,
      ...(back.reason === undefined ? {} : { reason: back.reason }),
      taskReason: back.taskReason,
      because,
      ledger: entry === undefined ? keep : remove,
      ...(back.spentBy === undefined || back.reason === undefined
        ? {}
        : spent(c, way.takeBack?.version ?? known ?? '', back.spentBy, back.reason)),
      ...inspect,
      wakeAt: earliest(inspect.wakeAt, back.until),
    };
  }
  if (
    settled.deletion !== undefined &&
    'backOff' in settled.deletion &&
    settled.deletion.backOff !== undefined
  )
    return {
      ...common,
      state,
      because: settled.deletion.backOff,
      taskReason: settled.deletion.reason,
      ledger: entry === undefined ? keep : remove,
    };
  // Taking something back takes no node out of service: it needs no turn.
  if (way.takeBack !== undefined)
    return {
      ...common,
      state,
      reason: way.takeBack.reason,
      because: way.because,
      ledger: entry === undefined ? keep : remove,
      ...(settled.blocking === undefined ? { prefetch: true } : {}),
      wakeAt: settled.blocking?.wakeAt,
    };
  if (entry !== undefined) {
    // The slot of an attempt that is over: a further attempt is one of its own, or its failure would not count and its hooks not run.
    if (knowsAttempt(seen, entry.attempt))
      return { ...common, state, because: way.because, ledger: remove, ...inspect };
    const ended = shutForReserved(c);
    if (ended !== undefined) return { ...common, state, ...ended, ledger: remove, ...inspect };
    const reserved = decideReserved(c, entry, way.state === 'Staged' ? way.target : undefined);
    return { ...common, state, because: way.because, ...reserved, steps: [...steps, ...reserved.steps] };
  }
  const ahead = !rules.stageIsActivation && spec.rollout.prefetch.enabled;
  if (settled.blocking !== undefined) {
    const isAsked = (way.state === 'Staged' || !ahead) && shutForNew(c) === undefined;
    const { wakeAt } = settled.blocking;
    return { ...common, state, because: way.because, ledger: keep, ...(isAsked ? { isAsked } : {}), wakeAt };
  }
  const due = inspection.due ? inspect : { wakeAt: inspection.dueAt };
  if (way.state !== 'Staged' && ahead)
    return {
      ...common,
      state,
      because: `${way.because}; waits for its turn to be staged`,
      ledger: keep,
      prefetch: true,
      ...due,
    };
  if (way.restage && ahead)
    return {
      ...common,
      state,
      because: `${way.because}, and a newer version is available`,
      ledger: keep,
      prefetch: true,
      ...due,
    };
  const unasked = known === undefined ? undefined : unaskedBefore(c, known);
  if (unasked !== undefined) return { ...common, state, because: unasked, ledger: keep, ...due };
  const shut = shutForNew(c);
  if (shut !== undefined) return { ...common, state, ...shut, ledger: keep, ...due };
  return { ...common, state, because: way.because, ledger: keep, candidate: true, ...due };
}

function spent(
  c: NodeCase,
  version: string,
  attempt: string,
  reason: ShownReason,
): Pick<Decision, 'failure'> {
  if (c.failures.length > 0) return {};
  return {
    failure: {
      node: c.node.name,
      nodeUID: c.node.uid,
      version,
      attempt,
      reason,
      at: new Date(c.snapshot.now).toISOString(),
    },
  };
}

/** Where versions are governed a person's lock narrows what the node may take. */
const isLockUnknown = ({ spec, versions, seen, node }: NodeCase): boolean =>
  versions.governed && exactVersion(spec) === undefined && isTakenBack(seen, node);

function notFresh(c: NodeCase): Pick<Decision, 'because' | 'taskReason'> {
  const { settled, node, snapshot } = c;
  // First: a task that gave no answer and is still going away would hide why.
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Inspect', snapshot.now) ?? settled.blocking;
  return wait === undefined ? { because: whyAsked(c) } : { because: wait.because, taskReason: wait.reason };
}

function whyAsked(c: NodeCase): string {
  const { seen, node, snapshot, spec } = c;
  if (!node.ready) return 'waits to be inspected until the node is Ready';
  if (seen.inspectedAt === undefined) return 'waits for its first inspection';
  if (isLockUnknown(c))
    return "the host's own update settings were put back since its last inspection; waits to be inspected again";
  return inspectionOf(seen, node, spec.checkInterval, snapshot.now).fresh
    ? 'the policy wants another version since its last inspection; waits to be inspected again'
    : 'it was booted since its last inspection; waits to be inspected again';
}
