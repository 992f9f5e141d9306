/** The scene of the demo for any number of nodes: two thirds Bottlerocket, one third COS, and something to drain on them. */
import { keys } from '../machine/annotations.ts';

export interface DemoOptions {
  readonly nodes: number;
  /** In mode Plan the policies have what a plan tells of: waves, a window, and a Pod that may not leave its node. */
  readonly mode?: 'Apply' | 'Plan';
  /** Milliseconds from going down to the kubelet's start. */
  readonly bootMs?: number;
  /** Milliseconds that preparing an update takes on the host. */
  readonly prepareMs?: number;
}

export const demoVersions = {
  bottlerocket: { from: '1.25.0', to: '1.26.1' },
  containerOptimizedOS: { from: '18613.164.4', to: '18613.164.98' },
} as const;

const zones = ['a', 'b', 'c'];

/** Objects for `sceneText` or `parseScene`; plain data, the same for the same options. */
export function demoScene(options: DemoOptions): readonly object[] {
  const fleet = demoExpectations(options.nodes);
  const nodes = fleet.map((node, index) => nodeObject(node, index, options));
  if (options.mode !== 'Plan') return [...nodes, ...workloads(options.nodes), ...policies];
  const last = fleet.findLast(({ os }) => os === 'Bottlerocket')?.node ?? '';
  const stays = workload('ledger', 1, { maxUnavailable: 0 }, { 'kubernetes.io/hostname': last });
  return [...nodes, ...workloads(options.nodes), ...stays, ...policies.map(planned)];
}

/** What each node runs at first and is to run in the end. */
export function demoExpectations(nodes: number): readonly DemoNode[] {
  return Array.from({ length: nodes }, (_, index) => demoNode(index, nodes));
}

interface DemoNode {
  readonly node: string;
  readonly os: 'Bottlerocket' | 'ContainerOptimizedOS';
  readonly from: string;
  readonly to: string;
}

/** Every third is a COS host, and of two the second. */
function demoNode(index: number, nodes: number): DemoNode {
  const cos = index % 3 === 2 || (nodes === 2 && index === 1);
  const number = String(Math.floor(index / 3) * (cos ? 1 : 2) + (cos ? 0 : index % 3) + 1).padStart(2, '0');
  return cos
    ? { node: `cos-${number}`, os: 'ContainerOptimizedOS', ...demoVersions.containerOptimizedOS }
    : { node: `bottlerocket-${number}`, os: 'Bottlerocket', ...demoVersions.bottlerocket };
}

function nodeObject(
  { node, os, from, to }: DemoNode,
  index: number,
  { bootMs = 1000, prepareMs = 500 }: DemoOptions,
): object {
  const host = { os, version: from, offers: [to], timings: { bootMs, prepareMs } };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node,
      labels: { 'topology.kubernetes.io/zone': `zone-${zones[index % zones.length] ?? 'a'}` },
      annotations: { [keys.host]: JSON.stringify(host) },
    },
  };
}

function workloads(nodes: number): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ...workload('web', nodes, { maxUnavailable: '25%' }),
    ...workload('cart', Math.max(2, Math.floor(nodes / 2)), { minAvailable: '50%' }),
    ...workload('search', Math.max(2, Math.floor(nodes / 4)), { maxUnavailable: 1 }),
  ];
}

function workload(
  name: string,
  replicas: number,
  budget: object,
  nodeSelector: Readonly<Record<string, string>> = {},
): readonly object[] {
  const labels = { app: name };
  const metadata = { name, namespace: 'shop' };
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
  };
  const container = {
    name,
    image: `example.invalid/${name}:1`,
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { nodeSelector, topologySpreadConstraints: [spread], containers: [container] },
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { ...budget, selector: { matchLabels: labels } },
    },
  ];
}

const rollout = { maxUnavailable: '25%', soak: '5s' };
const policies = [
  {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'bottlerocket' },
    spec: { os: 'Bottlerocket', rollout },
  },
  {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'cos' },
    spec: { os: 'ContainerOptimizedOS', rollout },
  },
];

const planned = (policy: (typeof policies)[number]): object => ({
  ...policy,
  spec: {
    ...policy.spec,
    mode: 'Plan',
    ...(policy.spec.os === 'Bottlerocket'
      ? {
          rollout: { ...rollout, waves: [{ name: 'canary', nodes: 1, soak: '10m' }, { name: 'rest' }] },
        }
      : { schedule: { windows: [{ start: '0 22 * * *', duration: '8h' }] } }),
  },
});
