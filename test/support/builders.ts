/** Short builders for the world a plan is made from: defaults are boring and valid, a case names only what it is about. */
import type { Claim } from '../../src/api/claim.ts';
import { formatClaim } from '../../src/api/claim.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { claimKey, tasksNamespace } from '../../src/api/keys.ts';
import { policySpec } from '../../src/api/policy-spec.ts';
import type { LedgerEntry } from '../../src/api/policy-status.ts';
import type { TaskAnswer } from '../../src/api/task.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import type {
  HookFacts,
  Millis,
  NodeFacts,
  NodeView,
  PdbFacts,
  PodFacts,
  PolicyFacts,
  TaskFacts,
  Ticks,
} from '../../src/plan/facts.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';

export const noon: Millis = Date.parse('2026-03-02T12:00:00Z');
export const second = 1000;
export const minute = 60_000;
export const hour = 3_600_000;
export const iso = (at: Millis): string => new Date(at).toISOString();
/** The monotonic clock: it has run for an hour at noon. */
export const ticksAt = (at: Millis): Ticks => at - noon + hour;
export const ago = (ms: number): string => iso(noon - ms);
export const ahead = (ms: number): string => iso(noon + ms);

export const bottlerocketImage = (version: string): string => `Bottlerocket OS ${version} (aws-k8s-1.34)`;
export const cosImage = 'Container-Optimized OS from Google';

/** A Ready Bottlerocket node on 1.20.0. */
export function aNode(name: string, more: Partial<NodeFacts> & { readonly claim?: Claim } = {}): NodeFacts {
  const { claim, ...facts } = more;
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    labels: {},
    unschedulable: claim !== undefined,
    taints: [],
    deleting: false,
    ready: true,
    readySince: noon - 24 * hour,
    conditions: {},
    bootID: `boot-${name}-1`,
    osImage: bottlerocketImage('1.20.0'),
    kubeletVersion: 'v1.34.1',
    architecture: 'amd64',
    ...facts,
    annotations: {
      ...(claim === undefined ? {} : { [claimKey]: formatClaim(claim) }),
      ...facts.annotations,
    },
  };
}

/** A Ready COS node. */
export const aCosNode = (name: string, more: Parameters<typeof aNode>[1] = {}): NodeFacts =>
  aNode(name, { osImage: cosImage, ...more });

type PolicyInput = Partial<Omit<PolicyFacts, 'spec'>> & { readonly spec?: object };

/** A policy whose leader is the snapshot's, so that a pass goes past the fence. */
export function aPolicy({ spec = {}, status, ...more }: PolicyInput = {}): PolicyFacts {
  const name = more.name ?? 'bottlerocket';
  return {
    name,
    uid: `uid-${name}`,
    generation: 1,
    resourceVersion: '1',
    spec: policySpec.parse({ os: 'Bottlerocket', ...spec }),
    status: { observedGeneration: 1, fence: 'me/1', ...status },
    deleting: false,
    ...more,
  };
}

export const anEntry = (node: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  node,
  nodeUID: `uid-${node}`,
  attempt: `attempt-${node}`,
  phase: 'Reserved',
  ...more,
});

/** A claim of the default policy from 1.20.0 to 1.21.0, one minute old, without an order. */
export const aClaim = (node: string, more: Partial<Claim> = {}): Claim => ({
  policy: 'bottlerocket',
  policyUID: 'uid-bottlerocket',
  os: 'Bottlerocket',
  attempt: `attempt-${node}`,
  at: ago(minute),
  from: '1.20.0',
  target: '1.21.0',
  bootID: `boot-${node}-1`,
  timeouts: { drain: '30m', reboot: '20m', soak: '30s' },
  ready: [],
  added: [],
  ...more,
});

/** An order given so long ago. */
export const anOrder = (node: string, msAgo: number): NonNullable<Claim['order']> => ({
  at: ago(msAgo),
  bootID: `boot-${node}-1`,
  notAfter: ago(msAgo - defaultSettings.orderValidity),
});

/** The view of a node that was inspected an hour ago and is up to date. */
export function aView(node: NodeFacts, status: NodeViewStatus = {}): NodeView {
  return {
    name: node.name,
    uid: `view-${node.name}`,
    resourceVersion: '1',
    nodeUID: node.uid,
    status: {
      os: 'Bottlerocket',
      policy: 'bottlerocket',
      version: '1.20.0',
      architecture: 'amd64',
      inspectedBootID: node.bootID,
      inspectedImage: node.osImage,
      inspectedAt: ago(hour),
      ...status,
    },
  };
}

export const staged = { available: '1.21.0', staged: '1.21.0', checkedAt: ago(hour) } as const;

export const anAnswer = (node: NodeFacts, more: Partial<TaskAnswer> = {}): TaskAnswer => ({
  protocol: 1,
  outcome: 'Done',
  os: 'Bottlerocket',
  version: '1.20.0',
  bootID: node.bootID,
  now: iso(noon),
  message: '',
  seconds: 1,
  ...more,
});

/** A running task; with an answer a terminal one. */
export function aTask(node: NodeFacts, more: Partial<TaskFacts> = {}): TaskFacts {
  return {
    podName: `task-${node.uid}`,
    podUID: `pod-of-${node.name}`,
    nodeUID: node.uid,
    nodeName: node.name,
    policyUID: 'uid-bottlerocket',
    task: 'Inspect',
    attempt: more.task === 'Reboot' ? `attempt-${node.name}` : undefined,
    asked: undefined,
    terminal: more.answer !== undefined,
    deleting: false,
    answer: undefined,
    noAnswer: undefined,
    firstSeen: noon - 10 * second,
    firstSeenTicks: ticksAt(more.firstSeen ?? noon - 10 * second),
    ...more,
  };
}

/** The Job of a hook of the default claim, made half a minute ago. */
export const aHook = (node: string, more: Partial<HookFacts> = {}): HookFacts => ({
  jobName: `hook-of-${node}`,
  jobUID: `job-of-${node}`,
  nodeUID: `uid-${node}`,
  attempt: `attempt-${node}`,
  hook: 'beforeDrain',
  state: 'Running',
  message: '',
  deleting: false,
  createdAt: noon - 30 * second,
  endedAt: undefined,
  ...more,
});

/** A Ready Pod of a ReplicaSet. */
export const aPod = (name: string, node: string, more: Partial<PodFacts> = {}): PodFacts => ({
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  nodeName: node,
  labels: { app: 'web' },
  controller: { kind: 'ReplicaSet', name: 'web', uid: 'uid-web' },
  mirror: false,
  phase: 'Running',
  ready: true,
  readySince: noon - hour,
  emptyDir: false,
  finalizers: [],
  deletionTimestamp: undefined,
  doNotEvictBefore: undefined,
  ...more,
});

/** Over the Pods of `aPod`, allowing one disruption. */
export const aPdb = (name: string, more: Partial<PdbFacts> = {}): PdbFacts => ({
  namespace: 'default',
  name,
  selector: { matchLabels: { app: 'web' } },
  disruptionsAllowed: 1,
  currentHealthy: 2,
  desiredHealthy: 1,
  current: true,
  unhealthyPodEvictionPolicy: 'IfHealthyBudget',
  ...more,
});

type SnapshotInput = Partial<Omit<Snapshot, 'nodes' | 'views' | 'tasks' | 'self'>> & {
  readonly nodes?: readonly NodeFacts[];
  readonly views?: readonly NodeView[];
  readonly tasks?: readonly TaskFacts[];
  readonly self?: Partial<Snapshot['self']>;
};

/** At noon, led by `me/1`. Previews of nodes are empty and fresh unless given; pods of claimed nodes are none unless given. */
export function aSnapshot({
  nodes = [],
  views = [],
  tasks = [],
  self,
  ...more
}: SnapshotInput = {}): Snapshot {
  const now = more.now ?? noon;
  return {
    now,
    ticks: ticksAt(now),
    fence: 'me/1',
    leadsSince: noon - hour,
    policies: [aPolicy()],
    nodes: new Map(nodes.map((node) => [node.name, node])),
    views: new Map(views.map((view) => [view.name, view])),
    tasks: new Map(tasks.map((task) => [task.nodeUID, task])),
    hooks: undefined,
    pdbs: [],
    pods: new Map(nodes.flatMap((node) => (claimKey in node.annotations ? [[node.name, []] as const] : []))),
    previews: new Map(nodes.map(({ name, uid }) => [name, { at: now, nodeUID: uid, pods: [] }])),
    evictions: new Map(),
    evictedOwners: new Map(),
    taskMemory: new Map(),
    refusedSince: new Map(),
    gateReadings: new Map(),
    exclusive: { held: false },
    self: {
      nodeName: undefined,
      podName: undefined,
      namespace: 'operator',
      podLabels: { 'app.kubernetes.io/name': 'container-os-operator' },
      replicas: [],
      ...self,
    },
    nodesHeard: now,
    busy: new Set(),
    rules: osAdapters,
    settings: defaultSettings,
    ...more,
  };
}

export const taskPodIn = (node: string): PodFacts =>
  aPod(`task-${node}`, node, { namespace: tasksNamespace, controller: undefined });
