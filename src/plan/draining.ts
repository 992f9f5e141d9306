/** Emptying a claimed node: which evictions to send now, whom it waits for, and when the node is empty. */
import { durationToMillis } from '../api/duration.ts';
import type { PodFacts } from './facts.ts';
import { isEvictable, isGivenUp, podTitle, standingBlock } from './drain.ts';
import { needsExclusive, otherReplicaReady } from './exclusive.ts';
import { notReady } from './holdback.ts';
import { type ClaimedCase, type Decision, keep } from './node-case.ts';
import { matchingPdbs, pdbTitle } from './pdb.ts';
import type { EvictionRefusal, Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import { earliest, isoTime, listed, sayTime } from './text.ts';

export type Draining =
  | { readonly kind: 'Going'; readonly decision: Decision }
  /** It would never end: treated as a drain timeout. */
  | { readonly kind: 'GivenUp'; readonly because: string };

export function decideDraining(c: ClaimedCase, deadline: number): Draining {
  const { node, snapshot, spec, seen } = c;
  const { now, settings } = snapshot;
  const pods = snapshot.pods.get(node.name);
  const going = (decision: Omit<Decision, 'ledger' | 'seen'>): Draining => ({
    kind: 'Going',
    decision: { seen, ledger: keep, ...decision, wakeAt: earliest(decision.wakeAt, deadline) },
  });
  if (pods === undefined) return going({ state: 'Draining', because: 'lists its pods', steps: [] });
  const skipOlder =
    spec.drain.skipTerminatingOlderThan === undefined
      ? undefined
      : durationToMillis(spec.drain.skipTerminatingOlderThan);
  const left = pods.filter(
    (pod) => isEvictable(pod, spec.drain, snapshot.self) && !isGivenUp(pod, skipOlder, now),
  );
  if (left.length === 0) return going(orderOf(c));

  const comesBack = left.find(
    (pod) => pod.deletionTimestamp === undefined && returns(c, pod) >= settings.evictionsPerOwner,
  );
  if (comesBack !== undefined)
    return {
      kind: 'GivenUp',
      because: `pod ${podTitle(comesBack)} comes back to the cordoned node each time (${settings.evictionsPerOwner} evictions)`,
    };

  const steps: Step[] = [];
  const waits: { readonly text: string; readonly rank: number; readonly at?: number | undefined }[] = [];
  const overload = overloadedUntil(snapshot);
  for (const pod of left) {
    const judged = judgePod(c, pod);
    const verdict =
      judged.kind === 'Evict' && overload !== undefined
        ? ({ kind: 'Wait', text: overloaded, rank: 1, at: overload } as const)
        : judged;
    waits.push({ at: undefined, ...verdict });
    if (verdict.kind === 'Evict')
      steps.push({
        do: 'Evict',
        node: node.name,
        nodeUID: node.uid,
        pod,
        gracePeriodSeconds: spec.drain.gracePeriodSeconds,
        because: `pod ${podTitle(pod)} must leave before the reboot`,
      });
  }
  waits.sort((a, b) => b.rank - a.rank || (a.text < b.text ? -1 : 1));
  const worst = waits[0];
  const because =
    worst === undefined || worst.rank === 0
      ? `${left.length} ${left.length === 1 ? 'pod has' : 'pods have'} to leave`
      : worst.text;
  return going({
    state: 'Draining',
    because,
    steps,
    wakeAt: earliest(...waits.map(({ at }) => at)),
  });
}

const overloaded = 'the API server asks to slow down';

type PodVerdict =
  /** `text` is why it was refused before: that stays the story until it is let go. */
  | { readonly kind: 'Evict'; readonly text: string; readonly rank: number }
  | { readonly kind: 'Wait'; readonly text: string; readonly rank: number; readonly at?: number | undefined };

/** Rank 0 is the ordinary course of a drain; higher ones are obstacles that a person wants to see. */
function judgePod(c: ClaimedCase, pod: PodFacts): PodVerdict {
  const { snapshot, spec } = c;
  const { now, settings } = snapshot;
  if (pod.deletionTimestamp !== undefined) {
    const namedAt = pod.deletionTimestamp + settings.terminatingNamed;
    if (now < namedAt) return { kind: 'Wait', text: '', rank: 0, at: namedAt };
    const holders = pod.finalizers.length > 0 ? `, held by finalizer ${listed(pod.finalizers)}` : '';
    return {
      kind: 'Wait',
      text: `pod ${podTitle(pod)} should have ended at ${sayTime(pod.deletionTimestamp)} and has not${holders}`,
      rank: 3,
    };
  }
  const block = standingBlock(pod, spec.drain, now);
  if (block !== undefined) return { kind: 'Wait', text: block, rank: 3, at: pod.doNotEvictBefore };
  const memory = snapshot.evictions.get(pod.uid);
  if (memory === undefined) return { kind: 'Evict', text: '', rank: 0 };
  if (memory.kind === 'Accepted') return { kind: 'Wait', text: '', rank: 0 };
  const refused = memory.kind === 'Refused' ? memory.refusal : memory.refused;
  const text = refused === undefined ? '' : describeRefusal(c, pod, refused);
  const rank = refused === undefined ? 0 : refusalRank(refused);
  if (memory.kind === 'Sent') return { kind: 'Wait', text, rank };
  if (memory.refusal.kind === 'Never') return { kind: 'Wait', text, rank };
  const budgetOpened = memory.refusal.kind === 'Budget' && now > memory.at && budgetAllows(c, pod);
  if (now >= memory.notBefore || budgetOpened) return { kind: 'Evict', text, rank };
  return { kind: 'Wait', text, rank, at: memory.notBefore };
}

/** Until when an overloaded API server wants to be left in peace: by the evictions of all nodes. */
function overloadedUntil({ evictions, now }: Snapshot): number | undefined {
  let until: number | undefined;
  for (const memory of evictions.values())
    if (memory.kind === 'Refused' && memory.refusal.kind === 'Overload' && memory.notBefore > now)
      until = Math.max(until ?? 0, memory.notBefore);
  return until;
}

const refusalRank = ({ kind }: EvictionRefusal): number =>
  kind === 'Never' ? 3 : kind === 'Overload' ? 1 : 2;

/** The watch shows that the budget which refused has a disruption to give again. */
function budgetAllows(c: ClaimedCase, pod: PodFacts): boolean {
  const [pdb, second] = matchingPdbs(pod, c.snapshot.pdbs);
  return second === undefined && (pdb === undefined || (pdb.current && pdb.disruptionsAllowed > 0));
}

function describeRefusal(c: ClaimedCase, pod: PodFacts, refusal: EvictionRefusal): string {
  const title = `pod ${podTitle(pod)}`;
  switch (refusal.kind) {
    case 'Budget': {
      const names =
        refusal.pdb === undefined
          ? listed(matchingPdbs(pod, c.snapshot.pdbs).map((pdb) => pdbTitle(pdb)))
          : pdbTitle({ namespace: pod.namespace, name: refusal.pdb });
      return `PodDisruptionBudget ${names} does not let ${title} go now`;
    }
    case 'Webhook':
      return `${title} is refused by an admission webhook: ${refusal.message.slice(0, 300)}`;
    case 'Never':
      return `${title} can never be evicted: ${refusal.message.slice(0, 300)}`;
    case 'NamespaceTerminating':
      return `${title} waits for the deletion of its namespace`;
    case 'Overload':
      return overloaded;
    case 'Other':
      return `the eviction of ${title} failed: ${refusal.message.slice(0, 300)}`;
  }
}

function returns(c: ClaimedCase, pod: PodFacts): number {
  const owner = pod.controller?.uid;
  return owner === undefined ? 0 : (c.snapshot.evictedOwners.get(c.node.name)?.get(owner) ?? 0);
}

/** Nothing is left to evict: the order, once nothing else runs on the node that a reboot would cut off. */
function orderOf(c: ClaimedCase): Omit<Decision, 'ledger' | 'seen'> {
  const { node, claim, snapshot, settled, spec } = c;
  const at = { node: node.name, nodeUID: node.uid } as const;
  const wait = (
    because: string,
    steps: readonly Step[] = [],
    wakeAt?: number,
  ): Omit<Decision, 'ledger' | 'seen'> => ({ state: 'Draining', because, steps, wakeAt });
  if (settled.blocking !== undefined) {
    const { because, reason, wakeAt } = settled.blocking;
    return { ...wait(`drained; ${because}`, [], wakeAt), taskReason: reason };
  }
  if (!node.ready) return wait(`drained; ${notReady(c)}`);
  if (needsExclusive(node, snapshot)) {
    if (snapshot.self.nodeName === node.name && otherReplicaReady(snapshot))
      return wait('drained; hands the lease to another replica', [
        { ...at, do: 'HandOver', because: 'the leader runs on the node that is to reboot' },
      ]);
    const { exclusive } = snapshot;
    if (exclusive.held === true && exclusive.holder !== node.uid)
      return wait('drained; waits for another control-plane node or node of the operator');
    if (exclusive.held !== true)
      return wait('drained; takes the exclusive lease', [
        { ...at, do: 'TakeExclusive', because: 'it is a control-plane node or runs the operator' },
      ]);
  }
  const order = {
    at: isoTime(snapshot.now),
    bootID: node.bootID,
    notAfter: isoTime(snapshot.now + snapshot.settings.orderValidity),
  };
  return {
    state: 'Rebooting',
    because: 'drained; the reboot is ordered',
    steps: [
      {
        ...at,
        do: 'Order',
        resourceVersion: node.resourceVersion,
        claim,
        order,
        leaves: (pod) =>
          isEvictable(pod, spec.drain, snapshot.self) &&
          !isGivenUp(pod, giveUpAfter(spec.drain.skipTerminatingOlderThan), snapshot.now),
        because: `drained: ${claim.from} to ${claim.target === '' ? 'what is staged' : claim.target}`,
      },
    ],
  };
}

const giveUpAfter = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : durationToMillis(text);
