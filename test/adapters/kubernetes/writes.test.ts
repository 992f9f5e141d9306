/** What the writes and the consistent reads say on the wire, down to what they leave out. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { scaleToZero } from '../../../src/adapters/kubernetes/scale.ts';
import { claimKey } from '../../../src/api/keys.ts';
import type { ClusterWriter } from '../../../src/ports/cluster.ts';
import { aPod } from '../../support/builders.ts';
import { aClaim, aHookJob } from './support/objects.ts';
import { type Asked, answerJson, startScriptedServer } from './support/scripted-server.ts';
import type { ScriptedServer } from './support/scripted-server.ts';
import { systemClock } from './support/system-clock.ts';

let server: ScriptedServer | undefined;
afterEach(() => server?.close());
const freely = (): void => undefined;

/** The one request that this call sends. */
async function sentBy(call: (writer: ClusterWriter) => Promise<unknown>) {
  server = await startScriptedServer((_asked, response) => {
    answerJson(response, 200, { metadata: { name: 'n1', resourceVersion: '8' }, items: [] });
  });
  const { writer } = createCluster({
    api: server.api,
    clock: systemClock,
    random: () => 0,
    namespace: 'operator',
    podLabels: { app: 'operator' },
    task: { image: 'image', imagePullPolicy: 'IfNotPresent', imagePullSecrets: [], limits: {} },
    hooks: { namespace: 'hooks', serviceAccount: 'containeros-hooks' },
    instance: 'test',
    onError: (_where, error) => {
      throw error;
    },
  });
  await call(writer);
  expect(server.asked).toHaveLength(1);
  const { method, path, query, body } = server.asked[0] as Asked;
  return { method, path, query, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
}

describe('a release', () => {
  const annotations = { [claimKey]: null, 'karpenter.sh/do-not-disrupt': null };

  it('takes the claim away in the write that lifts the cordon', async () => {
    const { method, body } = await sentBy((writer) =>
      writer.releaseNode('n1', '7', true, ['karpenter.sh/do-not-disrupt']),
    );
    expect(method).toBe('PATCH');
    expect(body).toEqual({
      metadata: { resourceVersion: '7', annotations },
      spec: { unschedulable: null },
    });
  });

  it('that leaves the cordon takes the claim alone', async () => {
    const { body } = await sentBy((writer) =>
      writer.releaseNode('n1', '7', false, ['karpenter.sh/do-not-disrupt']),
    );
    expect(body).toEqual({ metadata: { resourceVersion: '7', annotations } });
  });
});

it('a claim comes in the write that cordons', async () => {
  const { body } = await sentBy((writer) => writer.claimNode('n1', '7', aClaim(), { added: 'true' }, freely));
  expect(body).toEqual({
    metadata: { resourceVersion: '7', annotations: { added: 'true', [claimKey]: expect.any(String) } },
    spec: { unschedulable: true },
  });
});

it.each([[undefined], [0], [30]])('an eviction names the UID it is for (grace period %p)', async (grace) => {
  const { method, path, body } = await sentBy((writer) => writer.evict(aPod('p', 'n1'), grace, freely));
  expect([method, path]).toEqual(['POST', '/api/v1/namespaces/default/pods/p/eviction']);
  expect(body).toMatchObject({
    kind: 'Eviction',
    metadata: { name: 'p', namespace: 'default' },
    deleteOptions: { preconditions: { uid: 'uid-p' } },
  });
  expect(body).toHaveProperty(
    'deleteOptions',
    grace === undefined
      ? { preconditions: { uid: 'uid-p' } }
      : { preconditions: { uid: 'uid-p' }, gracePeriodSeconds: grace },
  );
});

it('a task Pod is deleted only if it is the same, with the grace period that it has itself', async () => {
  const { method, body } = await sentBy((writer) => writer.deleteTask('task-u1', 'pod-1'));
  expect(method).toBe('DELETE');
  expect(body).toEqual({ preconditions: { uid: 'pod-1' } });
});

describe('a consistent read names no resourceVersion, which would allow an answer from a cache', () => {
  it.each<[string, (writer: ClusterWriter) => Promise<unknown>, string]>([
    ['the Pods of a node', (writer) => writer.listPodsOf('n1'), 'spec.nodeName=n1'],
    ['the task of a node', (writer) => writer.taskExists('u1'), 'metadata.name=task-u1'],
  ])('%s', async (_name, call, fieldSelector) => {
    const { method, query } = await sentBy(call);
    expect(method).toBe('GET');
    expect(query).toEqual({ fieldSelector, limit: '500' });
  });
});

describe('the Job of a hook', () => {
  it('is made in the namespace of hooks', async () => {
    const { method, path, body } = await sentBy((writer) => writer.createHook(aHookJob(), freely));
    expect([method, path]).toEqual(['POST', '/apis/batch/v1/namespaces/hooks/jobs']);
    expect(body).toMatchObject({ spec: { template: { spec: { serviceAccountName: 'containeros-hooks' } } } });
  });

  it('is deleted only if it is the same, and its Pod with it', async () => {
    const { method, path, body } = await sentBy((writer) => writer.deleteHook('before-drain-1', 'job-1'));
    expect([method, path]).toEqual(['DELETE', '/apis/batch/v1/namespaces/hooks/jobs/before-drain-1']);
    expect(body).toEqual({ preconditions: { uid: 'job-1' }, propagationPolicy: 'Background' });
  });
});

describe('taking the operator down', () => {
  const scaleWith = async (code: number) => {
    server = await startScriptedServer((_asked, response) => {
      answerJson(response, code, { kind: 'Status', code, message: 'said so' });
    });
    return scaleToZero(server.api, 'operator', 'container-os-operator');
  };

  it('writes the scale of its Deployment and nothing else', async () => {
    expect(await scaleWith(200)).toBe(true);
    const [{ method, path, body }] = (server as ScriptedServer).asked as [Asked];
    expect({ method, path, body: JSON.parse(body) as unknown }).toEqual({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/operator/deployments/container-os-operator/scale',
      body: { spec: { replicas: 0 } },
    });
  });

  it('is no failure where there is none', async () => {
    expect(await scaleWith(404)).toBe(false);
  });

  it('fails in words of the port', async () => {
    await expect(scaleWith(403)).rejects.toThrow('said so');
  });
});
