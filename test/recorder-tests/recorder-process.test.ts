/** The recorder's own process beside a real control plane, with this test in the place of the operator: first a good one, then a bad one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiClient } from '../lab/api/api-client.ts';
import type { ApiClient, ApiObject } from '../lab/api/api-client.ts';
import { installOperator, writeOperatorKubeconfig } from '../lab/chart.ts';
import type { Lab } from '../lab/lab.ts';
import { startLab } from '../lab/lab.ts';
import { until } from '../lab/process/until.ts';
import { readKubeconfig } from '../recorder/collect/kubeconfig.ts';
import type { Recording } from '../recorder/record.ts';
import { record } from '../recorder/record.ts';
import { unusedRights, usedRights } from '../recorder/unused-rights.ts';
import type { RebootCall } from '../recorder/world/event.ts';

const policies = '/apis/containeros.dev/v1alpha1/containerospolicies';
const key = 'containeros.dev/claim';

let lab: Lab;
let recording: Recording;
let operator: ApiClient;
const rebootCalls: Omit<RebootCall, 'node'>[] = [];

beforeAll(async () => {
  // No kubelet gives a sign of life for these nodes.
  lab = await startLab({ nodeMonitorGracePeriodMs: 600_000 });
  const machines = (): readonly { name: string; rebootCalls(): readonly Omit<RebootCall, 'node'>[] }[] => [
    { name: 'n1', rebootCalls: () => rebootCalls },
  ];
  recording = await record({ dir: lab.dir, adminKubeconfig: lab.adminKubeconfig, machines });
  await installOperator(lab, { values: { replicas: 0 }, wait: false });
  const { server, credentials } = readKubeconfig(await writeOperatorKubeconfig(lab));
  operator = createApiClient(server, credentials);
  const body = {
    apiVersion: 'containeros.dev/v1alpha1',
    kind: 'ContainerOSPolicy',
    metadata: { name: 'p' },
    spec: { os: 'Bottlerocket' },
  };
  const created = async (): Promise<unknown> => {
    try {
      return await lab.client.create(policies, body);
    } catch {
      // The API server takes a moment to serve a kind that was installed just now.
      return undefined;
    }
  };
  await until('the policy', created, { withinMs: 30_000 });
  for (const name of ['n1', 'n2']) await createNode(name);
}, 600_000);

afterAll(async () => {
  operator.close();
  await recording.abandon();
  await lab.stop();
});

async function createNode(name: string): Promise<void> {
  await lab.client.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const status = {
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString() }],
    nodeInfo: { bootID: 'boot-1', osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.33)' },
  };
  await lab.client.patch(`/api/v1/nodes/${name}/status`, 'strategic-merge', { status });
}

async function putStatus(status: object): Promise<void> {
  const policy = await lab.client.get<ApiObject>(`${policies}/p`);
  await operator.replace(`${policies}/p/status`, { ...policy, status: { observedGeneration: 1, ...status } });
}

async function patchNode(name: string, claim: object | null, unschedulable: boolean): Promise<void> {
  const path = `/api/v1/nodes/${name}`;
  const { metadata } = await lab.client.get<ApiObject>(path);
  await operator.patch(path, 'merge', {
    metadata: {
      resourceVersion: metadata.resourceVersion,
      annotations: { [key]: claim === null ? null : JSON.stringify(claim) },
    },
    spec: { unschedulable },
  });
}

describe('the recorder', () => {
  it('finds nothing wrong with a claim, its order and its reboot, over a restart of the API server', async () => {
    const policyUID = (await lab.client.get<ApiObject>(`${policies}/p`)).metadata.uid;
    const nodeUID = (await lab.client.get<ApiObject>('/api/v1/nodes/n1')).metadata.uid;
    const claim = {
      policy: 'p',
      policyUID,
      os: 'Bottlerocket',
      attempt: 'a1',
      from: '1.25.0',
      target: '1.26.1',
      added: [],
    };
    await putStatus({ fence: 'me/1' });
    await putStatus({ fence: 'me/1', claims: [{ node: 'n1', nodeUID, attempt: 'a1', phase: 'Reserved' }] });
    await patchNode('n1', claim, true);
    await lab.controlPlane.restartApiServer();
    const now = Date.now();
    const order = {
      at: new Date(now).toISOString(),
      bootID: 'boot-1',
      notAfter: new Date(now + 60_000).toISOString(),
    };
    await patchNode('n1', { ...claim, order }, true);
    rebootCalls.push({ at: new Date().toISOString(), bootID: 'boot-1' });
    expect(await recording.check()).toEqual([]);
    // The four writes above.
    expect(recording.seen()?.requests).toBe(4);
  }, 120_000);

  it('names what a bad operator does, with the revision', async () => {
    rebootCalls.push({ at: new Date().toISOString(), bootID: 'boot-7' });
    const { metadata } = await lab.client.get<ApiObject>('/api/v1/nodes/n2');
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { unschedulable: true } };
    const cordoned = await operator.patch<ApiObject>('/api/v1/nodes/n2', 'merge', body);
    await expect(operator.remove('/api/v1/namespaces/default/pods/web')).rejects.toThrow('403');
    const found = await recording.stop();
    expect(found.map(({ id }) => id).toSorted()).toEqual(['S14', 'S3', 'S5', 'S7']);
    const lost = found.find(({ id }) => id === 'S7');
    expect(lost?.revision).toBe(Number(cordoned.metadata.resourceVersion));
    expect(lost?.last.at(-1)).toContain('node n2: Ready, cordoned');
  }, 120_000);

  it('lists the rights that nothing used', async () => {
    const unused = await unusedRights(lab.client, usedRights(lab.controlPlane.auditLog));
    expect(unused).toContain(
      'delete coordination.k8s.io/leases containeros-exclusive in container-os-operator',
    );
    expect(unused).toContain('create pods/eviction');
    expect(unused).not.toContain('patch nodes');
    expect(unused).not.toContain('update containeros.dev/containerospolicies/status');
  });
});
