/** The ledger after a pass: what nodes asked for, and the claims that it did not know. */
import type { LedgerEntry } from '../api/policy-status.ts';
import { type Budget, budgetOf } from './budget.ts';
import { released } from './ending.ts';
import type { ClaimedCase, Decision, PolicyCase } from './node-case.ts';
import { type Decided, isSupported } from './owned-nodes.ts';
import { isoTime } from './text.ts';
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
    ...decided.filter((one) => isSupported(one)).map(({ node }) => node),
    ...shared.orphaned,
  ];
  const { maxClaims } = shared.snapshot.settings;
  const { limit } = budgetOf(shared.spec, supported, [], maxClaims);
  const zonesBeside = (others: Budget['others']): Zones =>
    new Zones(shared.spec, supported, { others }, [...next.values()]);
  const dropped = dropBeyond(limit, zonesBeside([]), decided, next);
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

/** A budget that was lowered takes back slots of nodes that are still in service, the last ones first: what was lowered, by node UID. */
function dropBeyond(
  limit: number,
  zones: Zones,
  decided: readonly Decided[],
  entries: Map<string, LedgerEntry>,
): ReadonlyMap<string, string> {
  const dropped = new Map<string, string>();
  for (const { node, reading } of decided.toReversed()) {
    const lowered =
      entries.size > limit
        ? 'rollout.maxUnavailable'
        : zones.overfull(node)
          ? 'rollout.topology.maxUnavailable'
          : undefined;
    if (lowered === undefined || reading.kind !== 'None' || entries.get(node.uid)?.phase !== 'Reserved')
      continue;
    entries.delete(node.uid);
    zones.giveBack(node);
    dropped.set(node.uid, lowered);
  }
  return dropped;
}

const withoutSlot = (decision: Decision, lowered: string): Decision => ({
  ...decision,
  ...(decision.state === 'Cordoning' ? { state: 'Staged' } : {}),
  taskReason: undefined,
  because: `${lowered} was lowered: waits for its turn`,
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
