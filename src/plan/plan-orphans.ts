/** What belongs to no policy any more: claims of policies that are gone, task Pods of Nodes that are gone, views nobody needs, the exclusive lease. */
import { retryKey } from '../api/keys.ts';
import { policySpec, type PolicySpec } from '../api/policy-spec.ts';
import { versionsOf } from './allowed.ts';
import { decideClaimed } from './claimed.ts';
import type { NodeFacts, PolicyFacts, TaskFacts } from './facts.ts';
import { cut } from './holdback.ts';
import type { ClaimedCase } from './node-case.ts';
import { leftHooks } from './left-hooks.ts';
import { leftNotes } from './left-notes.ts';
import { ownerOf, readClaim, usableSpec } from './ownership.ts';
import { baseView } from './record.ts';
import { forgetStep } from './restore.ts';
import { readRestore } from './restore-note.ts';
import { scheduleStateAt } from './schedule/schedule-state.ts';
import { settleTask } from './settle-task.ts';
import type { Snapshot } from './snapshot.ts';
import type { Plan, Step, ViewWrite } from './step.ts';
import { earliest } from './text.ts';
import { viewOf } from './view-of.ts';

export function planOrphans(snapshot: Snapshot): Plan {
  const steps: Step[] = [];
  const views: ViewWrite[] = [];
  const staleViews: string[] = [];
  const watchPods: string[] = [];
  const managed = new Set<string>();
  const restores = leftNotes(snapshot);
  let wakeAt: number | undefined;
  for (const node of snapshot.nodes.values()) {
    const reading = readClaim(node);
    const ownership = ownerOf(node, reading, snapshot.policies, snapshot.rules);
    if (ownership.kind !== 'Nobody') managed.add(node.uid);
    else {
      const left = leftTask(snapshot, node);
      const restore = restores.of(node);
      steps.push(...left.steps, ...restore.steps);
      wakeAt = earliest(wakeAt, left.wakeAt, restore.wakeAt);
    }
    if (reading.kind !== 'Claim' || !isOrphan(ownership, snapshot.policies)) continue;
    watchPods.push(node.name);
    const decision = decideClaimed(orphanCase(snapshot, node, reading.claim));
    wakeAt = earliest(wakeAt, decision.wakeAt);
    views.push(...viewOf({ node, decision, ownership }, snapshot));
    if (!snapshot.busy.has(node.name)) steps.push(...decision.steps);
  }
  for (const view of snapshot.views.values()) {
    const node = snapshot.nodes.get(view.name);
    if (node === undefined || node.uid !== view.nodeUID || !managed.has(node.uid)) staleViews.push(view.name);
  }
  const hooks = leftHooks(snapshot);
  wakeAt = earliest(wakeAt, hooks.wakeAt);
  steps.push(...hooks.steps, ...strayTaskSteps(snapshot), ...exclusiveSteps(snapshot));
  return {
    status: undefined,
    statusUrgent: false,
    views,
    staleViews,
    steps,
    announcements: [],
    refused: new Set(),
    watchPods,
    askGates: [],
    wakeAt,
  };
}

/** Its policy is gone, or cannot be used: the claim alone says how to finish. */
function isOrphan(ownership: ReturnType<typeof ownerOf>, policies: readonly PolicyFacts[]): boolean {
  if (ownership.kind === 'Orphan') return true;
  if (ownership.kind !== 'Owned') return false;
  const policy = policies.find(({ uid }) => uid === ownership.policyUID);
  return policy === undefined || usableSpec(policy) === undefined;
}

function orphanCase(snapshot: Snapshot, node: NodeFacts, claim: ClaimedCase['claim']): ClaimedCase {
  const spec: PolicySpec = policySpec.parse({ os: claim.os });
  const rules = snapshot.rules[claim.os];
  const view = snapshot.views.get(node.name);
  const stored = view?.nodeUID === node.uid ? view.status : undefined;
  const retry = node.annotations[retryKey];
  const task = snapshot.tasks.get(node.uid);
  const settled = settleTask(
    baseView(node, stored, claim.policy, rules, true),
    task,
    node,
    spec.retry,
    rules,
    snapshot,
    claim.attempt,
  );
  return {
    snapshot,
    policy: {
      name: claim.policy,
      uid: '',
      generation: 0,
      resourceVersion: '',
      spec,
      status: { observedGeneration: -1 },
      deleting: true,
    },
    spec,
    rules,
    stopped: `policy ${claim.policy} is gone`,
    orphaned: [],
    strayTasks: new Map(),
    known: () => undefined,
    versions: versionsOf(spec, [], rules, snapshot.now),
    askedFirst: { dueAt: () => undefined, missing: () => undefined },
    spokenFor: () => new Map(),
    expected: { outOfService: () => 0, isOwn: () => false, learnedFrom: 0 },
    schedule: scheduleStateAt(undefined, snapshot.now),
    node,
    recognition: rules.recognise(node),
    entry: undefined,
    task,
    settled,
    seen: settled.seen,
    retried: retry !== undefined && cut(retry) !== stored?.retrySeen,
    failures: [],
    claim,
    chosen: false,
  };
}

/** A task Pod of a node that nobody owns any more: a download goes on to its end, a reboot has no order any more. */
function leftTask(
  { tasks, settings, now, ticks, busy }: Snapshot,
  node: NodeFacts,
): { readonly steps: readonly Step[]; readonly wakeAt?: number } {
  const task = tasks.get(node.uid);
  if (task === undefined || task.deleting || busy.has(node.name)) return { steps: [] };
  const limit = { Inspect: settings.inspectTimeout, Stage: settings.stageTimeout, Reboot: 0 }[task.task];
  const left = task.firstSeenTicks + limit - ticks;
  if (!task.terminal && left > 0) return { steps: [], wakeAt: now + left };
  const forget = forgetStep(node, task);
  const gone = deleteTask(task, 'no policy selects its node any more');
  if (forget !== undefined) return { steps: [forget, gone] };
  // Its note is still there: the next Inspect that is to put its settings back waits a little.
  const backOff = readRestore(node).kind === 'Note' ? 'its settings were not put back' : undefined;
  return { steps: [gone.do === 'DeleteTask' ? { ...gone, backOff } : gone] };
}

const deleteTask = (task: TaskFacts, because: string): Step => ({
  do: 'DeleteTask',
  node: task.nodeName,
  nodeUID: task.nodeUID,
  podName: task.podName,
  podUID: task.podUID,
  task: task.task,
  backOff: undefined,
  because,
});

function strayTaskSteps(snapshot: Snapshot): readonly Step[] {
  const alive = new Set([...snapshot.nodes.values()].map(({ uid }) => uid));
  return [...snapshot.tasks.values()].flatMap((task): Step[] =>
    alive.has(task.nodeUID) || task.deleting ? [] : [deleteTask(task, 'it was made for a Node that is gone')],
  );
}

/** Never by time: only once its node has neither a claim nor a reserved slot. */
function exclusiveSteps(snapshot: Snapshot): readonly Step[] {
  const { exclusive } = snapshot;
  if (exclusive.held !== true) return [];
  const { holder } = exclusive;
  const node = [...snapshot.nodes.values()].find(({ uid }) => uid === holder);
  if (node !== undefined && (readClaim(node).kind !== 'None' || snapshot.busy.has(node.name))) return [];
  if (
    snapshot.policies.some(({ status }) =>
      (status.claims ?? []).some(({ nodeUID, phase }) => nodeUID === holder && phase === 'Reserved'),
    )
  )
    return [];
  return [
    { do: 'DropExclusive', node: node?.name ?? '', nodeUID: holder, because: 'its node is back in service' },
  ];
}
