/** What is left of a rollout: the nodes on their way with the time that they still need, and the turns of the others, in their order. */
import { resolveCount } from '../../api/int-or-percent.ts';
import { durationToMillis } from '../../api/duration.ts';
import type { RebootOrder } from '../../api/claim.ts';
import type { LedgerEntry } from '../../api/policy-status.ts';
import { attemptable } from '../attempts.ts';
import { attemptedAt } from '../attempt-id.ts';
import type { Budget } from '../budget.ts';
import { inOrder } from '../choose/order.ts';
import { needsExclusive } from '../exclusive.ts';
import type { Millis, NodeFacts } from '../facts.ts';
import type { PolicyCase } from '../node-case.ts';
import { type Decided, isSupported } from '../owned-nodes.ts';
import { taskWait } from '../tasks.ts';
import { timeOf } from '../text.ts';
import { isUpdateNow } from '../update-now.ts';
import type { Waves } from '../waves.ts';
import { isWaiting } from './is-waiting.ts';
import type { Turn, UnderWay } from './schedule-turns.ts';
import type { Steps, Typical } from './typical.ts';

export interface Remaining {
  readonly turns: readonly Turn[];
  readonly underWay: readonly UnderWay[];
  /** Nodes for which the waves after theirs wait, and which wait themselves for what no clock ends. */
  readonly standing: readonly Decided[];
  readonly slots: number;
  readonly groupSlots: (group: string) => number;
}

export interface RemainingInput {
  readonly shared: PolicyCase;
  readonly waves: Pick<Waves, 'placeOf' | 'isWaitedFor'>;
  readonly decided: readonly Decided[];
  readonly entries: readonly LedgerEntry[];
  readonly budget: Budget;
  readonly typical: Typical;
  /** Names of nodes whose drain could not begin now. */
  readonly refused: ReadonlySet<string>;
}

/** Only one of these goes at a time. */
const alone = 'alone';

/** A step that takes longer than usual will take a share of its time so far. */
const overdue = 0.25;

export function remainingOf(input: RemainingInput): Remaining {
  const { shared, waves, decided, entries, budget, refused } = input;
  const entryOf = new Map(entries.map((entry) => [entry.nodeUID, entry]));
  // A failed node may keep its slot for days, and nobody waits for it.
  const stuck = decided.filter(({ node, decision }) => entryOf.has(node.uid) && decision.state === 'Failed');
  const underWay = decided.flatMap((one) => {
    const entry = entryOf.get(one.node.uid);
    return entry === undefined || one.decision.state === 'Failed' ? [] : [onItsWay(input, one, entry)];
  });
  const waiting = decided.filter((one) => !entryOf.has(one.node.uid) && isWaiting(one, shared));
  const moves = new Set(waiting.map(({ node }) => node.uid));
  const standing = decided.filter(
    ({ node }) =>
      waves.isWaitedFor(node) && !entryOf.has(node.uid) && (!moves.has(node.uid) || refused.has(node.name)),
  );
  // A node that a PodDisruptionBudget keeps is overtaken by the others.
  const ordered = inOrder(shared, waves, waiting);
  const turns = [
    ...ordered.filter(({ node }) => !refused.has(node.name)),
    ...ordered.filter(({ node }) => refused.has(node.name)),
  ];
  return {
    turns: turns.map((one, index) => turnOf(input, one, index === 0 && underWay.length === 0)),
    underWay,
    standing,
    slots: Math.max(0, budget.limit - budget.others.length - stuck.length),
    groupSlots: groupLimits(input),
  };
}

function turnOf(
  { shared, waves, typical }: RemainingInput,
  { node, decision }: Decided,
  isFirst: boolean,
): Turn {
  const { snapshot, spec, expected } = shared;
  const { now } = snapshot;
  const steps = typical.of(node.name);
  const stage = decision.state === 'Staged' ? 0 : steps.stage;
  const lasts = (stage + steps.drain + steps.reboot) * attemptsEach(shared);
  const attempts = attemptable(decision.seen, decision.target ?? '', spec.retry, now);
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Stage', now);
  return {
    node: node.name,
    // In front of the first wave that is left, and nobody waits for it.
    wave: isUpdateNow(node) ? 0 : waves.placeOf(node),
    anyTime: isUpdateNow(node),
    groups: groupsOf(shared, node),
    lasts,
    // Once one node has shown how long it takes, the others need not fit all their timeouts any more.
    fits: isFirst || expected.learnedFrom > 0 ? expected.outOfService(node.name) : lasts,
    notBefore: Math.max(now, attempts.kind === 'Waits' ? attempts.until : now, wait?.until ?? now),
  };
}

/** How often a node has to be tried: as in this rollout so far. The first few nodes prove little. */
function attemptsEach({ policy }: PolicyCase): number {
  const { updated = 0, failed = 0 } = policy.status.rollout ?? {};
  return 1 + failed / (updated + 3);
}

function onItsWay({ shared, waves, typical }: RemainingInput, one: Decided, entry: LedgerEntry): UnderWay {
  const { node, reading, decision } = one;
  const { now } = shared.snapshot;
  const at = { wave: waves.placeOf(node), groups: groupsOf(shared, node) };
  if (entry.phase === 'Soaking') {
    const soak = durationToMillis(shared.spec.rollout.soak);
    const until = timeOf(entry.until) ?? now;
    return { ...at, verified: Math.max(now, until) - soak, overdue: until <= now };
  }
  const steps = typical.of(node.name);
  if (reading.kind === 'Claim')
    return {
      ...at,
      verified: now + leftOfClaim(steps, timeOf(reading.claim.at) ?? now, reading.claim.order, now),
    };
  const since = attemptedAt(entry.attempt) ?? now;
  const stage = decision.state === 'Staged' ? 0 : left(steps.stage, now - since);
  return { ...at, verified: now + stage + steps.drain + steps.reboot };
}

function leftOfClaim(steps: Steps, claimedAt: Millis, order: RebootOrder | undefined, now: Millis): Millis {
  const orderedAt = timeOf(order?.at);
  return orderedAt === undefined
    ? left(steps.drain, now - claimedAt) + steps.reboot
    : left(steps.reboot, now - orderedAt);
}

const left = (usual: Millis, elapsed: Millis): Millis =>
  Math.max(usual - Math.max(0, elapsed), Math.max(0, elapsed) * overdue);

function groupsOf({ spec, snapshot }: PolicyCase, node: NodeFacts): readonly string[] {
  const { topology } = spec.rollout;
  return [
    ...(topology === undefined ? [] : [zoneOf(topology.key, node)]),
    ...(needsExclusive(node, snapshot) ? [alone] : []),
  ];
}

const zoneOf = (key: string, { labels }: NodeFacts): string =>
  key in labels ? `zone ${labels[key] ?? ''}` : 'no zone';

function groupLimits({ shared, decided, budget }: RemainingInput): (group: string) => number {
  const { topology } = shared.spec.rollout;
  if (topology === undefined) return () => 1;
  const others = new Set(budget.others.map(({ name }) => name));
  const nodes = [...decided.filter((one) => isSupported(one)).map(({ node }) => node), ...shared.orphaned];
  const limits = new Map<string, number>();
  for (const [zone, members] of Map.groupBy(nodes, (node) => zoneOf(topology.key, node))) {
    const out = members.filter(({ name }) => others.has(name)).length;
    limits.set(zone, resolveCount(topology.maxUnavailable, members.length) - out);
  }
  return (group) => limits.get(group) ?? 1;
}
