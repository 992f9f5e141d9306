/** Who gets what there is only so much of: slots of the budget, downloads, Inspect Pods. */
import { resolveCount } from '../api/int-or-percent.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import { blockedForAll } from './blocked.ts';
import { type Budget, budgetOf } from './budget.ts';
import { isControlPlane, needsExclusive, otherReplicaReady, reservedElsewhere } from './exclusive.ts';
import type { Millis, TaskFacts } from './facts.ts';
import type { Decision, PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import { judgePreview } from './preview.ts';
import { freshPreview } from './reserved.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import { stageSteps } from './tasks.ts';
import { earliest } from './text.ts';

/**
 * A leader keeps the lease at least so long. Else a pass over one policy hands it back before the pass over another one, for whose
 * node it was handed over, has given that node its slot.
 */
const termAtLeast = 10_000;

/** A refused candidate's Pods are listed again after so long, should no budget have changed before. */
const previewAgain = 60_000;

export interface Chosen {
  readonly decided: readonly Decided[];
  readonly entries: readonly LedgerEntry[];
  readonly budget: Budget;
  /** UIDs of candidates that the preview refuses. */
  readonly refused: ReadonlySet<string>;
  readonly wakeAt: Millis | undefined;
}

export const isSupported = ({ decision, ownership }: Decided): boolean =>
  decision.state !== 'Unsupported' && ownership.kind === 'Owned';

export function chooseCandidates(
  shared: PolicyCase,
  decided: readonly Decided[],
  entries: readonly LedgerEntry[],
  halted: string | undefined,
): Chosen {
  const { snapshot, spec } = shared;
  const supported = [
    ...decided.filter((one) => isSupported(one)).map(({ node }) => node),
    ...shared.orphaned,
  ];
  const budget = budgetOf(spec, supported, entries, snapshot.settings.maxClaims);
  const candidates = decided
    .filter(({ decision }) => decision.candidate === true)
    .toSorted((a, b) => rank(shared, a) - rank(shared, b));
  const because = new Map<string, Partial<Decision> & { readonly step?: Step }>();
  const next = [...entries];
  const refused = new Set<string>();
  let wakeAt: Millis | undefined;

  const blocked = halted ?? blockedForAll(shared, decided, next);
  let free = blocked === undefined ? budget.free : 0;
  let looks = free + 2;
  const taken = new Map<string, number>();
  let looking = false;
  let exclusiveTaken =
    // Without this two policies hand the lease to and fro, each for the node of the replica that leads.
    reservedElsewhere(shared.policy.uid, snapshot) ||
    decided.some(
      ({ node }) =>
        next.some(({ nodeUID, phase }) => nodeUID === node.uid && phase === 'Reserved') &&
        needsExclusive(node, snapshot),
    );
  for (const one of candidates) {
    const { node, decision } = one;
    const say = (text: string, more: Partial<Decision> & { readonly step?: Step } = {}): void =>
      void because.set(node.uid, { because: text, ...more });
    if (blocked !== undefined) {
      say(blocked);
      continue;
    }
    const at = { node: node.name, nodeUID: node.uid } as const;
    if (decision.state === 'Staged') {
      // The preview speaks before the budget: a person wants to see the obstacle, not the queue.
      const preview = snapshot.previews.get(node.name);
      const current = preview?.nodeUID === node.uid ? preview : undefined;
      const verdict =
        current === undefined
          ? undefined
          : judgePreview(current.pods, spec.drain, snapshot, plus(shared.spokenFor(node.name), taken));
      const fresh = freshPreview({ snapshot, node }) !== undefined;
      if (verdict?.kind === 'Refused' && current !== undefined) {
        refused.add(node.uid);
        const since = snapshot.refusedSince.get(node.uid);
        const impossible =
          since !== undefined && snapshot.now - since >= snapshot.settings.drainImpossibleAfter;
        const again = current.at + previewAgain;
        const stale = snapshot.now >= again && looks > 0;
        if (stale) looks -= 1;
        wakeAt = earliest(
          wakeAt,
          stale ? undefined : again,
          since === undefined ? undefined : since + snapshot.settings.drainImpossibleAfter,
        );
        say(verdict.because, {
          ...(impossible ? { reason: 'DrainImpossible' } : { reason: 'DrainBlocked' }),
          ...(stale ? { step: { ...at, do: 'Preview', because: 'its pods may have changed' } } : {}),
        });
        continue;
      }
      if (free === 0) {
        say(queueText(budget));
        continue;
      }
      if (verdict === undefined || !fresh) {
        if (looks > 0) {
          looks -= 1;
          say('its turn has come; looks at its pods', {
            step: { ...at, do: 'Preview', because: 'its turn has come' },
          });
        } else say(queueText(budget));
        // A slot is kept for it, or the next candidate would overtake it in each pass.
        free -= 1;
        exclusiveTaken ||= needsExclusive(node, snapshot);
        looking = true;
        continue;
      }
      for (const title of verdict.kind === 'Clear' ? verdict.needs : [])
        taken.set(title, (taken.get(title) ?? 0) + 1);
    }
    if (free === 0) {
      say(queueText(budget));
      continue;
    }
    if (needsExclusive(node, snapshot)) {
      const { exclusive, self } = snapshot;
      if (exclusiveTaken || (exclusive.held === true && exclusive.holder !== node.uid)) {
        say('waits for another control-plane node or node of the operator');
        continue;
      }
      if (self.nodeName === node.name) {
        // Also because the replica that would take over may be on its way back with a node that soaks.
        if (looking || next.some((entry) => !isStuck(shared, decided, entry))) {
          say("waits: the leader's node comes last");
          continue;
        }
        if (otherReplicaReady(snapshot)) {
          const termEnds = snapshot.leadsSince + termAtLeast;
          if (snapshot.now < termEnds) {
            wakeAt = earliest(wakeAt, termEnds);
            say('the leader runs on it, and has just taken the lease over');
            continue;
          }
          say('the leader runs on it; hands the lease over first', {
            step: { ...at, do: 'HandOver', because: 'the leader runs on the node whose turn has come' },
          });
          continue;
        }
      }
      exclusiveTaken = true;
    }
    next.push({
      node: node.name,
      nodeUID: node.uid,
      attempt: attemptId(node.uid, snapshot.now),
      phase: 'Reserved',
    });
    free -= 1;
    say('its turn has come');
  }
  const after = decided.map((one) => {
    const more = because.get(one.node.uid);
    if (more === undefined) return one;
    const { step, ...change } = more;
    return {
      ...one,
      decision: {
        ...one.decision,
        ...change,
        steps: step === undefined ? one.decision.steps : [...one.decision.steps, step],
      },
    };
  });
  return {
    decided: after,
    entries: next,
    budget: budgetOf(spec, supported, next, snapshot.settings.maxClaims),
    refused,
    wakeAt,
  };
}

/** A failed node may hold its slot for days, and nobody waits for it. */
function isStuck({ policy }: PolicyCase, decided: readonly Decided[], entry: LedgerEntry): boolean {
  return (
    (policy.status.failures ?? []).some(({ attempt }) => attempt === entry.attempt) ||
    decided.some(({ node, decision }) => node.uid === entry.nodeUID && decision.state === 'Failed')
  );
}

/** Unique per node: a node gets at most one in a millisecond. */
export const attemptId = (nodeUID: string, now: Millis): string =>
  `${nodeUID.slice(0, 8)}-${now.toString(36)}`;

const queueText = (budget: Budget): string =>
  `waits for its turn: ${budget.limit === 1 ? 'the one slot' : `all ${budget.limit} slots`} of rollout.maxUnavailable ${budget.limit === 1 ? 'is' : 'are'} in use`;

/** Workers first, then nodes of which only one may go at a time, the leader's own node last; else by name. */
function rank({ snapshot }: PolicyCase, { node }: Decided): number {
  if (node.name === snapshot.self.nodeName) return 3;
  if (isControlPlane(node)) return 2;
  return needsExclusive(node, snapshot) ? 1 : 0;
}

function plus(
  base: ReadonlyMap<string, number>,
  more: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const total = new Map(base);
  for (const [title, count] of more) total.set(title, (total.get(title) ?? 0) + count);
  return total;
}

const running = (tasks: ReadonlyMap<string, TaskFacts>, kind: string, policyUID?: string): number =>
  [...tasks.values()].filter(
    (task) =>
      task.task === kind && !task.terminal && (policyUID === undefined || task.policyUID === policyUID),
  ).length;

/** Nodes on which a Pod is perhaps being made just now: it counts before it shows. */
const beginning = ({ busy, nodes, tasks }: Snapshot, among?: readonly Decided[]): number =>
  [...busy].filter((name) => {
    const uid = nodes.get(name)?.uid;
    const counts = among === undefined || among.some(({ node }) => node.name === name);
    return counts && uid !== undefined && !tasks.has(uid);
  }).length;

/** Downloads ahead of the turn, as many at once as the policy lets. */
export function limitPrefetch(shared: PolicyCase, decided: readonly Decided[]): readonly Decided[] {
  const { snapshot, spec, policy } = shared;
  const total = decided.filter((one) => isSupported(one)).length;
  let free =
    resolveCount(spec.rollout.prefetch.maxConcurrent, total) -
    running(snapshot.tasks, 'Stage', policy.uid) -
    beginning(snapshot, decided);
  return decided.map((one) => {
    if (one.decision.prefetch !== true || free <= 0 || snapshot.busy.has(one.node.name)) return one;
    free -= 1;
    const steps = stageSteps(
      shared,
      one.node,
      one.decision.seen,
      undefined,
      shared.rules.stageIsActivation
        ? one.decision.because
        : `${one.decision.target ?? 'a newer version'} is available, and prefetch is on`,
    );
    return { ...one, decision: { ...one.decision, steps: [...one.decision.steps, ...steps] } };
  });
}

/** Inspect Pods, as many at once as the operator lets, over all policies. */
export function limitInspects({ snapshot }: PolicyCase, decided: readonly Decided[]): readonly Decided[] {
  let free = snapshot.settings.maxInspects - running(snapshot.tasks, 'Inspect') - beginning(snapshot);
  return decided.map((one) => {
    const { inspect } = one.decision;
    // A node that is staged in this very pass is not inspected beside it.
    if (
      inspect === undefined ||
      free <= 0 ||
      snapshot.busy.has(one.node.name) ||
      one.decision.steps.some((step) => step.do === 'CreateTask')
    )
      return one;
    free -= 1;
    return { ...one, decision: { ...one.decision, steps: [...one.decision.steps, inspect] } };
  });
}
