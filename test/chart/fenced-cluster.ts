/** A control plane with the chart on it, and clients of those whom its admission policies are about. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { createApiClient as createOperatorClient } from '../../src/adapters/kubernetes/client.ts';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { createCredentials } from '../../src/adapters/kubernetes/credentials.ts';
import type { TaskPodOptions } from '../../src/adapters/kubernetes/task-pod.ts';
import type { ClusterWriter } from '../../src/ports/cluster.ts';
import { systemClock } from '../adapters/kubernetes/support/system-clock.ts';
import { createApiClient } from '../lab/api/api-client.ts';
import type { ApiClient } from '../lab/api/api-client.ts';
import { ApiError } from '../lab/api/api-error.ts';
import { writeKubeconfig } from '../lab/api/kubeconfig.ts';
import { ensurePrograms } from '../lab/build/ensure-programs.ts';
import { startControlPlane } from '../lab/control-plane.ts';
import { until } from '../lab/process/until.ts';
import { chart, helm, release, render } from './helm.ts';
import type { Values } from './helm.ts';

export interface FencedCluster {
  /** An administrator's. */
  readonly admin: ApiClient;
  /** With a token of the operator's account, to send what the operator never would. */
  readonly operator: ApiClient;
  /** With a token of the account of the pre-delete hook, as it is while a release is being uninstalled. */
  readonly hook: ApiClient;
  /** The operator's own code, with that token. */
  readonly writer: ClusterWriter;
  /** With the certificate of the node n1, and of another one. */
  readonly kubelet: ApiClient;
  readonly otherKubelet: ApiClient;
  /** With a token of this account. */
  account(namespace: string, name: string): Promise<ApiClient>;
  /** `helm upgrade` with exactly these values. */
  upgrade(values: Values): Promise<void>;
  stop(): Promise<void>;
}

export const tasks = '/api/v1/namespaces/containeros-tasks/pods';
export const hooksNamespace = 'os-hooks';
export const hookJobs = `/apis/batch/v1/namespaces/${hooksNamespace}/jobs`;
export const n1 = '/api/v1/nodes/n1';

/** Resolves when the node n1 is there and every policy is enforced. */
export async function openFencedCluster(values: Values, task: TaskPodOptions): Promise<FencedCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'chart-admission-'));
  const plane = await startControlPlane(dir, { programs: await ensurePrograms() });
  const { client: admin, server, pki, adminKubeconfig } = plane;
  const { ca } = pki.credentials('admin');
  const clients: { close(): void }[] = [];
  const kept = <T extends { close(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const chartArgs = [
    release.name,
    chart,
    '--namespace',
    release.namespace,
    '--kubeconfig',
    adminKubeconfig,
  ] as const;
  const token = async (namespace: string, name: string): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { spec: { expirationSeconds: 3600 } };
    return (await admin.create<{ status: { token: string } }>(path, body)).status.token;
  };
  const account = async (namespace: string, name: string): Promise<ApiClient> =>
    kept(createApiClient(server, { ca, token: await token(namespace, name) }));

  await helm(['install', ...chartArgs, '--create-namespace'], values);
  const metadata = {
    name: 'n1',
    labels: { pool: 'web' },
    annotations: { 'example.com/owner': 'web', 'example.com/cost': '3' },
  };
  const spec = { taints: [{ key: 'example.com/only', value: 'web', effect: 'NoSchedule' }] };
  await admin.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata, spec });
  await plane.kubectl(['apply', '-f', '-'], await hookRights(values));
  const hook = await account(release.namespace, 'container-os-operator-release');
  const own = { ca, token: await token(release.namespace, 'container-os-operator') };
  const operator = kept(createApiClient(server, own));
  const kubeconfig = writeKubeconfig(join(dir, 'operator.kubeconfig'), server, 'operator', own);
  const api = kept(
    createOperatorClient({
      credentials: createCredentials(() => {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfig);
        return config;
      }, systemClock),
      userAgent: 'test',
    }),
  );
  const { writer } = createCluster({
    api,
    clock: systemClock,
    random: Math.random,
    namespace: release.namespace,
    podLabels: {},
    task,
    hooks: { namespace: hooksNamespace, serviceAccount: 'containeros-hooks' },
    instance: 'test',
    onError: (where, error) => {
      throw new Error(where, { cause: error });
    },
  });
  await untilEnforced([
    () => operator.patch(`${n1}?dryRun=All`, 'merge', { metadata: { labels: { tried: 'yes' } } }),
    () => admin.create(`${tasks}?dryRun=All`, anyPod),
    () => admin.get(`${tasks}/none/exec?command=true`),
    () => operator.create(`${hookJobs}?dryRun=All`, anyJob),
  ]);
  const kubeletOf = async (name: string): Promise<ApiClient> =>
    kept(createApiClient(server, await pki.issue(name, `system:node:${name}`, 'system:nodes')));
  return {
    admin,
    operator,
    hook,
    writer,
    kubelet: await kubeletOf('n1'),
    otherKubelet: await kubeletOf('n2'),
    account,
    upgrade: async (to) => {
      await helm(['upgrade', ...chartArgs], to);
    },
    stop: async () => {
      for (const client of clients) client.close();
      await plane.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A plain Pod, as anybody may make one elsewhere. */
export const anyPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'any' },
  spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'registry.example/app' }] },
};

/** A plain Job, as anybody may make one elsewhere. */
export const anyJob = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'any' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: anyPod.spec.containers } } },
};

/** All that the hook is but its Job. */
async function hookRights(values: Values): Promise<string> {
  const made = (await render(values)).filter(
    ({ kind, metadata }) => metadata.name === 'container-os-operator-release' && kind !== 'Job',
  );
  return made.map((one) => JSON.stringify(one)).join('\n---\n');
}

/** The API server compiles new policies a moment after it stored them. */
async function untilEnforced(refused: readonly (() => Promise<unknown>)[]): Promise<void> {
  const pending = new Set(refused);
  const look = async (): Promise<true | undefined> => {
    for (const send of pending) if (await isRefused(send)) pending.delete(send);
    return pending.size === 0 || undefined;
  };
  await until('the admission policies to be enforced', look, { withinMs: 30_000 });
}

async function isRefused(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return false;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message.includes('ValidatingAdmissionPolicy');
  }
}
