/** Who gets the slots of the budget that are free. */
import type { LedgerEntry } from '../../api/policy-status.ts';
import { blockedForAll } from '../blocked.ts';
import { type Budget, budgetOf } from '../budget.ts';
import { needsExclusive } from '../exclusive.ts';
import type { Millis, NodeFacts } from '../facts.ts';
import type { GateObstacle, GateQuestion } from '../gates.ts';
import type { PolicyCase } from '../node-case.ts';
import { type Decided, isSupported } from '../owned-nodes.ts';
import { AtTheGates } from './at-the-gates.ts';
import { lastLook, lookStep, refuse } from './look.ts';
import { waitToBeAlone } from './only-one.ts';
import { inOrder } from './order.ts';
import { waitForWave } from './wait-for-wave.ts';
import type { Waves } from '../waves.ts';
import { type FullZone, Zones } from '../zones.ts';
import { type Answer, Round } from './round.ts';

export interface Chosen {
  readonly decided: readonly Decided[];
  readonly entries: readonly LedgerEntry[];
  readonly budget: Budget;
  /** UIDs of candidates that the preview refuses. */
  readonly refused: ReadonlySet<string>;
  readonly zoneInTheWay: FullZone | undefined;
  readonly askGates: readonly GateQuestion[];
  /** The gate that keeps nodes from starting for which there is a slot. */
  readonly gate: GateObstacle | undefined;
  readonly wakeAt: Millis | undefined;
}

export function chooseCandidates(
  shared: PolicyCase,
  waves: Waves,
  entries: readonly LedgerEntry[],
  halted: string | undefined,
): Chosen {
  const { snapshot, spec } = shared;
  const gates = new AtTheGates(shared, entries);
  const decided = gates.holdClaims(waves.decided);
  const supported = [
    ...decided.filter((one) => isSupported(one)).map(({ node }) => node),
    ...shared.orphaned,
  ];
  const budgetFor = (ledger: readonly LedgerEntry[]): Budget =>
    budgetOf(spec, supported, ledger, snapshot.settings.maxClaims);
  const budget = budgetFor(entries);
  const zones = new Zones(spec, supported, budget, entries);
  const round = new Round(shared, decided, entries, budget, zones, waves);
  const blocked = halted ?? blockedForAll(shared, decided, entries);
  const candidates = decided.filter(({ decision }) => decision.candidate === true);
  const answers = new Map<string, Answer>();
  for (const one of inOrder(shared, waves, candidates))
    answers.set(
      one.node.uid,
      blocked === undefined
        ? (waitForWave(round, one.node, answers) ?? takeTurn(round, gates, one))
        : { because: blocked },
    );
  const { ask, obstacle } = gates.end(round);
  return {
    decided: decided.map((one) => told(one, answers.get(one.node.uid))),
    entries: round.entries,
    budget: budgetFor(round.entries),
    refused: round.refused,
    zoneInTheWay: round.zoneInTheWay,
    askGates: ask,
    gate: obstacle,
    wakeAt: round.wakeAt,
  };
}

/** One candidate: its slot, or what it waits for. */
function takeTurn(round: Round, gates: AtTheGates, one: Decided): Answer {
  const { node, decision } = one;
  const shut = gates.waitWhileShut(round, node);
  if (shut !== undefined) return shut;
  const looked = decision.state === 'Staged' ? lastLook(round, one) : undefined;
  // The preview speaks before the budget: a person wants to see the obstacle, not the queue.
  if (looked?.verdict.kind === 'Refused') return refuse(round, one, looked.preview, looked.verdict.because);
  const queued = waitInLine(round, node);
  if (queued !== undefined) return queued;
  if (decision.state === 'Staged' && looked?.fresh !== true) return lookFirst(round, one);
  const asks = gates.askFirst(round, node);
  if (asks !== undefined) return asks;
  const alone = waitToBeAlone(round, one);
  if (alone !== undefined) return alone;
  if (looked?.verdict.kind === 'Clear') round.speakFor(looked.verdict.needs);
  round.reserve(node);
  return { because: 'its turn has come' };
}

function waitInLine(round: Round, node: NodeFacts): Answer | undefined {
  if (round.fullFor(node)) return { because: queueText(round.budget) };
  const zone = round.zones.full(node);
  if (zone === undefined) return undefined;
  if (zone.byOthers) round.zoneInTheWay ??= zone;
  const text = `waits for its turn: the budget of ${zone.title} is used`;
  return { because: round.inFull(text, () => `${text} by ${zone.usedBy}`) };
}

/** A slot is kept for it, or the next candidate would overtake it in each pass. */
function lookFirst(round: Round, { node }: Decided): Answer {
  const granted = round.takeLook();
  round.takeSlot(node);
  round.exclusiveTaken ||= needsExclusive(node, round.shared.snapshot);
  round.looking = true;
  return granted
    ? { because: 'its turn has come; looks at its pods', step: lookStep(node, 'its turn has come') }
    : { because: queueText(round.budget) };
}

function told(one: Decided, answer: Answer | undefined): Decided {
  if (answer === undefined) return one;
  const { step, ...change } = answer;
  const { decision } = one;
  const steps = step === undefined ? decision.steps : [...decision.steps, step];
  return { ...one, decision: { ...decision, ...change, steps } };
}

const queueText = (budget: Budget): string =>
  `waits for its turn: ${budget.limit === 1 ? 'the one slot' : `all ${budget.limit} slots`} of rollout.maxUnavailable ${budget.limit === 1 ? 'is' : 'are'} in use`;
