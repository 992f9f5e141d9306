import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { needed, only, release, render } from './helm.ts';
import type { Values } from './helm.ts';

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
});
const deploymentSpec = z.object({
  replicas: z.int(),
  template: z.object({
    metadata: z.looseObject({}),
    spec: z.looseObject({
      containers: z.array(z.looseObject({ image: z.string(), env: z.array(variable) })),
    }),
  }),
});

async function podOf(values: Values = {}) {
  const deployment = only(await render({ ...needed, ...values }), 'Deployment');
  const { template, replicas } = deploymentSpec.parse(deployment['spec']);
  const [container, ...others] = template.spec.containers;
  if (container === undefined || others.length > 0) throw new Error('Not exactly one container');
  return { replicas, metadata: template.metadata, spec: template.spec, container };
}

/** The environment as the kubelet would make it. */
function environment(env: readonly z.output<typeof variable>[]): Record<string, string> {
  const fields: Record<string, string> = {
    'metadata.name': 'container-os-operator-abc',
    'metadata.namespace': release.namespace,
    'spec.nodeName': 'n1',
    'status.podIP': '10.1.2.3',
  };
  const set = env.map(({ name, value, valueFrom }) => [
    name,
    value ?? fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? '',
  ]);
  return { KUBERNETES_SERVICE_HOST: '10.0.0.1', ...Object.fromEntries(set) };
}

describe('the operator’s Deployment', () => {
  let pod: Awaited<ReturnType<typeof podOf>>;
  beforeAll(async () => {
    pod = await podOf();
  });

  it('has two replicas that prefer different zones and different nodes', () => {
    expect(pod.replicas).toBe(2);
    expect(pod.spec['topologySpreadConstraints']).toEqual([
      expect.objectContaining({
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
      }),
    ]);
    expect(JSON.stringify(pod.spec['affinity'])).toContain('"topologyKey":"kubernetes.io/hostname"');
  });

  it('runs without any privilege', () => {
    expect(pod.spec['securityContext']).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod.spec).not.toHaveProperty(field);
  });

  it('mounts a token that expires, and nothing else', () => {
    expect(pod.spec['automountServiceAccountToken']).toBe(false);
    expect(pod.container['volumeMounts']).toEqual([
      { name: 'account', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ]);
    expect(pod.spec['volumes']).toEqual([
      {
        name: 'account',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] },
            },
          ],
        },
      },
    ]);
  });

  it('is asked for its health on the address of the Pod', () => {
    expect(pod.container['livenessProbe']).toMatchObject({ httpGet: { path: '/livez', port: 'http' } });
    expect(pod.container['readinessProbe']).toMatchObject({ httpGet: { path: '/readyz', port: 'http' } });
  });

  it('is critical to the cluster, and small', () => {
    expect(pod.spec['priorityClassName']).toBe('system-cluster-critical');
    expect(pod.spec['tolerations']).toEqual([{ key: 'CriticalAddonsOnly', operator: 'Exists' }]);
    expect(pod.container['resources']).toEqual({
      requests: { cpu: '20m', memory: '96Mi' },
      limits: { memory: '256Mi' },
    });
  });

  it('gives the operator an environment that it accepts', () => {
    expect(readConfig(environment(pod.container.env), [])).toMatchObject({
      kubeconfig: undefined,
      pod: { name: 'container-os-operator-abc', namespace: release.namespace, nodeName: 'n1' },
      http: { host: '10.1.2.3', port: 8080 },
      logLevel: 'info',
      task: {
        image: pod.container.image,
        imagePullSecrets: [],
        imagePullPolicy: 'IfNotPresent',
        limits: { memory: '128Mi' },
      },
    });
  });

  it('tells the operator the labels of its own Pods', () => {
    const { operatorPodLabels } = readConfig(environment(pod.container.env), []);
    expect(pod.metadata).toMatchObject({ labels: operatorPodLabels });
    expect(Object.keys(operatorPodLabels)).toEqual(['app.kubernetes.io/instance', 'app.kubernetes.io/name']);
  });

  it('hands values on', async () => {
    const { container, spec } = await podOf({
      image: { repository: 'registry.example.com:5000/os/operator', tag: 'v1', pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'a' }, { name: 'b' }],
      logLevel: 'debug',
      tasks: { limits: { memory: '200Mi', cpu: '500m' } },
      settings: { orderValidity: '10s', maxInspects: 5 },
    });
    const image = 'registry.example.com:5000/os/operator:v1';
    expect(container.image).toBe(image);
    expect(spec['imagePullSecrets']).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(readConfig(environment(container.env), [])).toMatchObject({
      logLevel: 'debug',
      task: {
        image,
        imagePullSecrets: ['a', 'b'],
        imagePullPolicy: 'Always',
        limits: { memory: '200Mi', cpu: '500m' },
      },
      settings: { orderValidity: 10_000, maxInspects: 5 },
    });
  });

  it('tells the operator where hooks run, if anywhere', async () => {
    expect(readConfig(environment(pod.container.env), []).hooks.namespace).toBeUndefined();
    const { container } = await podOf({ hooks: { namespace: 'os-hooks', serviceAccount: 'mine' } });
    expect(readConfig(environment(container.env), []).hooks).toEqual({
      namespace: 'os-hooks',
      serviceAccount: 'mine',
    });
  });

  it('prefers a digest to the tag', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const { container } = await podOf({
      image: { repository: 'registry.example.com/operator', tag: 'v1', digest },
    });
    expect(container.image).toBe(`registry.example.com/operator@${digest}`);
  });
});
