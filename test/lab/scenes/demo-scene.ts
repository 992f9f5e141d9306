/** The scene of the demo for any number of nodes: two thirds Bottlerocket, one third COS, and something to drain on them. */
import { keys } from '../machine/annotations.ts';

export interface DemoOptions {
  readonly nodes: number;
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
  const nodes = demoExpectations(options.nodes).map((node, index) => nodeObject(node, index, options));
  return [...nodes, ...workloads(options.nodes), ...policies];
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

function workload(name: string, replicas: number, budget: object): readonly object[] {
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
          spec: { topologySpreadConstraints: [spread], containers: [container] },
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

const policies = [
  {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'bottlerocket' },
    spec: { os: 'Bottlerocket', rollout: { maxUnavailable: '25%', soak: '5s' } },
  },
  {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'cos' },
    spec: { os: 'ContainerOptimizedOS', rollout: { maxUnavailable: '25%', soak: '5s' } },
  },
];
