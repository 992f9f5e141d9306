/** One node of one policy, with everything its decision rests on; and what such a decision is. */
import type { Claim } from '../api/claim.ts';
import type { NodeStateName, NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Failure, LedgerEntry } from '../api/policy-status.ts';
import type { Versions } from './allowed.ts';
import type { Expected } from './expected.ts';
import type { Millis, NodeFacts, PolicyFacts, TaskFacts } from './facts.ts';
import type { ShownReason, ToldReason } from './node-reasons.ts';
import type { OsRules, Recognition } from './os-rules.ts';
import type { SpokenFor } from './preview.ts';
import type { ScheduleState } from './schedule/schedule-state.ts';
import type { Settled } from './settle-task.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import type { AskedFirst } from './waves/asked-first.ts';

/** What holds for all nodes of a policy in this pass. */
export interface PolicyCase {
  readonly snapshot: Snapshot;
  readonly policy: PolicyFacts;
  readonly spec: PolicySpec;
  readonly rules: OsRules;
  /** Why nothing new starts and nodes without an order are released: pause, mode Plan, halt. */
  readonly stopped: string | undefined;
  /** Nodes that this policy would own, but for the claim of a policy that is gone: they count in the budget. */
  readonly orphaned: readonly NodeFacts[];
  /** Task Pods named for UIDs that no Node has, by the node name they are bound to. */
  readonly strayTasks: ReadonlyMap<string, TaskFacts>;
  /** The newest version that the fleet knows of for a node like this; one node's word for another is only ever told. */
  readonly known: (seen: NodeViewStatus) => string | undefined;
  /** Disruptions that the claims of all nodes but this one have spoken for. */
  readonly spokenFor: (except: string) => SpokenFor;
  /** Which versions may be installed. */
  readonly versions: Versions;
  /** Who of earlier waves must be asked about a version before nodes of later ones get it. */
  readonly askedFirst: AskedFirst;
  /** How long nodes take. */
  readonly expected: Expected;
  /** What `spec.schedule` says of this moment. */
  readonly schedule: ScheduleState;
}

export interface NodeCase extends PolicyCase {
  readonly node: NodeFacts;
  readonly recognition: Recognition;
  readonly entry: LedgerEntry | undefined;
  readonly task: TaskFacts | undefined;
  readonly settled: Settled;
  /** The view with what its finished task answered already in it, and a new retry carried out. */
  readonly seen: NodeViewStatus;
  /** A value of the annotation `retry` that was not seen before. */
  readonly retried: boolean;
  /** Failures of this policy that name this node. */
  readonly failures: readonly Failure[];
}

export interface ClaimedCase extends NodeCase {
  readonly claim: Claim;
  /** The policy still chooses this node. */
  readonly chosen: boolean;
}

/** Why the ledger must change for this node. */
export type LedgerWish =
  | { readonly kind: 'Keep' }
  | { readonly kind: 'Remove' }
  /** A claim was found that the ledger does not know; `always` even above the budget. */
  | { readonly kind: 'Adopt'; readonly attempt: string; readonly always: boolean }
  | { readonly kind: 'Soak'; readonly until: Millis };

export interface Decision {
  readonly state: NodeStateName;
  readonly reason?: ShownReason;
  /** Why a task or an attempt is repeated later, as it was given then. Shown where there is no other reason; nothing follows from it. */
  readonly taskReason?: ToldReason | undefined;
  readonly because: string;
  readonly ledger: LedgerWish;
  readonly steps: readonly Step[];
  /** What the view says besides state and because. */
  readonly seen: NodeViewStatus;
  /** Counts to maxFailures from this pass on. */
  readonly failure?: Failure;
  /** Leaves the list of failures: verified, or a new retry. */
  readonly cleared?: boolean;
  /** A new retry was seen and is carried out later: nothing of it is recorded yet. */
  readonly retryStays?: boolean;
  /** Wants a slot: everything but the budget and the preview agrees. */
  readonly candidate?: boolean;
  /** Would want a slot, but for a task that runs on it for a moment. */
  readonly isAsked?: boolean;
  /** Wants to be staged ahead of its turn. */
  readonly prefetch?: boolean;
  /** Wants an Inspect Pod; granted while fewer than 25 run. */
  readonly inspect?: Step;
  /** Something newer is allowed, whatever holds it back. */
  readonly behind?: boolean;
  /** A version that it is offered and that the policy denies. */
  readonly denied?: string;
  /** Whether it is behind shows only to a Stage, which is due. */
  readonly unchecked?: boolean;
  /** The version it is to reach. */
  readonly target?: string | undefined;
  readonly wakeAt?: Millis | undefined;
}

export const keep: LedgerWish = { kind: 'Keep' };
export const remove: LedgerWish = { kind: 'Remove' };
