/** Everything that a decision may know, with the time in it. Read-only; taken once per pass. */
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
  Ticks,
} from './facts.ts';
import type { GateReading } from './gates.ts';
import type { ToldReason } from './node-reasons.ts';
import type { OsRulesByName } from './os-rules.ts';
import type { Settings } from './settings.ts';

export interface Snapshot {
  readonly now: Millis;
  /** The same moment on the monotonic clock: what the deadlines of tasks are judged by. */
  readonly ticks: Ticks;
  /** The fence of this leader: `<identity>/<lease transitions>`. */
  readonly fence: string;
  /** Since when this process leads under it. */
  readonly leadsSince: Millis;
  readonly policies: readonly PolicyFacts[];
  /** By name. */
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** ContainerOSNodes by name. */
  readonly views: ReadonlyMap<string, NodeView>;
  /** Task Pods by the Node UID that they are named for. */
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  /** Jobs of hooks: undefined where the chart's values name no namespace for them, `Unheard` until their first list is there. */
  readonly hooks: readonly HookFacts[] | 'Unheard' | undefined;
  readonly pdbs: readonly PdbFacts[];
  /** Pods bound to a node, by node name, for nodes whose Pods are being watched and whose first list is complete. */
  readonly pods: ReadonlyMap<string, readonly PodFacts[]>;
  /** The last consistent list of a candidate's Pods, by node name. */
  readonly previews: ReadonlyMap<string, Preview>;
  /** What became of evictions that this process sent, by Pod UID. */
  readonly evictions: ReadonlyMap<string, EvictionMemory>;
  /** By node name, then owner UID: how many Pods of it were evicted that came to the node after its claim. */
  readonly evictedOwners: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** What became of tasks lately that gave no answer or could not be created, by node UID. */
  readonly taskMemory: ReadonlyMap<string, TaskMemory>;
  /** Since when the drain preview has been refusing a node without a break, by node UID. */
  readonly refusedSince: ReadonlyMap<string, Millis>;
  /** The last answers of this policy's gates, by key. */
  readonly gateReadings: ReadonlyMap<string, GateReading>;
  /** The Lease `containeros-exclusive`. */
  readonly exclusive:
    | { readonly held: false }
    | { readonly held: true; readonly holder: string }
    | { readonly held: 'Unknown' };
  readonly self: {
    /** The Node this process runs on; undefined outside a cluster. */
    readonly nodeName: string | undefined;
    readonly podName: string | undefined;
    readonly namespace: string | undefined;
    /** Labels that mark our own Pods. */
    readonly podLabels: Readonly<Record<string, string>>;
    readonly replicas: readonly ReplicaFacts[];
  };
  /** When the Node watch was last heard. */
  readonly nodesHeard: Millis;
  /** Names of nodes with a step under way: none is planned for them. */
  readonly busy: ReadonlySet<string>;
  readonly rules: OsRulesByName;
  readonly settings: Settings;
}

export interface Preview {
  readonly at: Millis;
  readonly nodeUID: string;
  readonly pods: readonly PodFacts[];
}

/** The answers of the Eviction API that are not "accepted". */
export type EvictionRefusal =
  | { readonly kind: 'Budget'; readonly pdb: string | undefined; readonly message: string }
  | { readonly kind: 'Webhook'; readonly message: string }
  | { readonly kind: 'Never'; readonly message: string }
  | { readonly kind: 'NamespaceTerminating' }
  | { readonly kind: 'Overload'; readonly retryAfterSeconds: number }
  | { readonly kind: 'Other'; readonly message: string };

export type EvictionMemory =
  /** Under way, or waiting for its turn: no answer yet. `refused` is how the one before it was refused. */
  | { readonly kind: 'Sent'; readonly at: Millis; readonly refused?: EvictionRefusal }
  | { readonly kind: 'Accepted'; readonly at: Millis }
  | {
      readonly kind: 'Refused';
      readonly refusal: EvictionRefusal;
      readonly at: Millis;
      readonly since: Millis;
      /** Not sent again before. */ readonly notBefore: Millis;
    };

export interface TaskMemory {
  readonly task: string;
  /** How many times in a row. */
  readonly count: number;
  readonly because: string;
  /** As the host or its kubelet gave it, if one did. */
  readonly reason?: ToldReason | undefined;
  readonly notBefore: Millis;
  /** The last retry that had been carried out by then. */
  readonly retrySeen?: string | undefined;
}
