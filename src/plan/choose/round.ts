/** What is left to give while the candidates of one pass are gone through, one after another. */
import type { LedgerEntry } from '../../api/policy-status.ts';
import { attemptId } from '../attempt-id.ts';
import { type Budget, isSpentOn } from '../budget.ts';
import { needsExclusive, reservedElsewhere } from '../exclusive.ts';
import type { Millis, NodeFacts } from '../facts.ts';
import type { Decision, PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';
import type { SpokenFor } from '../preview.ts';
import type { Step } from '../step.ts';
import { earliest } from '../text.ts';
import type { Waves } from '../waves.ts';
import type { FullZone, Zones } from '../zones.ts';

/** So many candidates say in full what they wait for. */
const mostInFull = 10;

/** What a candidate is told: a change of its decision. */
export type Answer = Partial<Decision> & { readonly because: string; readonly step?: Step };

export class Round {
  readonly shared: PolicyCase;
  readonly decided: readonly Decided[];
  readonly budget: Budget;
  readonly zones: Zones;
  readonly waves: Waves;
  readonly entries: LedgerEntry[];
  /** UIDs of candidates that the preview refuses. */
  readonly refused = new Set<string>();
  /** A slot is kept for a node whose Pods are looked at first. */
  looking = false;
  exclusiveTaken: boolean;
  /** The first zone that has no place for a candidate because of nodes that are not ours. */
  zoneInTheWay: FullZone | undefined;
  wakeAt: Millis | undefined;
  #free: number;
  #looks: number;
  readonly #taken = new Map<string, number>();
  #toldInFull = 0;

  constructor(
    shared: PolicyCase,
    decided: readonly Decided[],
    entries: readonly LedgerEntry[],
    budget: Budget,
    zones: Zones,
    waves: Waves,
  ) {
    const { snapshot, policy } = shared;
    this.shared = shared;
    this.decided = decided;
    this.budget = budget;
    this.zones = zones;
    this.waves = waves;
    this.entries = [...entries];
    this.#free = budget.free;
    this.#looks = budget.free + 2;
    this.exclusiveTaken =
      // Without this two policies hand the lease to and fro, each for the node of the replica that leads.
      reservedElsewhere(policy.uid, snapshot) ||
      decided.some(
        ({ node }) =>
          entries.some(({ nodeUID, phase }) => nodeUID === node.uid && phase === 'Reserved') &&
          needsExclusive(node, snapshot),
      );
  }

  /** No slot is left for this node. */
  fullFor(node: NodeFacts): boolean {
    return this.#free === 0 && !isSpentOn(this.budget, node);
  }

  /** A slot for this node, or kept for it. */
  takeSlot(node: NodeFacts): void {
    if (!isSpentOn(this.budget, node)) this.#free -= 1;
    this.zones.take(node);
  }

  reserve(node: NodeFacts): void {
    const { name, uid } = node;
    const attempt = attemptId(uid, this.shared.snapshot.now);
    this.entries.push({ node: name, nodeUID: uid, attempt, phase: 'Reserved' });
    this.takeSlot(node);
  }

  /** One look at a node's Pods, while there are any to give. */
  takeLook(): boolean {
    if (this.#looks === 0) return false;
    this.#looks -= 1;
    return true;
  }

  /** Disruptions that others have spoken for, in this pass too. */
  spokenFor(node: string): SpokenFor {
    const total = new Map(this.shared.spokenFor(node));
    for (const [title, count] of this.#taken) total.set(title, (total.get(title) ?? 0) + count);
    return total;
  }

  speakFor(titles: readonly string[]): void {
    for (const title of titles) this.#taken.set(title, (this.#taken.get(title) ?? 0) + 1);
  }

  /** What names nodes on their way changes with each of them: only the first in line say it, or each change would be a write for all. */
  inFull(inShort: string, inFull: () => string): string {
    if (this.#toldInFull === mostInFull) return inShort;
    this.#toldInFull += 1;
    return inFull();
  }

  wake(...times: readonly (Millis | undefined)[]): void {
    this.wakeAt = earliest(this.wakeAt, ...times);
  }
}
