/** The closed list of what the operator can do to the world, each with its `because`. Steps are data: printed, tested, simulated, applied. */
import type { Claim, RebootOrder } from '../api/claim.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Hook, HookName } from '../api/hooks.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { RestoreNote } from '../api/restore.ts';
import type { TaskRequest } from '../api/task.ts';
import type { Millis, PodFacts } from './facts.ts';
import type { GateQuestion } from './gates.ts';
import type { ToldReason } from './node-reasons.ts';

interface OnNode {
  readonly node: string;
  readonly nodeUID: string;
  readonly because: string;
}

export type Step =
  /** A consistent list of the candidate's Pods, kept as its preview. */
  | (OnNode & { readonly do: 'Preview' })
  /** Create the Lease `containeros-exclusive` for this node. */
  | (OnNode & { readonly do: 'TakeExclusive' })
  /** Delete it, if this node still holds it. */
  | (OnNode & { readonly do: 'DropExclusive' })
  /** One merge PATCH with the resourceVersion: unschedulable, claim annotation, autoscaler annotations. */
  | (OnNode & {
      readonly do: 'Claim';
      readonly resourceVersion: string;
      readonly claim: Claim;
      readonly annotations: Readonly<Record<string, string>>;
    })
  | (OnNode & {
      readonly do: 'Evict';
      readonly pod: PodFacts;
      readonly gracePeriodSeconds: number | undefined;
    })
  /** A consistent list of the node's Pods; if nothing evictable is left, one PATCH that adds the order to the claim. */
  | (OnNode & {
      readonly do: 'Order';
      readonly resourceVersion: string;
      readonly claim: Claim;
      readonly order: RebootOrder;
      readonly leaves: (pod: PodFacts) => boolean;
    })
  | (OnNode & {
      readonly do: 'CreateTask';
      readonly policyUID: string;
      readonly attempt: string | undefined;
      readonly asked: string | undefined;
      readonly request: TaskRequest;
      readonly deadlineSeconds: number;
    })
  | (OnNode & {
      readonly do: 'DeleteTask';
      readonly podName: string;
      readonly podUID: string;
      readonly task: string;
      /** Why its kind is not tried again at once on this node; undefined where all is well. */ readonly backOff:
        string | undefined;
      /** The reason of that, where the host or its kubelet gave one. */ readonly reason?:
        ToldReason | undefined;
      /** It waits at least so long. */ readonly wait?: Millis;
    })
  | (OnNode & {
      readonly do: 'CreateHook';
      readonly policyUID: string;
      readonly attempt: string;
      readonly hook: HookName;
      readonly program: Hook;
      /** What it is told of the node, beside its own variables. */
      readonly variables: Readonly<Record<string, string>>;
      readonly deadlineSeconds: number;
    })
  | (OnNode & { readonly do: 'DeleteHook'; readonly jobName: string; readonly jobUID: string })
  /** One merge PATCH with the resourceVersion: the annotation that says which settings the host had before ours. */
  | (OnNode & { readonly do: 'Remember'; readonly resourceVersion: string; readonly note: RestoreNote })
  /** One merge PATCH with the resourceVersion: that annotation removed, once nothing of ours is in force. */
  | (OnNode & { readonly do: 'Forget'; readonly resourceVersion: string })
  /** One merge PATCH with the resourceVersion: claim removed, `unschedulable` false (or left, for a person's cordon), listed annotations removed. */
  | (OnNode & {
      readonly do: 'Release';
      readonly resourceVersion: string;
      readonly uncordon: boolean;
      readonly remove: readonly string[];
      /** The order is void by time alone: only after a consistent read shows no task Pod of this node. */
      readonly onlyWithoutTask: boolean;
    })
  /** Give the lease to a replica on another node. */
  | (OnNode & { readonly do: 'HandOver' });

export type StepName = Step['do'];

/** Something worth telling, once: one event, one log line, one counter. */
export interface Announcement {
  readonly regarding: {
    readonly kind: 'ContainerOSPolicy' | 'Node';
    readonly name: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface ViewWrite {
  readonly node: string;
  readonly nodeUID: string;
  readonly status: NodeViewStatus;
  /** It records what a step of this pass destroys (an answer, an attempt); others may be written a little later, together. */
  readonly urgent: boolean;
}

/** What one pass over one policy comes to. */
export interface Plan {
  /** The whole status to PUT, if it differs from the stored one. */
  readonly status: PolicyStatus | undefined;
  /** More than the story of the moment differs: the ledger, the fence, failures, a condition. Else the write may wait a little. */
  readonly statusUrgent: boolean;
  /** ContainerOSNodes to create or update, by Node name: whole statuses. Written before the steps of that node. */
  readonly views: readonly ViewWrite[];
  /** ContainerOSNodes to delete. */
  readonly staleViews: readonly string[];
  readonly steps: readonly Step[];
  readonly announcements: readonly Announcement[];
  /** UIDs of candidates that the drain preview refuses now. */
  readonly refused: ReadonlySet<string>;
  /** Names of the nodes whose Pods must be watched. */
  readonly watchPods: readonly string[];
  /** Gates to be asked now, in the background: the key is planned again once each has answered. */
  readonly askGates: readonly GateQuestion[];
  /** When to look again if nothing changes. */
  readonly wakeAt: Millis | undefined;
}
