/** One policy, one pass: who owns what, where each node is, who starts next, what to report. Pure. */
import { resolveCount } from '../api/int-or-percent.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import { retryKey } from '../api/keys.ts';
import type { Failure, LedgerEntry, PolicyStatus } from '../api/policy-status.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import { announcementsOf } from './announce.ts';
import { budgetOf } from './budget.ts';
import { decideClaimed } from './claimed.ts';
import { released } from './ending.ts';
import { isControlPlane } from './exclusive.ts';
import type { NodeFacts, PolicyFacts } from './facts.ts';
import { cut } from './holdback.ts';
import type { ClaimedCase, Decision, NodeCase, PolicyCase } from './node-case.ts';
import { keep, remove } from './node-case.ts';
import { type ClaimReading, type Ownership, ownerOf, readClaim, usableSpec } from './ownership.ts';
import { baseView } from './record.ts';
import { chooseCandidates, limitInspects, limitPrefetch } from './choose.ts';
import { same } from './same.ts';
import { settleTask } from './settle-task.ts';
import type { Snapshot } from './snapshot.ts';
import { invalidStatus, statusOf } from './status.ts';
import { spokenForBy } from './spoken-for.ts';
import type { Plan, ViewWrite } from './step.ts';
import { strayTasksOf } from './stray-tasks.ts';
import { decideSoaking } from './verified.ts';
import { decideUnclaimed } from './unclaimed.ts';
import { earliest, isoTime } from './text.ts';

export interface OwnedNode {
  readonly node: NodeFacts;
  readonly reading: ClaimReading;
  readonly ownership: Ownership;
}

export interface Decided extends OwnedNode {
  readonly decision: Decision;
}

const nothing: Plan = {
  status: undefined,
  statusUrgent: true,
  views: [],
  staleViews: [],
  steps: [],
  announcements: [],
  refused: new Set(),
  watchPods: [],
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
  const known = retried ? [] : (policy.status.failures ?? []);
  const supported = owned.filter((one) => one.ownership.kind === 'Owned');
  const halt =
    known.length >= resolveCount(spec.rollout.maxFailures, Math.max(1, supported.length))
      ? `halted: ${known.length} failed`
      : undefined;
  const stopped = spec.paused
    ? 'paused by spec.paused'
    : spec.mode === 'Plan'
      ? 'mode is Plan: nothing is changed'
      : halt;
  const entries = policy.status.claims ?? [];
  const shared: PolicyCase = {
    snapshot,
    policy,
    spec,
    rules: snapshot.rules[spec.os],
    stopped,
    orphaned: orphanedNodes(snapshot, policy, spec),
    strayTasks: strayTasksOf(snapshot),
    spokenFor: spokenForBy(snapshot),
  };

  const decided: Decided[] = owned.map((one) => ({
    ...one,
    decision: decide(shared, one, entries, known, retried),
  }));
  const settledLedger = settleLedger(shared, decided, entries);
  const chosen = chooseCandidates(shared, settledLedger.decided, settledLedger.entries);
  const prefetched = limitPrefetch(shared, chosen.decided);
  const final = limitInspects(shared, prefetched);
  const failures = failuresAfter(known, final, snapshot);
  const status = statusOf({
    shared,
    decided: final,
    entries: chosen.entries,
    failures,
    budget: chosen.budget,
    halt,
    attemptsLeft: retried,
  });
  const views = final.flatMap((one) => viewOf(one, policy, snapshot));
  return {
    status: same(status, policy.status) ? undefined : status,
    statusUrgent: !same(statusCore(status), statusCore(policy.status)),
    views,
    staleViews: [],
    steps: final.flatMap(({ decision, node }) => (snapshot.busy.has(node.name) ? [] : decision.steps)),
    announcements: announcementsOf(shared, final, status, snapshot),
    refused: chosen.refused,
    watchPods: final.flatMap(({ reading, node }) => (reading.kind === 'Claim' ? [node.name] : [])),
    wakeAt: earliest(chosen.wakeAt, ...final.map(({ decision }) => decision.wakeAt)),
  };
}

/** What others act on; the rest of a status tells a story. */
const statusCore = ({
  claims = [],
  fence,
  failures = [],
  retryToken,
  observedGeneration,
  conditions = [],
}: PolicyStatus): unknown => ({
  claims,
  fence,
  failures,
  retryToken,
  observedGeneration,
  conditions: conditions.map(({ type, status }) => `${type}=${status}`),
});

/** Nodes that the policy owns or is tied for, by name. */
function ownedNodes(snapshot: Snapshot, policy: PolicyFacts): readonly OwnedNode[] {
  const owned: OwnedNode[] = [];
  for (const node of snapshot.nodes.values()) {
    const reading = readClaim(node);
    const ownership = ownerOf(node, reading, snapshot.policies, snapshot.rules);
    if (ownership.kind === 'Owned' && ownership.policyUID === policy.uid)
      owned.push({ node, reading, ownership });
    else if (ownership.kind === 'Tie' && ownership.policyUIDs.includes(policy.uid))
      owned.push({ node, reading, ownership });
  }
  return owned.toSorted((a, b) => (a.node.name < b.node.name ? -1 : 1));
}

function orphanedNodes(
  snapshot: Snapshot,
  policy: PolicyFacts,
  { includeControlPlane }: PolicySpec,
): readonly NodeFacts[] {
  return [...snapshot.nodes.values()].filter((node) => {
    const ownership = ownerOf(node, readClaim(node), snapshot.policies, snapshot.rules);
    return (
      ownership.kind === 'Orphan' &&
      ownership.policyUID === policy.uid &&
      (includeControlPlane || !isControlPlane(node))
    );
  });
}

function decide(
  shared: PolicyCase,
  one: OwnedNode,
  entries: readonly LedgerEntry[],
  known: readonly Failure[],
  cleared: boolean,
): Decision {
  const { snapshot, policy, rules, spec } = shared;
  const { node, reading, ownership } = one;
  const view = snapshot.views.get(node.name);
  const stored = view?.nodeUID === node.uid ? view.status : undefined;
  const retry = node.annotations[retryKey];
  const retried = retry !== undefined && cut(retry) !== stored?.retrySeen;
  const base = baseView(node, stored, policy.name, rules);
  const task = snapshot.tasks.get(node.uid);
  const attempt = reading.kind === 'Claim' ? reading.claim.attempt : undefined;
  const { settings, now } = snapshot;
  const decideFrom = (before: NodeViewStatus): Decision => {
    const settled = settleTask(before, task, node, spec.retry, rules, settings, now, attempt);
    const c: NodeCase = {
      ...shared,
      node,
      recognition: rules.recognise(node),
      entry: entries.find(({ nodeUID }) => nodeUID === node.uid),
      task,
      settled,
      seen: settled.seen,
      retried,
      failures: known.filter(({ nodeUID }) => nodeUID === node.uid),
    };
    return decideByFacts(c, reading, ownership);
  };
  if (!retried) return decideFrom(cleared && reading.kind !== 'Claim' ? withoutAttempts(base) : base);
  if (reading.kind === 'Claim') {
    const asItIs = decideFrom(base);
    if (asItIs.retryStays === true) return asItIs;
  }
  return { ...decideFrom({ ...anew(base), retrySeen: cut(retry) }), cleared: true };
}

function decideByFacts(c: NodeCase, reading: ClaimReading, ownership: Ownership): Decision {
  if (ownership.kind === 'Tie')
    return {
      state: 'Held',
      reason: 'Overlap',
      because: `policies ${ownership.policies.join(' and ')} select it with the same priority`,
      ledger: c.entry === undefined ? keep : remove,
      steps: [],
      seen: c.seen,
    };
  if (reading.kind === 'Unreadable')
    return {
      state: 'Held',
      reason: 'UnreadableClaim',
      because: `its claim cannot be read (${reading.why}); a person must remove the annotation`,
      ledger: keep,
      steps: [],
      seen: c.seen,
      behind: true,
    };
  if (reading.kind === 'Claim') {
    const claimed: ClaimedCase = {
      ...c,
      claim: reading.claim,
      chosen: ownership.kind === 'Owned' && ownership.chosen,
    };
    return decideClaimed(claimed);
  }
  if (c.entry?.phase === 'Soaking') return decideSoaking(c, c.entry);
  return decideUnclaimed(c);
}

/** The ledger after what nodes asked for; claims without an entry are taken up while the budget allows, else released. */
function settleLedger(
  shared: PolicyCase,
  decided: readonly Decided[],
  entries: readonly LedgerEntry[],
): { readonly decided: readonly Decided[]; readonly entries: readonly LedgerEntry[] } {
  const next = new Map<string, LedgerEntry>();
  const byUID = new Map(decided.map((one) => [one.node.uid, one]));
  // Entries of nodes that are gone, were made anew, or belong to another policy now, go.
  for (const entry of entries) if (byUID.has(entry.nodeUID)) next.set(entry.nodeUID, entry);
  for (const { node, decision } of decided) {
    const { ledger } = decision;
    const entry = next.get(node.uid);
    if (ledger.kind === 'Remove') next.delete(node.uid);
    else if (ledger.kind === 'Soak' && entry !== undefined)
      next.set(node.uid, { ...entry, phase: 'Soaking', until: isoTime(ledger.until) });
    else if (ledger.kind === 'Soak')
      next.set(node.uid, {
        node: node.name,
        nodeUID: node.uid,
        attempt: attemptOf(byUID.get(node.uid)),
        phase: 'Soaking',
        until: isoTime(ledger.until),
      });
    else if (ledger.kind === 'Adopt' && (ledger.always || entry !== undefined))
      next.set(node.uid, { node: node.name, nodeUID: node.uid, attempt: ledger.attempt, phase: 'Reserved' });
  }
  const supported = [
    ...decided
      .filter(({ decision, ownership }) => decision.state !== 'Unsupported' && ownership.kind === 'Owned')
      .map(({ node }) => node),
    ...shared.orphaned,
  ];
  const after = decided.map((one) => {
    const { decision, node, reading } = one;
    if (decision.ledger.kind !== 'Adopt' || next.has(node.uid) || reading.kind !== 'Claim') return one;
    const budget = budgetOf(
      shared.spec,
      supported.filter(({ uid }) => uid !== node.uid),
      [...next.values()],
      shared.snapshot.settings.maxClaims,
    );
    const limit = budgetOf(shared.spec, supported, [], shared.snapshot.settings.maxClaims).limit;
    if (budget.used.size < limit) {
      next.set(node.uid, {
        node: node.name,
        nodeUID: node.uid,
        attempt: decision.ledger.attempt,
        phase: 'Reserved',
      });
      return one;
    }
    const c = claimedCase(shared, one, reading.claim);
    return {
      ...one,
      decision: released(c, 'the budget has no slot for a claim that the ledger does not know'),
    };
  });
  return { decided: after, entries: [...next.values()] };
}

const attemptOf = (one: Decided | undefined): string =>
  one?.reading.kind === 'Claim' ? one.reading.claim.attempt : '';

function claimedCase(
  shared: PolicyCase,
  { node, decision, ownership }: Decided,
  claim: ClaimedCase['claim'],
): ClaimedCase {
  return {
    ...shared,
    node,
    recognition: shared.rules.recognise(node),
    entry: undefined,
    task: undefined,
    settled: { seen: decision.seen, deletion: undefined, blocking: undefined },
    seen: decision.seen,
    retried: false,
    failures: [],
    claim,
    chosen: ownership.kind === 'Owned' && ownership.chosen,
  };
}

function failuresAfter(
  known: readonly Failure[],
  decided: readonly Decided[],
  snapshot: Snapshot,
): readonly Failure[] {
  const cleared = new Set(
    decided.flatMap(({ decision, node }) => (decision.cleared === true ? [node.uid] : [])),
  );
  const alive = new Set([...snapshot.nodes.values()].map(({ uid }) => uid));
  const kept = known.filter(({ nodeUID }) => alive.has(nodeUID) && !cleared.has(nodeUID));
  const added = decided.flatMap(({ decision }) => (decision.failure === undefined ? [] : [decision.failure]));
  const renewed = new Set(added.map(({ nodeUID }) => nodeUID));
  return [...kept.filter(({ nodeUID }) => !renewed.has(nodeUID)), ...added].slice(-200);
}

function viewOf(one: Decided, policy: PolicyFacts, snapshot: Snapshot): readonly ViewWrite[] {
  const { node, decision, ownership } = one;
  // A tied node has one view; the first of the tied policies writes it.
  if (ownership.kind === 'Tie' && ownership.policyUIDs[0] !== policy.uid) return [];
  const view = snapshot.views.get(node.name);
  const stored = view?.nodeUID === node.uid ? view.status : undefined;
  const { reason: _reason, target: _target, ...seen } = decision.seen;
  const since =
    stored?.state === decision.state && stored.since !== undefined ? stored.since : isoTime(snapshot.now);
  const status: NodeViewStatus = {
    ...seen,
    ...(ownership.kind === 'Tie' ? { policy: ownership.policies.join(',') } : {}),
    ...(decision.target === undefined || decision.target === '' ? {} : { target: decision.target }),
    ...(decision.reason === undefined ? {} : { reason: decision.reason }),
    state: decision.state,
    since,
    because: decision.because.slice(0, 1024),
  };
  if (stored !== undefined && same(status, stored)) return [];
  const urgent =
    decision.steps.some((step) => step.do === 'DeleteTask' || step.do === 'Release') &&
    !sameFacts(status, stored);
  return [{ node: node.name, nodeUID: node.uid, status, urgent }];
}

/** Alike in everything that is not just the story of the moment. */
function sameFacts(a: NodeViewStatus, b: NodeViewStatus | undefined): boolean {
  if (b === undefined) return false;
  const facts = ({
    state: _state,
    since: _since,
    because: _because,
    reason: _reason,
    target: _target,
    ...rest
  }: NodeViewStatus): unknown => rest;
  return same(facts(a), facts(b));
}

const withoutAttempts = ({ attempts: _attempts, ...rest }: NodeViewStatus): NodeViewStatus => rest;

/** As if the node had never been asked: it is inspected at once. */
function anew(view: NodeViewStatus): NodeViewStatus {
  const { inspectedAt: _at, checkedAt: _checked, ...rest } = withoutAttempts(view);
  return rest;
}
