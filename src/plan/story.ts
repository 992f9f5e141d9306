/** The one sentence of a policy that names the present obstacle, or what is going on; and whether a person must act. */
import type { NodeStateName } from '../api/container-os-node.ts';
import type { Failure } from '../api/policy-status.ts';
import { type Budget, isSpentOn } from './budget.ts';
import type { GateObstacle } from './gates.ts';
import { hooksUnavailable, hooksUnheard } from './hooks.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import type { PolicyReason } from './policy-reasons.ts';
import { listed } from './text.ts';
import { stalledByWindow, waitsForWindow } from './window-story.ts';
import type { FullZone } from './zones.ts';

export interface StoryInput {
  readonly shared: PolicyCase;
  readonly decided: readonly Decided[];
  readonly failures: readonly Failure[];
  readonly budget: Budget;
  /** A gate keeps nodes from starting. */
  readonly gate: GateObstacle | undefined;
  readonly zoneInTheWay: FullZone | undefined;
  readonly halt: string | undefined;
}

export type Counts = Readonly<
  Record<
    'nodes' | 'supported' | 'upToDate' | 'updating' | 'pending' | 'failed' | 'held' | 'unsupported',
    number
  >
>;

export const updating: ReadonlySet<NodeStateName> = new Set([
  'Cordoning',
  'Draining',
  'Rebooting',
  'Verifying',
  'Soaking',
]);

export const waitingStates: ReadonlySet<NodeStateName> = new Set([
  'Unknown',
  'Outdated',
  'Staging',
  'Staged',
]);

export interface Story {
  readonly message: string;
  readonly stalled?: { readonly reason: PolicyReason; readonly message: string };
  /** Why nothing moves, where nothing does. */
  readonly idle: PolicyReason;
}

export function tell(
  { shared, decided, budget, zoneInTheWay, gate, failures, halt }: StoryInput,
  supported: readonly Decided[],
  counts: Counts,
): Story {
  const tie = decided.find(({ ownership }) => ownership.kind === 'Tie');
  if (halt !== undefined) {
    const first = failures[0];
    const what =
      first === undefined ? '' : `: ${listed(failures.map(({ node, reason }) => `${node} (${reason})`))}`;
    const message = `halted by rollout.maxFailures${what}; set a new spec.retry.token, or annotate the nodes with containeros.dev/retry`;
    return { message, stalled: { reason: 'FailureBudgetExceeded', message }, idle: 'Halted' };
  }
  if (tie?.ownership.kind === 'Tie') {
    const message = `node ${tie.node.name} is selected with the same priority by policies ${tie.ownership.policies.join(' and ')}`;
    return { message, stalled: { reason: 'Overlap', message }, idle: 'Overlap' };
  }
  const unheard = hooksUnheard(shared.spec, shared.snapshot);
  const noHooks =
    hooksUnavailable(shared.spec, shared.snapshot) ??
    (unheard?.stalled === true ? unheard.because : undefined);
  if (noHooks !== undefined)
    return {
      message: noHooks,
      stalled: { reason: 'HooksUnavailable', message: noHooks },
      idle: 'HooksUnavailable',
    };
  const impossible = supported.find(({ decision }) => decision.reason === 'DrainImpossible');
  if (impossible !== undefined) {
    const message = `${impossible.node.name} cannot be drained: ${impossible.decision.because}`;
    return { message, stalled: { reason: 'DrainImpossible', message }, idle: 'BlockedByPDB' };
  }
  const never = stalledByWindow(shared, supported, counts.updating);
  if (never !== undefined) return { message: never.message, stalled: never, idle: never.reason };
  if (shared.spec.paused)
    return {
      message:
        counts.updating > 0
          ? `paused; still on their way: ${moving(supported, shared)}`
          : 'paused by spec.paused',
      idle: 'Paused',
    };
  if (counts.nodes === 0) return { message: 'no node of this operating system is selected', idle: 'NoNodes' };
  if (shared.spec.mode === 'Plan')
    return { message: `mode is Plan: ${planned(supported, shared)}`, idle: 'PlanOnly' };
  const gated =
    gate?.stalled === true ? { stalled: { reason: gate.reason, message: gate.message } } : undefined;
  const shut = waitsForWindow(shared, supported);
  if (counts.updating > shared.orphaned.length) {
    const nothingElse =
      shut === undefined || shared.schedule.open ? '' : `; nothing else starts: ${shut.message}`;
    return {
      message: `${gate === undefined ? '' : `${gate.message}; `}${moving(supported, shared)}${nothingElse}`,
      idle: 'UpgradingNodes',
      ...gated,
    };
  }
  if (shut !== undefined) return { message: shut.message, idle: shut.reason };
  if (gate !== undefined) return { message: gate.message, idle: gate.reason, ...gated };
  const blocked = supported.find(({ decision }) => decision.reason === 'DrainBlocked');
  const [other] = budget.others;
  const waiting = supported.filter(
    ({ node, decision }) =>
      (decision.candidate === true || decision.prefetch === true) && !isSpentOn(budget, node),
  );
  if (waiting.length > 0 && budget.free === 0 && other !== undefined)
    return {
      message: `budget used by ${listed(budget.others.map(({ name, why }) => `${name}, ${why}`))}`,
      idle: 'BudgetUsed',
    };
  if (zoneInTheWay !== undefined)
    return {
      message: `budget of ${zoneInTheWay.title} used by ${zoneInTheWay.usedBy}`,
      idle: 'BudgetUsed',
    };
  if (blocked !== undefined)
    return { message: `${blocked.node.name} waits: ${blocked.decision.because}`, idle: 'BlockedByPDB' };
  const failed = supported.find(({ decision }) => decision.state === 'Failed');
  if (failed !== undefined)
    return { message: `${failed.node.name} failed: ${failed.decision.because}`, idle: 'NodeFailed' };
  const behind = supported.find(({ decision }) => decision.behind === true && decision.state !== 'Held');
  if (behind !== undefined) return pendingStory(behind);
  // A person or time lets them go: the newest version that waits for one is told.
  for (const idle of ['AwaitingApproval', 'TooYoung'] as const) {
    const waits = newestThatWaits(supported, shared, idle);
    if (waits !== undefined) return { message: waits.decision.because, idle };
  }
  const pending = supported.find(({ decision }) => waitingStates.has(decision.state));
  if (pending !== undefined) return pendingStory(pending);
  const held = decided.find(({ decision }) => decision.state === 'Held');
  if (held !== undefined)
    return { message: `${held.node.name} is held: ${held.decision.because}`, idle: 'NodesHeld' };
  if (shared.orphaned.length > 0) return { message: moving(supported, shared), idle: 'UpgradingNodes' };
  if (counts.supported === 0)
    return {
      message: `none of ${counts.nodes} nodes can be updated in place: ${decided[0]?.decision.because ?? ''}`,
      idle: 'Unsupported',
    };
  const denied = supported.map(({ decision }) => decision.denied).filter((one) => one !== undefined);
  const [kept] = denied.toSorted((a, b) => shared.rules.compareVersions(b, a));
  const beside = kept === undefined ? '' : `; ${kept} is denied by spec.target.deny`;
  return { message: `all ${supported.length} nodes are up to date${beside}`, idle: 'RolloutComplete' };
}

const pendingStory = ({ node, decision }: Decided): Story => ({
  message: `${node.name}: ${decision.because}`,
  idle: 'NodesPending',
});

function newestThatWaits(
  supported: readonly Decided[],
  { rules }: PolicyCase,
  reason: 'AwaitingApproval' | 'TooYoung',
): Decided | undefined {
  return supported
    .filter(({ decision }) => decision.reason === reason)
    .toSorted((a, b) => rules.compareVersions(b.decision.target ?? '', a.decision.target ?? ''))[0];
}

function moving(supported: readonly Decided[], { orphaned }: Pick<PolicyCase, 'orphaned'>): string {
  const busy = supported.filter(({ decision }) => updating.has(decision.state));
  const stuck = busy.find(({ decision }) => decision.state === 'Draining') ?? busy[0];
  const names = listed([
    ...busy.map(({ node, decision }) => `${node.name} ${decision.state}`),
    ...orphaned.map(({ name }) => `${name} still claimed by a policy that is gone`),
  ]);
  return stuck === undefined ? names : `${names}; ${stuck.node.name}: ${stuck.decision.because}`;
}

function planned(supported: readonly Decided[], { rules }: PolicyCase): string {
  const behind = supported.filter(({ decision }) => decision.behind === true).length;
  const asked = supported.filter(
    ({ decision }) => rules.stageIsActivation && decision.behind === false && decision.state === 'Unknown',
  ).length;
  const of = `of ${supported.length} nodes would be`;
  if (asked === 0) return behind === 0 ? 'nothing would be done now' : `${behind} ${of} updated`;
  const toAsk = `${asked} ${of} asked, and updated to what they find`;
  return behind === 0 ? toAsk : `${behind} ${of} updated, ${toAsk}`;
}
