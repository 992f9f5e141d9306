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
  const names = Array.from({ length: options.nodes }, (_, i) => i);
  return [...names.map((i) => demoNode(i, options)), ...workloads(options.nodes), ...policies];
}

function demoNode(index: number, { bootMs = 1000, prepareMs = 500 }: DemoOptions): object {
  const cos = index % 3 === 2;
  const { from, to } = cos ? demoVersions.containerOptimizedOS : demoVersions.bottlerocket;
  const number = String(Math.floor(index / 3) * (cos ? 1 : 2) + (cos ? 0 : index % 3) + 1).padStart(2, '0');
  const host = {
    os: cos ? 'ContainerOptimizedOS' : 'Bottlerocket',
    version: from,
    offers: [to],
    timings: { bootMs, prepareMs },
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `${cos ? 'cos' : 'bottlerocket'}-${number}`,
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
    spec: { os: 'Bottlerocket', rollout: { maxUnavailable: '25%', soak: '2s' } },
  },
  {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'cos' },
    spec: { os: 'ContainerOptimizedOS', rollout: { maxUnavailable: 1, soak: '2s' } },
  },
];
