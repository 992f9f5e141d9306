/**
 * What a decision may know of the objects of the cluster, in our words: each object trimmed to what the plan reads. Adapters make
 * these from what the API server sends; the plan never sees anything else.
 */
import type { HookName } from '../api/hooks.ts';
import type { LabelSelector } from '../api/label-selector.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { TaskAnswer, TaskKind } from '../api/task.ts';

/** Milliseconds since the epoch, on the clock that the snapshot was taken with. */
export type Millis = number;
/** Milliseconds on this process's monotonic clock, which no setting of the time moves: only differences mean anything. */
export type Ticks = number;
export type Labels = Readonly<Record<string, string>>;

export interface NodeFacts {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Labels;
  /** Only `containeros.dev/*` and the two autoscaler keys. */
  readonly annotations: Labels;
  readonly unschedulable: boolean;
  /** Keys of the taints. */
  readonly taints: readonly string[];
  readonly deleting: boolean;
  /** Condition Ready is True. */
  readonly ready: boolean;
  /** When condition Ready last changed. */
  readonly readySince: Millis | undefined;
  /** The other conditions, by type. */
  readonly conditions: Readonly<Record<string, ConditionFacts>>;
  /** Empty where the Node has no nodeInfo yet. */
  readonly bootID: string;
  readonly osImage: string;
  readonly kubeletVersion: string;
  readonly architecture: string;
}

/** Without heartbeats, which say nothing new. */
export interface ConditionFacts {
  readonly status: 'True' | 'False' | 'Unknown';
  /** When it last changed. */
  readonly since: Millis | undefined;
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly labels: Labels;
  /** The controlling owner. */
  readonly controller: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly mirror: boolean;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  /** When condition Ready last changed. */
  readonly readySince: Millis | undefined;
  readonly emptyDir: boolean;
  readonly finalizers: readonly string[];
  /** Set once it is being deleted: when its grace period ends (`metadata.deletionTimestamp`). */
  readonly deletionTimestamp: Millis | undefined;
  /** From `containeros.dev/do-not-evict-before`, where it can be read as a time. */
  readonly doNotEvictBefore: Millis | undefined;
}

export interface PdbFacts {
  readonly namespace: string;
  readonly name: string;
  readonly selector: PdbSelector;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  /** The disruption controller has seen the present spec. */
  readonly current: boolean;
  readonly unhealthyPodEvictionPolicy: 'IfHealthyBudget' | 'AlwaysAllow';
}
/** `None` selects nothing (a PDB without selector); else as LabelSelector. */
export type PdbSelector = 'None' | LabelSelector;

export interface PolicyFacts {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** The spec, or why it cannot be used (an object stored before today's schema). */
  readonly spec: PolicySpec | { readonly invalid: string };
  /** The status as stored; a wiped or unreadable one is `{ observedGeneration: -1 }`. */
  readonly status: PolicyStatus;
  readonly deleting: boolean;
}

/** A ContainerOSNode. */
export interface NodeView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** UID of the Node that owns it. */
  readonly nodeUID: string;
  readonly status: NodeViewStatus;
}

/** Why a task Pod gave no answer. Each has a sentence of its own. */
export type NoAnswerCause =
  | 'OutOfPods'
  | 'NodeShutdown'
  | 'Terminated'
  | 'Preempting'
  | 'Evicted'
  | 'ContainerStatusUnknown'
  | 'DeadlineExceeded'
  | 'ImagePull'
  | 'MissingSocket'
  | 'NotAdmitted'
  | 'Killed'
  | 'NoMessage'
  | 'InvalidMessage';

export interface TaskFacts {
  readonly podName: string;
  readonly podUID: string;
  /** The UID of the Node it is named for; the Node of that name may be another one by now. */
  readonly nodeUID: string;
  readonly nodeName: string;
  readonly policyUID: string;
  readonly task: TaskKind;
  /** The order that a Reboot task carries, by its boot id. */
  readonly attempt: string | undefined;
  /** What it was asked for, where that is not "the newest". */
  readonly asked: string | undefined;
  /** No container of it runs or will run again. */
  readonly terminal: boolean;
  readonly deleting: boolean;
  readonly answer: TaskAnswer | undefined;
  /** Set when terminal without an answer, or while it cannot start (image pull, missing socket): the cause and its sentence. */
  readonly noAnswer: { readonly cause: NoAnswerCause; readonly sentence: string } | undefined;
  /** When this process first saw it: what is compared with times that were stored. */
  readonly firstSeen: Millis;
  /** The same moment: deadlines run from here. */
  readonly firstSeenTicks: Ticks;
}

/** The Job of a hook: it stays until the attempt that it was made for is over. */
export interface HookFacts {
  readonly jobName: string;
  readonly jobUID: string;
  readonly nodeUID: string;
  readonly attempt: string;
  readonly hook: HookName;
  readonly state: 'Running' | 'Succeeded' | 'Failed';
  /** Of a failed one its last words, of a running one what keeps it from starting; empty where there is nothing to say. */
  readonly message: string;
  readonly deleting: boolean;
  readonly createdAt: Millis;
  readonly endedAt: Millis | undefined;
}

/** One of our own operator Pods. */
export interface ReplicaFacts {
  readonly pod: string;
  readonly nodeName: string;
  readonly ready: boolean;
}
