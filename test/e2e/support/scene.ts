/** A stage for one test file: nodes, workloads and policies of its own, by a prefix, on a lab that others may share. */
import { stringify } from 'yaml';
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { PolicyStatus } from '../../../src/api/policy-status.ts';
import { isNotFound } from '../../lab/api/api-error.ts';
import type { ApiClient } from '../../lab/api/api-client.ts';
import { attachLab } from '../../lab/attach.ts';
import type { Programs } from '../../lab/build/programs.ts';
import { until } from '../../lab/process/until.ts';
import { kubectlPatience, patience } from './waits.ts';

/** What a scene needs of a lab, its own or the shared one. */
export interface Stage {
  readonly client: ApiClient;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
}

export interface SceneNode {
  /** Keys of `lab.containeros.dev/host`; `os` is Bottlerocket and `version` 1.25.0, behind its offer 1.26.1, unless told. */
  readonly host?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RawNode {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly { readonly key: string }[] };
  readonly status: {
    readonly nodeInfo: { readonly bootID: string; readonly osImage: string };
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

export interface Scene extends Stage {
  readonly prefix: string;
  readonly namespace: string;
  /** The cluster's name of a node or policy of this scene. */
  full(name: string): string;
  addNodes(nodes: Readonly<Record<string, SceneNode>>): Promise<void>;
  /** Applies a policy that selects this scene's nodes only, unless the spec has a selector of its own. */
  applyPolicy(name: string, spec?: Readonly<Record<string, unknown>>): Promise<void>;
  deletePolicy(name: string): Promise<void>;
  /** Plain objects, with kubectl. */
  apply(...objects: readonly object[]): Promise<void>;
  /** A Deployment of `replicas` Pods in the scene's namespace, on the scene's nodes; with a PodDisruptionBudget where `pdb` is given. */
  deploy(
    name: string,
    options: {
      readonly replicas: number;
      readonly on?: string;
      readonly pdb?: Readonly<Record<string, unknown>>;
      readonly pod?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
  setHost(name: string, host: Readonly<Record<string, unknown>>): Promise<void>;
  /** Merge PATCH of annotations; null removes one. */
  annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  node(name: string): Promise<RawNode>;
  /** The status of the node's ContainerOSNode; empty while there is none. */
  view(name: string): Promise<NodeViewStatus>;
  status(policy: string): Promise<PolicyStatus>;
  /** Waits until the node's view is as `is` wants it, and answers it. Fails with the last view seen. */
  untilView(name: string, is: (view: NodeViewStatus) => boolean, withinMs?: number): Promise<NodeViewStatus>;
  untilStatus(
    policy: string,
    is: (status: PolicyStatus) => boolean,
    withinMs?: number,
  ): Promise<PolicyStatus>;
  untilNode(name: string, is: (node: RawNode) => boolean, withinMs?: number): Promise<RawNode>;
  /** Deletes what it made. */
  close(): Promise<void>;
}

/** The lab that all scenes share, with the operator in it. */
export function sharedStage(): Stage & {
  readonly dir: string;
  readonly auditLog: string;
  readonly adminKubeconfig: string;
  readonly programs: Programs;
} {
  const dir = process.env['SCENE_LAB'];
  if (dir === undefined)
    throw new Error(
      'SCENE_LAB is not set: run the end-to-end project of jest.config.ts, which starts the lab',
    );
  return attachLab(dir);
}

const policies = '/apis/containeros.dev/v1alpha1/containerospolicies';
const views = '/apis/containeros.dev/v1alpha1/containerosnodes';
const sceneLabel = 'scene.containeros.dev/name';
const usual = {
  os: 'Bottlerocket',
  version: '1.25.0',
  offers: ['1.26.1'],
  timings: { prepareMs: 200, bootMs: 500 },
};
const usualCos = {
  os: 'ContainerOptimizedOS',
  version: '18613.164.4',
  offers: ['18613.164.98'],
  timings: { prepareMs: 200, bootMs: 500 },
};

export async function openScene(prefix: string, stage: Stage = sharedStage()): Promise<Scene> {
  const { client, kubectl } = stage;
  const full = (name: string): string => `${prefix}-${name}`;
  const madeNodes = new Set<string>();
  const madePolicies = new Set<string>();
  const hosts = new Map<string, Record<string, unknown>>();
  const apply = async (...objects: readonly object[]): Promise<void> => {
    await kubectl(['apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
  };
  const find = async <T>(path: string): Promise<T | undefined> => {
    try {
      return (await client.get(path)) as T;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const waitFor = async <T>(
    what: string,
    read: () => Promise<T>,
    is: (value: T) => boolean,
    withinMs: number,
  ): Promise<T> => {
    let last: T | undefined;
    let failed: unknown;
    const look = async (): Promise<T | undefined> => {
      try {
        last = await read();
        failed = undefined;
      } catch (error) {
        // A busy API server answers late now and then; what counts is the deadline.
        failed = error;
        return undefined;
      }
      return is(last) ? last : undefined;
    };
    try {
      return await until(what, look, { withinMs: patience(withinMs), everyMs: 150 });
    } catch (error) {
      const trouble = failed instanceof Error ? ` (${failed.message})` : '';
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`${text}; last seen: ${JSON.stringify(last)}${trouble}`, { cause: error });
    }
  };

  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: prefix } });
  const scene: Scene = {
    client,
    kubectl,
    prefix,
    namespace: prefix,
    full,
    apply,
    addNodes: async (nodes) => {
      const objects = Object.entries(nodes).map(([short, node]) => {
        const base = node.host?.['os'] === 'ContainerOptimizedOS' ? usualCos : usual;
        const host = { ...base, ...node.host };
        hosts.set(short, host);
        madeNodes.add(full(short));
        return {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: {
            name: full(short),
            labels: { [sceneLabel]: prefix, ...node.labels },
            annotations: { ...node.annotations, 'lab.containeros.dev/host': JSON.stringify(host) },
          },
        };
      });
      await apply(...objects);
      for (const short of Object.keys(nodes)) await scene.untilNode(short, isReady, 60_000);
    },
    applyPolicy: async (name, spec = {}) => {
      madePolicies.add(full(name));
      await apply({
        apiVersion: 'containeros.dev/v1alpha1',
        kind: 'ContainerOSPolicy',
        metadata: { name: full(name) },
        spec: { os: 'Bottlerocket', nodeSelector: { matchLabels: { [sceneLabel]: prefix } }, ...spec },
      });
    },
    deletePolicy: async (name) => {
      await kubectl(['delete', 'containerospolicy', full(name), '--ignore-not-found']);
    },
    deploy: async (name, { replicas, on, pdb, pod }) => {
      const labels = { app: name };
      const selector = on === undefined ? { [sceneLabel]: prefix } : { 'kubernetes.io/hostname': full(on) };
      const objects: object[] = [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name, namespace: prefix },
          spec: {
            replicas,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                nodeSelector: selector,
                terminationGracePeriodSeconds: 1,
                containers: [{ name: 'main', image: 'example.invalid/web:1' }],
                ...pod,
              },
            },
          },
        },
      ];
      if (pdb !== undefined)
        objects.push({
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name, namespace: prefix },
          spec: { selector: { matchLabels: labels }, ...pdb },
        });
      await apply(...objects);
      await kubectl(['-n', prefix, 'rollout', 'status', `deployment/${name}`, kubectlPatience(60_000)]);
    },
    setHost: async (name, change) => {
      const host = { ...hosts.get(name), ...change };
      hosts.set(name, host);
      await scene.annotate(name, { 'lab.containeros.dev/host': JSON.stringify(host) });
    },
    annotate: async (name, annotations) => {
      await client.patch(`/api/v1/nodes/${full(name)}`, 'merge', { metadata: { annotations } });
    },
    node: async (name) => (await client.get(`/api/v1/nodes/${full(name)}`)) as RawNode,
    view: async (name) => (await find<{ status?: NodeViewStatus }>(`${views}/${full(name)}`))?.status ?? {},
    status: async (policy) =>
      (await find<{ status?: PolicyStatus }>(`${policies}/${full(policy)}`))?.status ?? {
        observedGeneration: -1,
      },
    untilView: (name, is, withinMs = 60_000) =>
      waitFor(`the view of ${full(name)}`, () => scene.view(name), is, withinMs),
    untilStatus: (policy, is, withinMs = 60_000) =>
      waitFor(`the status of policy ${full(policy)}`, () => scene.status(policy), is, withinMs),
    untilNode: (name, is, withinMs = 60_000) =>
      waitFor(
        `node ${full(name)}`,
        async () => (await find<RawNode>(`/api/v1/nodes/${full(name)}`)) ?? noNode,
        is,
        withinMs,
      ),
    close: async () => {
      if (madePolicies.size > 0)
        await kubectl(['delete', 'containerospolicy', '--ignore-not-found', ...madePolicies]);
      await kubectl(['delete', 'namespace', prefix, '--ignore-not-found', '--wait=false']);
      if (madeNodes.size > 0) await kubectl(['delete', 'node', '--ignore-not-found', ...madeNodes]);
    },
  };
  return scene;
}

const noNode: RawNode = {
  metadata: { name: '', uid: '' },
  status: { nodeInfo: { bootID: '', osImage: '' }, conditions: [] },
};

export const isReady = (node: RawNode): boolean =>
  node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** The status of a condition; undefined where it is absent. */
export const conditionOf = (status: PolicyStatus, type: string): string | undefined =>
  status.conditions?.find((one) => one.type === type)?.status;
