/**
 * The rollout under way and those before it. It begins with the first node that is taken for an update. It ends when nothing is left to
 * do, when another version comes for what it has updated, or when what is left is not done any more. Derived from the status before and
 * what this pass decides, and written together with the ledger: a pass that is repeated counts nothing twice.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Failure, LedgerEntry, PolicyStatus, Rollout } from '../api/policy-status.ts';
import { exactVersion } from '../api/target-version.ts';
import type { Millis } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import { isoTime, timeOf } from './text.ts';

export type History = Pick<PolicyStatus, 'rollout' | 'history'>;

export interface HistoryInput {
  readonly shared: PolicyCase;
  readonly decided: readonly Decided[];
  /** The ledger after this pass. */
  readonly entries: readonly LedgerEntry[];
  /** After this pass. */
  readonly failures: readonly Failure[];
}

interface Pass extends HistoryInput {
  readonly entryOf: (nodeUID: string) => LedgerEntry | undefined;
  /** When the rollout before was superseded: nodes that were claimed until then still count for it. */
  readonly supersededAt: Millis;
}

const most = 10;

export function historyOf(all: HistoryInput): History {
  const { status } = all.shared.policy;
  const before = status.history ?? [];
  const byUID = new Map(all.entries.map((entry) => [entry.nodeUID, entry]));
  const last = before[0]?.outcome === 'Superseded' ? timeOf(before[0].endedAt) : undefined;
  const input: Pass = {
    ...all,
    entryOf: (nodeUID) => byUID.get(nodeUID),
    supersededAt: last ?? Number.NEGATIVE_INFINITY,
  };
  const { rollout, history } = counted(input, status.rollout ?? beginning(input), before);
  if (rollout === undefined) return shown(undefined, history);
  // What is taken now for another version is not its own.
  const superseded = rollout.target !== '' && isSuperseded(input, rollout);
  const named = superseded ? rollout : { ...rollout, target: targetOf(input, rollout) };
  const outcome = superseded ? 'Superseded' : outcomeOf(input, named);
  if (outcome === undefined) return shown(named, history);
  const ended = { ...named, endedAt: isoTime(input.shared.snapshot.now), outcome };
  return shown(undefined, [ended, ...history].slice(0, most));
}

const shown = (rollout: Rollout | undefined, history: readonly Rollout[]): History => ({
  ...(rollout === undefined ? {} : { rollout }),
  ...(history.length === 0 ? {} : { history: [...history] }),
});

const claimedAt = ({ reading }: Decided): Millis | undefined =>
  reading.kind === 'Claim' ? timeOf(reading.claim.at) : undefined;

/** Taken for an update in this rollout. A slot in which a node is only asked whether there is one is no update. */
function isTaken(one: Decided, input: Pass): boolean {
  const at = claimedAt(one);
  if (at !== undefined) return at >= input.supersededAt;
  const entry = input.entryOf(one.node.uid);
  return entry?.phase === 'Reserved' && one.decision.behind === true;
}

function beginning(input: Pass): Rollout | undefined {
  if (!input.decided.some((one) => isTaken(one, input))) return undefined;
  return { target: '', startedAt: isoTime(input.shared.snapshot.now), updated: 0, failed: 0 };
}

/** What this pass writes into the ledger and among the failures for the first time. */
function counted(
  { shared, decided, entries, failures, supersededAt }: Pass,
  begun: Rollout | undefined,
  history: readonly Rollout[],
): { readonly rollout: Rollout | undefined; readonly history: readonly Rollout[] } {
  const { status } = shared.policy;
  const [last, ...earlier] = history;
  const isLate = (uid: string): boolean => {
    const one = decided.find(({ node }) => node.uid === uid);
    const at = one === undefined ? undefined : claimedAt(one);
    return at !== undefined && at < supersededAt;
  };
  const soaked = new Set(
    (status.claims ?? []).flatMap(({ phase, attempt }) => (phase === 'Soaking' ? [attempt] : [])),
  );
  const failedBefore = new Set((status.failures ?? []).map(({ nodeUID }) => nodeUID));
  const updated = entries.filter(({ phase, attempt }) => phase === 'Soaking' && !soaked.has(attempt));
  // Verified and then not: it went back while its hook ran.
  const undone = entries.filter(({ phase, attempt }) => phase === 'Reserved' && soaked.has(attempt));
  const failed = failures.filter(({ nodeUID }) => !failedBefore.has(nodeUID));
  const add = (rollout: Rollout, late: boolean): Rollout => {
    const count = (of: readonly { readonly nodeUID: string }[]): number =>
      of.filter(({ nodeUID }) => isLate(nodeUID) === late).length;
    return {
      ...rollout,
      updated: Math.max(0, rollout.updated + count(updated) - count(undone)),
      failed: rollout.failed + count(failed),
    };
  };
  return {
    rollout: begun === undefined ? undefined : add(begun, false),
    history: last === undefined ? [] : [add(last, true), ...earlier],
  };
}

/** The version that a node was brought to in this rollout. */
function reachedIn(rollout: Rollout, { lastUpdate }: NodeViewStatus, input: Pass): string | undefined {
  const at = timeOf(lastUpdate?.at);
  if (lastUpdate === undefined || at === undefined || at < (timeOf(rollout.startedAt) ?? 0)) return undefined;
  const took = Object.values(lastUpdate.seconds).reduce((sum, seconds) => sum + seconds, 0);
  return at - took * 1000 < input.supersededAt ? undefined : lastUpdate.to;
}

function targetOf(input: Pass, rollout: Rollout): string {
  const targets = new Set(
    input.decided.flatMap((one) => {
      const { reading, decision } = one;
      const reached = reachedIn(rollout, decision.seen, input);
      const wanted = reading.kind === 'Claim' ? reading.claim.target : decision.target;
      return [reached, isTaken(one, input) ? wanted : undefined];
    }),
  );
  const known = [...targets].filter((target) => target !== undefined && target !== '');
  return known.length > 1 ? `Mixed(${known.length})` : (known[0] ?? rollout.target);
}

function outcomeOf(input: Pass, rollout: Rollout): Rollout['outcome'] {
  const { shared, decided, entryOf } = input;
  const isOnItsWay = (one: Decided): boolean =>
    isTaken(one, input) || entryOf(one.node.uid)?.phase === 'Soaking';
  if (decided.some((one) => isOnItsWay(one) || isLeft(one, shared) || isToBeAsked(one, rollout, shared)))
    return undefined;
  const done = decided.every(
    (one) =>
      one.ownership.kind !== 'Owned' ||
      one.decision.state === 'Unsupported' ||
      (one.decision.state === 'UpToDate' && !isOffered(one, rollout, shared)),
  );
  return done ? 'Complete' : 'Stopped';
}

/** The spec names another version, or a node that was brought to its version is to go on to another one. */
function isSuperseded(input: Pass, rollout: Rollout): boolean {
  const { spec, rules } = input.shared;
  const exact = exactVersion(spec);
  const single = rollout.target !== '' && !rollout.target.startsWith('Mixed(');
  if (exact !== undefined && single && rules.compareVersions(exact, rollout.target) !== 0) return true;
  return input.decided.some(({ decision, reading }) => {
    if (decision.behind !== true || reading.kind === 'Claim') return false;
    const reached = reachedIn(rollout, decision.seen, input);
    return reached !== undefined && decision.target !== reached;
  });
}

/** The policy would still bring it to its version. A pause, a halt and a failure last until a person ends them. */
function isLeft({ decision, ownership }: Decided, { spec }: PolicyCase): boolean {
  if (spec.mode === 'Plan' || ownership.kind !== 'Owned' || decision.state === 'Held') return false;
  return decision.behind === true || ['Unknown', 'Staging', 'Failed'].includes(decision.state);
}

/** Where only a Stage in its turn can ask: it is older than what others were brought to, and was not asked since they began. */
function isToBeAsked(
  { decision: { state, seen }, ownership }: Decided,
  { target, startedAt }: Rollout,
  { spec, rules }: PolicyCase,
): boolean {
  if (!rules.stageIsActivation || rules.taskOptions(spec)['checkForUpdate'] === false) return false;
  if (spec.mode === 'Plan' || ownership.kind !== 'Owned' || state !== 'UpToDate') return false;
  const isOlder = target.startsWith('Mixed(') || rules.compareVersions(seen.version ?? '', target) < 0;
  return isOlder && (timeOf(seen.checkedAt) ?? 0) < (timeOf(startedAt) ?? 0);
}

/** It could have the version, and is not to get it any more. */
function isOffered({ decision: { seen } }: Decided, { target }: Rollout, { rules }: PolicyCase): boolean {
  return (
    (seen.available === target || seen.staged === target) &&
    rules.compareVersions(seen.version ?? '', target) !== 0
  );
}
