/**
 * What we need from the cluster. Reads are from caches that the adapter keeps; writes go to the API server. Each write may be
 * repeated or lose its answer without harm. Errors are those of errors.ts.
 */
import type { Claim, RebootOrder } from '../api/claim.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Hook, HookName } from '../api/hooks.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { RestoreNote } from '../api/restore.ts';
import type { TaskKind } from '../api/task.ts';
import type {
  HookFacts,
  Millis,
  NodeFacts,
  NodeView,
  PdbFacts,
  PodFacts,
  PolicyFacts,
  ReplicaFacts,
  TaskFacts,
} from '../plan/facts.ts';
import type { EvictionRefusal } from '../plan/snapshot.ts';
import type { Announcement } from '../plan/step.ts';
import type { TaskPodNeeds } from './os-adapter.ts';

/** Every read, from caches; as of the last event heard. */
export interface ClusterReader {
  policies(): readonly PolicyFacts[];
  nodes(): ReadonlyMap<string, NodeFacts>;
  views(): ReadonlyMap<string, NodeView>;
  /** Task Pods by the Node UID they are named for. When each was first seen is on the clocks that the adapter was given. */
  tasks(): ReadonlyMap<string, TaskFacts>;
  /** Jobs of hooks: undefined where there is no namespace for them, `Unheard` until their first list is there. */
  hooks(): readonly HookFacts[] | 'Unheard' | undefined;
  pdbs(): readonly PdbFacts[];
  replicas(): readonly ReplicaFacts[];
  /** Pods of the nodes that are watched now and whose first list is complete, by node name. */
  pods(): ReadonlyMap<string, readonly PodFacts[]>;
  /** When the Node watch was last heard (any event or bookmark). */
  nodesHeard(): Millis;
  /** Watch the Pods of exactly these nodes from now on; others are let go. */
  watchPodsOf(nodes: ReadonlySet<string>): void;
  exclusive():
    | { readonly held: false }
    | { readonly held: true; readonly holder: string }
    | { readonly held: 'Unknown' };
  /** Called with what changed, so that somebody can plan again. Never throws into the adapter. */
  onChange(listener: (change: Change) => void): void;
}

export type Change =
  | { readonly kind: 'Policy'; readonly name: string }
  | { readonly kind: 'Node' | 'View' | 'Task' | 'Pods'; readonly node: string }
  | { readonly kind: 'Pdb' | 'Replica' | 'Exclusive' | 'Hook' };

/** What `notBefore` guards: a write is sent only if this returns; it throws StaleError otherwise. Checked directly before the request goes out. */
export type Guard = () => void;

export type EvictionResult =
  | { readonly kind: 'Accepted' }
  | { readonly kind: 'Gone' }
  | { readonly kind: 'Refused'; readonly refusal: EvictionRefusal };

export interface ClusterWriter {
  /** PUT /status with the resourceVersion of the object the plan was made from; a PUT that changes nothing is not sent. Throws ConflictError. */
  putPolicyStatus(policy: PolicyFacts, status: PolicyStatus, guard: Guard): Promise<void>;
  /** Creates the ContainerOSNode (owned by the Node, no blockOwnerDeletion) where it is missing, then PUTs its status. */
  putView(node: NodeFacts, view: NodeView | undefined, status: NodeViewStatus): Promise<void>;
  deleteView(view: NodeView): Promise<void>;
  /** Merge PATCH with metadata.resourceVersion: cordon and claim and annotations in one. Throws ConflictError. */
  claimNode(
    node: string,
    resourceVersion: string,
    claim: Claim,
    annotations: Readonly<Record<string, string>>,
    guard: Guard,
  ): Promise<void>;
  orderReboot(
    node: string,
    resourceVersion: string,
    claim: Claim,
    order: RebootOrder,
    guard: Guard,
  ): Promise<void>;
  releaseNode(
    node: string,
    resourceVersion: string,
    uncordon: boolean,
    remove: readonly string[],
  ): Promise<void>;
  /** Merge PATCH with metadata.resourceVersion: the note, or its removal. Throws ConflictError. */
  noteSettings(
    node: string,
    resourceVersion: string,
    note: RestoreNote | undefined,
    guard: Guard,
  ): Promise<void>;
  /** POST eviction with preconditions.uid. Never throws for an answer of the Eviction API; throws UnreachableError when there was none. */
  evict(pod: PodFacts, gracePeriodSeconds: number | undefined, guard: Guard): Promise<EvictionResult>;
  /** A consistent list (resourceVersion unset) of the Pods bound to the node. */
  listPodsOf(node: string): Promise<readonly PodFacts[]>;
  /** Throws ConflictError if a task Pod for this Node UID exists already; InvalidError with the admission's text if refused. */
  createTask(task: TaskPod, guard: Guard): Promise<void>;
  /** With UID precondition and the Pod's own grace period; an absent Pod is success. */
  deleteTask(podName: string, podUID: string): Promise<void>;
  /** A consistent read: whether a task Pod named for this Node UID exists. */
  taskExists(nodeUID: string): Promise<boolean>;
  /** Throws ConflictError if the Job of this node, attempt and hook exists already; InvalidError or ForbiddenError with the server's text if refused. */
  createHook(hook: HookJob, guard: Guard): Promise<void>;
  /** With UID precondition, and its Pod with it; an absent Job is success. */
  deleteHook(jobName: string, jobUID: string): Promise<void>;
  takeExclusive(nodeUID: string, guard: Guard): Promise<void>;
  dropExclusive(nodeUID: string): Promise<void>;
  /** Fire and forget; failures are counted, never thrown. */
  announce(announcement: Announcement): void;
}

export interface TaskPod {
  readonly node: string;
  readonly nodeUID: string;
  readonly policyUID: string;
  readonly attempt: string | undefined;
  readonly asked: string | undefined;
  readonly task: TaskKind;
  /** The value of CONTAINEROS_TASK. */
  readonly request: string;
  readonly deadlineSeconds: number;
  readonly needs: TaskPodNeeds;
}

export interface HookJob {
  readonly nodeUID: string;
  readonly policyUID: string;
  readonly attempt: string;
  readonly hook: HookName;
  readonly program: Hook;
  readonly variables: Readonly<Record<string, string>>;
  readonly deadlineSeconds: number;
}
