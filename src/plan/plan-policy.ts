/** One policy, one pass: who owns what, where each node is, who starts next, what to report. Pure. */
import { resolveCount } from '../api/int-or-percent.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Failure, PolicyStatus } from '../api/policy-status.ts';
import { versionsOf } from './allowed.ts';
import { announcementsOf } from './announce.ts';
import { tellByItself } from './by-itself.ts';
import { chooseCandidates } from './choose/choose-candidates.ts';
import { limitInspects, limitPrefetch } from './choose/limits.ts';
import { decideNode } from './decide-node.ts';
import { withOutlook } from './estimate/show-estimate.ts';
import { expectedBy } from './expected.ts';
import { hooksUnavailable, hooksUnheard } from './hooks.ts';
import { newestKnown } from './newest-known.ts';
import type { Millis, PolicyFacts } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import { outlookOf } from './outlook.ts';
import { type Decided, isSupportedNode, orphanedNodes, ownedNodes } from './owned-nodes.ts';
import { usableSpec } from './ownership.ts';
import { same } from './same.ts';
import { scheduleStateAt } from './schedule/schedule-state.ts';
import { settleLedger } from './settle-ledger.ts';
import type { Snapshot } from './snapshot.ts';
import { spokenForBy } from './spoken-for.ts';
import { invalidStatus, statusOf } from './status.ts';
import type { Plan } from './step.ts';
import { strayTasksOf } from './stray-tasks.ts';
import { earliest } from './text.ts';
import { viewOf } from './view-of.ts';
import { wavesOf } from './waves.ts';
import { askedFirst } from './waves/asked-first.ts';

const nothing: Plan = {
  status: undefined,
  statusUrgent: true,
  views: [],
  staleViews: [],
  steps: [],
  announcements: [],
  refused: new Set(),
  watchPods: [],
  askGates: [],
  wakeAt: undefined,
};

export function planPolicy(snapshot: Snapshot, policyUID: string): Plan {
  const policy = snapshot.policies.find(({ uid }) => uid === policyUID);
  if (policy === undefined) return nothing;
  // A new leader makes itself known before anything else: from here on a PUT of the one before it is refused.
  if (policy.status.fence !== snapshot.fence)
    return { ...nothing, status: { ...policy.status, fence: snapshot.fence } };
  const spec = usableSpec(policy);
  if (spec === undefined)
    return {
      ...nothing,
      status: invalidStatus(policy, 'invalid' in policy.spec ? policy.spec.invalid : '', snapshot),
    };

  const owned = ownedNodes(snapshot, policy);
  const retried = spec.retry.token !== undefined && spec.retry.token !== policy.status.retryToken;
  const known = retried ? [] : livingFailures(policy, snapshot);
  const supported = owned.filter((one) => isSupportedNode(one, spec, snapshot));
  const mostFailures = resolveCount(spec.rollout.maxFailures, Math.max(1, supported.length));
  const haltBy = ({ length }: readonly Failure[]): string | undefined =>
    length >= mostFailures ? `halted: ${length} failed` : undefined;
  const halt = haltBy(known);
  const stopped = spec.paused
    ? 'paused by spec.paused'
    : spec.mode === 'Plan'
      ? 'mode is Plan: nothing is changed'
      : (halt ?? hooksUnavailable(spec, snapshot));
  const entries = policy.status.claims ?? [];
  const shared: PolicyCase = {
    snapshot,
    policy,
    spec,
    rules: snapshot.rules[spec.os],
    stopped,
    orphaned: orphanedNodes(snapshot, policy, spec),
    strayTasks: strayTasksOf(snapshot),
    versions: versionsOf(spec, policy.status.versionsSeen ?? [], snapshot.rules[spec.os], snapshot.now),
    known: newestKnown(snapshot, policy, snapshot.rules[spec.os]),
    askedFirst: askedFirst(spec, policy, snapshot, snapshot.rules[spec.os]),
    spokenFor: spokenForBy(snapshot),
    expected: expectedBy(spec, policy.name, snapshot, snapshot.rules[spec.os]),
    schedule: scheduleStateAt(spec.schedule, snapshot.now),
  };

  const decided: Decided[] = owned.map((one) => ({
    ...one,
    decision: decideNode(shared, one, entries, known, retried),
  }));
  const settledLedger = settleLedger(shared, decided, entries);
  const failures = failuresAfter(known, settledLedger.decided);
  // The failure that halts a rollout is written together with the slots: nobody gets one beside it.
  const halted = halt ?? haltBy(failures);
  const waves = wavesOf(shared, settledLedger.decided, settledLedger.entries, halted);
  const chosen = chooseCandidates(shared, waves, settledLedger.entries, halted);
  const prefetched = limitPrefetch(shared, waves, chosen.decided);
  const limited = limitInspects(shared, prefetched).map((one) => tellByItself(one, shared.rules));
  const outlook = outlookOf({ shared, waves, ...chosen, decided: limited, halt: halted });
  const final = outlook.decided;
  const reported = statusOf({
    shared,
    decided: final,
    entries: chosen.entries,
    failures,
    budget: chosen.budget,
    gate: chosen.gate,
    zoneInTheWay: chosen.zoneInTheWay,
    halt: halted,
    attemptsLeft: retried,
    waves,
  });
  const soaking = new Set(
    chosen.entries.flatMap(({ nodeUID, phase }) => (phase === 'Soaking' ? [nodeUID] : [])),
  );
  const status = withOutlook(reported, policy.status, outlook, snapshot.now);
  const views = final.flatMap((one) => {
    // A tied node has one view; the first of the tied policies writes it.
    const other = one.ownership.kind === 'Tie' && one.ownership.policyUIDs[0] !== policy.uid;
    return other ? [] : viewOf(one, snapshot);
  });
  return {
    status: same(status, policy.status) ? undefined : status,
    statusUrgent: !same(statusCore(status), statusCore(policy.status)),
    views,
    staleViews: [],
    steps: final.flatMap(({ decision, node }) => (snapshot.busy.has(node.name) ? [] : decision.steps)),
    announcements: announcementsOf(shared, final, status, snapshot),
    refused: chosen.refused,
    watchPods: final.flatMap(({ reading, node }) =>
      reading.kind === 'Claim' || (spec.health?.pods !== undefined && soaking.has(node.uid))
        ? [node.name]
        : [],
    ),
    askGates: chosen.askGates,
    wakeAt: earliest(
      chosen.wakeAt,
      unheardUntil(spec, snapshot),
      outlook.plan?.wakeAt,
      Number.isFinite(shared.schedule.changesAt) ? shared.schedule.changesAt : undefined,
      ...final.map(({ decision }) => decision.wakeAt),
    ),
  };
}

function unheardUntil(spec: PolicySpec, snapshot: Snapshot): Millis | undefined {
  const hooks = hooksUnheard(spec, snapshot);
  return hooks === undefined || hooks.stalled ? undefined : hooks.stalledAt;
}

/** What others act on; the rest of a status tells a story. */
const statusCore = ({
  claims = [],
  fence,
  failures = [],
  retryToken,
  observedGeneration,
  conditions = [],
  rollout,
  history = [],
}: PolicyStatus): unknown => ({
  claims,
  fence,
  failures,
  retryToken,
  observedGeneration,
  rollout: rollout?.startedAt,
  history: history[0]?.endedAt,
  conditions: conditions.map(({ type, status }) => `${type}=${status}`),
});

/** A node that is gone halts nothing any more, not even in the pass that forgets it. */
function livingFailures({ status }: PolicyFacts, { nodes }: Snapshot): readonly Failure[] {
  const alive = new Set([...nodes.values()].map(({ uid }) => uid));
  return (status.failures ?? []).filter(({ nodeUID }) => alive.has(nodeUID));
}

function failuresAfter(known: readonly Failure[], decided: readonly Decided[]): readonly Failure[] {
  const cleared = new Set(
    decided.flatMap(({ decision, node }) => (decision.cleared === true ? [node.uid] : [])),
  );
  const kept = known.filter(({ nodeUID }) => !cleared.has(nodeUID));
  const added = decided.flatMap(({ decision }) => (decision.failure === undefined ? [] : [decision.failure]));
  const renewed = new Set(added.map(({ nodeUID }) => nodeUID));
  return [...kept.filter(({ nodeUID }) => !renewed.has(nodeUID)), ...added].slice(-200);
}
