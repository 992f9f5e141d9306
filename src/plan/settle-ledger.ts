/** The ledger after a pass: what nodes asked for, and the claims that it did not know. */
import type { LedgerEntry } from '../api/policy-status.ts';
import { type Budget, budgetOf } from './budget.ts';
import { released } from './ending.ts';
import type { NodeFacts } from './facts.ts';
import type { ClaimedCase, Decision, PolicyCase } from './node-case.ts';
import { type Decided, isSupported } from './owned-nodes.ts';
import { readClaim } from './ownership.ts';
import { isoTime, listed } from './text.ts';
import { Zones } from './zones.ts';

/** The ledger after what nodes asked for; claims without an entry are taken up while the budget allows, else released. */
export function settleLedger(
  shared: PolicyCase,
  decided: readonly Decided[],
  entries: readonly LedgerEntry[],
): { readonly decided: readonly Decided[]; readonly entries: readonly LedgerEntry[] } {
  const next = new Map<string, LedgerEntry>();
  const byUID = new Map(decided.map((one) => [one.node.uid, one]));
  // Entries of nodes that are gone, were made anew, or belong to another policy now, go.
  for (const entry of entries)
    if (byUID.has(entry.nodeUID) || mayArrive(shared, entry)) next.set(entry.nodeUID, entry);
  for (const one of decided) {
    const { node, decision } = one;
    const { ledger } = decision;
    const entry = next.get(node.uid);
    // A claim that is on its way may arrive after its slot was given to another node.
    if (ledger.kind === 'Remove' && !mayArrive(shared, entry)) next.delete(node.uid);
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
    ...decided.filter((one) => isSupported(one)).map(({ node }) => node),
    ...shared.orphaned,
  ];
  const { maxClaims } = shared.snapshot.settings;
  const { limit } = budgetOf(shared.spec, supported, [], maxClaims);
  const zonesBeside = (others: Budget['others']): Zones =>
    new Zones(shared.spec, supported, { others }, [...next.values()]);
  const { others } = budgetOf(shared.spec, supported, [...next.values()], maxClaims);
  const dropped = dropBeyond(shared, limit, others, zonesBeside(others), decided, next);
  const after = decided.map((one) => {
    const { decision, node, reading } = one;
    const lowered = dropped.get(node.uid);
    if (lowered !== undefined) return { ...one, decision: withoutSlot(decision, lowered) };
    if (decision.ledger.kind !== 'Adopt' || next.has(node.uid) || reading.kind !== 'Claim') return one;
    const budget = budgetOf(
      shared.spec,
      supported.filter(({ uid }) => uid !== node.uid),
      [...next.values()],
      maxClaims,
    );
    const zone = zonesBeside(budget.others).full(node);
    if (budget.used.size < limit && zone === undefined) {
      next.set(node.uid, {
        node: node.name,
        nodeUID: node.uid,
        attempt: decision.ledger.attempt,
        phase: 'Reserved',
      });
      return one;
    }
    const c = claimedCase(shared, one, reading.claim);
    const what = budget.used.size < limit ? 'rollout.topology' : 'the budget';
    return {
      ...one,
      decision: released(c, `${what} has no slot for a claim that the ledger does not know`),
    };
  });
  return { decided: after, entries: [...next.values()] };
}

/**
 * Slots of nodes that are still in service are taken back, the last ones first, where the budget was lowered or other nodes have used it
 * up meanwhile: what there is to say, by node UID.
 */
function dropBeyond(
  shared: PolicyCase,
  limit: number,
  others: Budget['others'],
  zones: Zones,
  decided: readonly Decided[],
  entries: Map<string, LedgerEntry>,
): ReadonlyMap<string, string> {
  const dropped = new Map<string, string>();
  for (const one of decided.toReversed()) {
    const { node, reading } = one;
    const entry = entries.get(node.uid);
    if (reading.kind !== 'None' || entry?.phase !== 'Reserved' || mayArrive(shared, entry)) continue;
    const because = beyond(limit, others, zones, node, entries.size);
    if (because === undefined) continue;
    entries.delete(node.uid);
    zones.giveBack(node);
    dropped.set(node.uid, because);
  }
  return dropped;
}

/** A step of ours is under way on a node that has its slot and no claim yet: it may be the claim. */
function mayArrive({ snapshot: { nodes, busy } }: PolicyCase, entry: LedgerEntry | undefined): boolean {
  if (entry?.phase !== 'Reserved' || !busy.has(entry.node)) return false;
  const node = nodes.get(entry.node);
  return node?.uid === entry.nodeUID && readClaim(node).kind === 'None';
}

function beyond(
  limit: number,
  others: Budget['others'],
  zones: Zones,
  node: NodeFacts,
  slots: number,
): string | undefined {
  if (slots > limit) return 'rollout.maxUnavailable was lowered: waits for its turn';
  // One that is out of service already takes nothing away.
  if (!node.ready || node.unschedulable) return undefined;
  const byOthers = listed(others.map(({ name, why }) => `${name}, ${why}`));
  if (slots + others.length > limit) return `waits for its turn: the budget is used by ${byOthers} too`;
  const zone = zones.overfull(node) ? zones.full(node) : undefined;
  if (zone === undefined) return undefined;
  return zone.byOthers
    ? `waits for its turn: the budget of ${zone.title} is used by ${zone.usedBy}`
    : 'rollout.topology.maxUnavailable was lowered: waits for its turn';
}

const withoutSlot = (decision: Decision, because: string): Decision => ({
  ...decision,
  ...(decision.state === 'Cordoning' ? { state: 'Staged' } : {}),
  taskReason: undefined,
  because,
  steps: decision.steps.filter((step) => step.do === 'DeleteTask'),
});

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
