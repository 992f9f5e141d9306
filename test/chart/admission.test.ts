/** What the chart's admission policies keep a stolen token of the operator from, sent for real, and what they let through. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hookJobName } from '../../src/adapters/kubernetes/hook-job.ts';
import { cosAdapter } from '../../src/adapters/os/cos/adapter.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { claimKey, doNotDisruptKey, scaleDownDisabledKey } from '../../src/api/keys.ts';
import { taskKinds } from '../../src/api/task.ts';
import { createApplier } from '../../src/control/apply-step.ts';
import { Memory } from '../../src/control/memory.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import { ConflictError, InvalidError } from '../../src/ports/errors.ts';
import { aClaim, aHookJob, aTask } from '../adapters/kubernetes/support/objects.ts';
import { systemClock } from '../adapters/kubernetes/support/system-clock.ts';
import type { ApiClient, ApiList, ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import type { Attempt } from './attempts/attempt.ts';
import { ofHookJobs } from './attempts/hook-jobs.ts';
import { onlyAnnotations, onNodes } from './attempts/nodes.ts';
import { beyondItsRights, beyondTheHook } from './attempts/rights.ts';
import { makeTask, noNsenter, ofTaskPods, options, repository, task } from './attempts/task-pods.ts';
import { besidePrivileged, ofTaskRights } from './attempts/task-rights.ts';
import { anyJob, anyPod, hookJobs, hooksNamespace, n1, openFencedCluster, tasks } from './fenced-cluster.ts';
import type { FencedCluster } from './fenced-cluster.ts';
import { needed, release } from './helm.ts';
import type { Values } from './helm.ts';

const minutes = 60_000;
const freely = (): void => {};
const values: Values = {
  ...needed,
  image: { repository, tag: 'v1' },
  replicas: 0,
  hooks: { namespace: hooksNamespace },
};
let cluster: FencedCluster;
beforeAll(async () => {
  cluster = await openFencedCluster(values, options);
}, 15 * minutes);
afterAll(() => cluster.stop());

describe('a stolen token of the operator cannot', () => {
  beforeAll(async () => {
    const { admin } = cluster;
    const pod = { ...anyPod, metadata: { name: 'guarded', labels: { app: 'guarded' } } };
    await admin.create('/api/v1/namespaces/default/pods', pod);
    // A Pod that does not run yet may always be evicted.
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await admin.patch('/api/v1/namespaces/default/pods/guarded/status', 'merge', { status });
    await admin.create('/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      metadata: { name: 'guarded' },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'guarded' } } },
    });
    const account = { metadata: { name: 'somebody' } };
    await admin.create('/api/v1/namespaces/containeros-tasks/serviceaccounts', account);
  });

  it.each([...onNodes, ...beyondItsRights, ...ofTaskPods, ...ofTaskRights, ...ofHookJobs])(
    '$name',
    async ({ send, refusal }) => {
      await expect(send(cluster.operator)).rejects.toThrow(refusal);
    },
  );
});

describe('a stolen token of the pre-delete hook can do no more: it cannot', () => {
  it.each([...onNodes, ...beyondTheHook, ...ofTaskPods, ...ofTaskRights])(
    '$name',
    async ({ send, refusal }) => {
      await expect(send(cluster.hook)).rejects.toThrow(refusal);
    },
  );
});

describe('the admission policies', () => {
  it.each(['nodes', 'task-pods', 'running-tasks', 'hook-jobs'])(
    'of %s name no field that there is not',
    async (name) => {
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/container-os-operator-${name}`;
      interface Checked extends ApiObject {
        readonly status?: { readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] } };
      }
      const checked = async () => (await cluster.admin.get<Checked>(path)).status?.typeChecking;
      expect(await until('the types to be checked', checked, { withinMs: 30_000 })).toEqual({});
    },
    60_000,
  );
});

describe('the operator can', () => {
  const read = () => cluster.admin.get<ApiObject & { spec: { unschedulable?: boolean } }>(n1);
  /** The node controller writes to the Node too: a conflict is read and tried anew, as the operator does. */
  const write = async (send: (resourceVersion: string) => Promise<void>) => {
    const tried = async (): Promise<true | undefined> => {
      try {
        await send((await read()).metadata.resourceVersion ?? '');
        return true;
      } catch (error) {
        if (error instanceof ConflictError) return undefined;
        throw error;
      }
    };
    await until('the write to go through', tried, { withinMs: 10_000 });
  };
  const autoscalers = { [scaleDownDisabledKey]: 'true', [doNotDisruptKey]: 'true' };
  const claim = aClaim({ added: Object.keys(autoscalers) });
  const restore = { 'containeros.dev/restore': '{}' };

  let before: ApiObject['metadata']['annotations'];

  it('cordon a node and claim it', async () => {
    before = (await read()).metadata.annotations;
    await write((at) => cluster.writer.claimNode('n1', at, claim, { ...autoscalers, ...restore }, freely));
    const { metadata, spec } = await read();
    expect(spec.unschedulable).toBe(true);
    expect(metadata.annotations).toMatchObject({
      ...autoscalers,
      ...restore,
      [claimKey]: expect.any(String),
    });
  });

  it('order its reboot', async () => {
    const order = { at: '2026-11-23T10:00:00Z', bootID: 'boot-1', notAfter: '2026-11-23T10:02:00Z' };
    await write((at) => cluster.writer.orderReboot('n1', at, claim, order, freely));
    expect((await read()).metadata.annotations?.[claimKey]).toContain(order.notAfter);
  });

  it('put it back and leave nothing behind', async () => {
    const remove = [...claim.added, ...Object.keys(restore)];
    await write((at) => cluster.writer.releaseNode('n1', at, true, remove));
    const { metadata, spec } = await read();
    expect(spec.unschedulable).toBeUndefined();
    expect(metadata.annotations).toEqual(before);
  });

  it.each(
    Object.entries(osAdapters).flatMap(([os, { podNeeds }]) =>
      taskKinds.map((kind) => ({ os, kind, needs: podNeeds(kind, {}) })),
    ),
  )('have $kind done on $os, and take the Pod away', async ({ os, kind, needs }) => {
    const uid = `${os}-${kind}`.toLowerCase();
    await cluster.writer.createTask(aTask('n1', uid, { task: kind, needs }), freely);
    const pod = await cluster.admin.get<ApiObject>(`${tasks}/task-${uid}`);
    expect(pod).toMatchObject({ spec: { nodeName: 'n1', containers: [{ image: options.image }] } });
    await cluster.writer.deleteTask(pod.metadata.name, pod.metadata.uid ?? '');
    const left = await cluster.admin.get<ApiObject>(`${tasks}/task-${uid}`);
    expect(left.metadata.deletionTimestamp).toBeDefined();
  });

  it('run a program of a policy without rights, and take its Job away', async () => {
    const job = aHookJob({
      program: {
        image: 'registry.example/hook:1',
        command: ['/bin/check'],
        env: [{ name: 'LEVEL', value: 'high' }],
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
      },
    });
    await cluster.writer.createHook(job, freely);
    await expect(cluster.writer.createHook(job, freely)).rejects.toThrow(ConflictError);
    const path = `${hookJobs}/${hookJobName(job)}`;
    const { metadata } = await cluster.admin.get<ApiObject>(path);
    // Its Pod is what Pod Security `restricted` admits.
    const pods = `/api/v1/namespaces/${hooksNamespace}/pods`;
    const made = async (): Promise<ApiObject | undefined> =>
      (await cluster.admin.get<ApiList<ApiObject>>(pods)).items[0];
    expect(await until('its Pod', made, { withinMs: 20_000 })).toMatchObject({
      spec: { serviceAccountName: 'containeros-hooks', automountServiceAccountToken: false },
    });
    await cluster.writer.deleteHook(metadata.name, metadata.uid ?? '');
    await expect(cluster.admin.get(path)).rejects.toThrow('not found');
  }, 30_000);

  it('as the pre-delete hook cordon and claim a node, and have a task made', async () => {
    const annotations = { [claimKey]: 'mine' };
    const change = (value: object) => cluster.hook.patch(n1, 'merge', value);
    await change({ metadata: { annotations }, spec: { unschedulable: true } });
    await change({ metadata: { annotations: { [claimKey]: null } }, spec: { unschedulable: null } });
    await expect(cluster.hook.create(`${tasks}?dryRun=All`, task({}))).resolves.toMatchObject({
      kind: 'Pod',
    });
  });

  it('evict what no budget protects, at once where its policy says so', async () => {
    const pod = await cluster.admin.create<ApiObject>('/api/v1/namespaces/default/pods', anyPod);
    const { uid = '' } = pod.metadata;
    await cluster.operator.create('/api/v1/namespaces/default/pods/any/eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'any' },
      deleteOptions: { gracePeriodSeconds: 0, preconditions: { uid } },
    });
    await expect(cluster.admin.get('/api/v1/namespaces/default/pods/any')).rejects.toThrow('not found');
  });
});

describe('around a task Pod', () => {
  const path = `${tasks}/task-u1`;
  beforeAll(async () => {
    const needs = cosAdapter.podNeeds('Reboot', {});
    await cluster.writer.createTask(aTask('n1', 'u1', { needs }), freely);
  });

  it('its kubelet writes its status', async () => {
    const status = { phase: 'Running', startTime: '2026-11-23T10:00:00Z' };
    expect(await cluster.kubelet.patch(`${path}/status`, 'merge', { status })).toMatchObject({ status });
  });

  it('a network plugin leaves its annotations', async () => {
    const change = { metadata: { annotations: { 'example.com/address': '10.1.2.3' } } };
    expect(await cluster.admin.patch(path, 'merge', change)).toMatchObject(change);
  });

  it('the garbage collector takes finalizers away', async () => {
    const collector = await cluster.account('kube-system', 'generic-garbage-collector');
    await cluster.admin.patch(path, 'merge', { metadata: { finalizers: ['example.com/last-words'] } });
    const { metadata } = await collector.patch<ApiObject>(path, 'merge', { metadata: { finalizers: null } });
    expect(metadata).not.toHaveProperty('finalizers');
  });

  it.each<Attempt>([
    {
      name: 'make one',
      send: makeTask({}),
      refusal: `only the operator, system:serviceaccount:${release.namespace}:container-os-operator, makes Pods in the namespace containeros-tasks`,
    },
    {
      name: 'change its image',
      send: (as) =>
        as.patch(path, 'strategic-merge', { spec: { containers: [{ name: 'task', image: 'mine' }] } }),
      refusal: 'spec: a Pod in the namespace containeros-tasks stays as it was made',
    },
    {
      name: 'add a container to it',
      send: (as) =>
        as.patch(`${path}/ephemeralcontainers`, 'strategic-merge', {
          spec: {
            ephemeralContainers: [{ name: 'mine', image: 'mine', securityContext: { privileged: true } }],
          },
        }),
      refusal:
        'pods/ephemeralcontainers: nobody gets into a Pod in the namespace containeros-tasks or changes it',
    },
    {
      name: 'give it more of the machine',
      send: (as) =>
        as.patch(`${path}/resize`, 'strategic-merge', {
          spec: { containers: [{ name: 'task', resources: { limits: { memory: '1Gi' } } }] },
        }),
      refusal: 'pods/resize: nobody gets into a Pod in the namespace containeros-tasks or changes it',
    },
    ...['exec?command=true', 'attach', 'portforward?ports=80', 'proxy'].map((how) => ({
      name: `get into it by ${how.split('?')[0] ?? ''}`,
      send: (as: ApiClient) => as.get(`${path}/${how}`),
      refusal: `pods/${how.split('?')[0] ?? ''}: nobody gets into a Pod in the namespace containeros-tasks`,
    })),
  ])('an administrator cannot $name', async ({ send, refusal }) => {
    await expect(send(cluster.admin)).rejects.toThrow(refusal);
  });

  it.each(['node-controller', 'pod-garbage-collector'])('the %s deletes it', async (name) => {
    const controller = await cluster.account('kube-system', name);
    expect(await controller.remove<ApiObject>(path)).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
    });
  });

  it('its kubelet removes it', async () => {
    await cluster.kubelet.remove(path, { gracePeriodSeconds: 0 });
    await expect(cluster.admin.get(path)).rejects.toThrow('not found');
  });
});

describe('who has broken into a node', () => {
  const secrets = '/api/v1/namespaces/containeros-tasks/secrets';
  const forged = { metadata: { annotations: { [claimKey]: 'mine' } } };
  const answer = { status: { phase: 'Succeeded' } };
  const path = `${tasks}/task-u5`;
  beforeAll(async () => {
    for (const name of ['pull', 'unused']) await cluster.admin.create(secrets, { metadata: { name } });
    await cluster.writer.createTask(aTask('n1', 'u5'), freely);
  });

  it('writes about its own node and answers its own tasks at will', async () => {
    expect(await cluster.kubelet.patch(n1, 'merge', forged)).toMatchObject(forged);
    expect(await cluster.kubelet.patch(`${path}/status`, 'merge', answer)).toMatchObject(answer);
  });

  it('writes nothing about another node, and answers no task of another', async () => {
    const { otherKubelet } = cluster;
    await expect(otherKubelet.patch(n1, 'merge', forged)).rejects.toThrow('not allowed to modify node "n1"');
    await expect(otherKubelet.patch(`${path}/status`, 'merge', answer)).rejects.toThrow(
      'node "n2" can only update pod status for pods with spec.nodeName set to itself',
    );
  });

  it("makes no mirror Pod that takes the place of another node's task", async () => {
    const { metadata } = await cluster.admin.get<ApiObject>(n1);
    const mirror = {
      ...anyPod,
      metadata: {
        name: 'task-of-another-node',
        annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: metadata.uid, controller: true },
        ],
      },
    };
    // Elsewhere it may.
    await cluster.kubelet.create('/api/v1/namespaces/default/pods', mirror);
    await expect(cluster.kubelet.create(tasks, mirror)).rejects.toThrow('only the operator,');
  });

  it('reads the pull secrets of its tasks, and no other Secret there', async () => {
    const readable = () =>
      cluster.kubelet.get(`${secrets}/pull`).then(
        () => true as const,
        () => undefined,
      );
    await until('the pull secret to be readable', readable, { withinMs: 10_000 });
    await expect(cluster.kubelet.get(`${secrets}/unused`)).rejects.toThrow('no relationship found');
  }, 15_000);
});

describe('with every right in the cluster a token of the operator still cannot', () => {
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  beforeAll(async () => {
    await cluster.admin.create(bindings, {
      metadata: { name: 'everything' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'container-os-operator', namespace: release.namespace }],
    });
    const granted = () =>
      cluster.operator.get('/api/v1/secrets').then(
        () => true as const,
        () => undefined,
      );
    await until('the rights to be there', granted, { withinMs: 30_000 });
  });
  afterAll(() => cluster.admin.remove(`${bindings}/everything`));
  const onlyUpdate = 'the operator may change Nodes that are there, and neither create nor delete one';

  it.each<Attempt>([
    {
      name: 'create a Node',
      send: (as) => as.create('/api/v1/nodes', { metadata: { name: 'mine' } }),
      refusal: onlyUpdate,
    },
    { name: 'delete a Node', send: (as) => as.remove(n1), refusal: onlyUpdate },
    {
      name: 'write the status of a Node',
      send: (as) => as.patch(`${n1}/status`, 'merge', { status: { phase: 'Running' } }),
      refusal: onlyUpdate,
    },
    {
      name: 'reach a kubelet through the API server',
      send: (as) => as.get(`${n1}/proxy/pods`),
      refusal: onlyUpdate,
    },
    {
      name: 'replace a Node',
      send: async (as) => {
        const { metadata, ...rest } = await as.get<ApiObject>(n1);
        return as.replace(n1, { ...rest, metadata: { ...metadata, labels: {} } });
      },
      refusal: `metadata.labels: ${onlyAnnotations}`,
    },
    {
      name: 'get into a task Pod',
      send: (as) => as.get(`${tasks}/any/exec?command=true`),
      refusal: 'pods/exec: nobody gets into a Pod',
    },
  ])('$name', async ({ send, refusal }) => {
    await expect(send(cluster.operator)).rejects.toThrow(refusal);
  });
});

describe('hostCommand: Nsenter', () => {
  const needs = cosAdapter.podNeeds('Inspect', { hostCommand: 'Nsenter' });

  it("is refused while the chart's value is false, and the node says which value", async () => {
    const memory = new Memory();
    const { writer } = cluster;
    const apply = createApplier({
      reader: { pods: () => new Map() },
      writer,
      memory,
      views: { views: () => new Map() },
      clock: systemClock,
      adapters: osAdapters,
      settings: defaultSettings,
      handOver: freely,
      evicted: freely,
      evictionsAtOnce: 1,
    });
    await apply(
      {
        do: 'CreateTask',
        node: 'n1',
        nodeUID: 'u2',
        policyUID: 'p',
        attempt: undefined,
        asked: undefined,
        request: {
          protocol: 1,
          task: 'Inspect',
          os: 'ContainerOptimizedOS',
          options: { hostCommand: 'Nsenter' },
        },
        deadlineSeconds: 60,
        because: 'a test',
      },
      freely,
    );
    expect(memory.taskMemory.get('u2')?.because).toBe(
      'its Inspect task was refused: the admission policy container-os-operator-task-pods does not allow it: ' +
        `${noNsenter}, which hostCommand: Nsenter of a policy needs`,
    );
  });

  it('has its privileged task Pod where the value is true', async () => {
    await cluster.upgrade({ ...values, containerOptimizedOS: { nsenter: true } });
    const allowed = () => accepts('u3');
    await until('the task to be accepted', allowed, { withinMs: 30_000 });
    expect(await cluster.admin.get(`${tasks}/task-u3`)).toMatchObject({
      spec: { hostPID: true, containers: [{ securityContext: { privileged: true } }] },
    });
  }, 60_000);

  it.each(besidePrivileged)('does not let the operator $name', async ({ send, refusal }) => {
    await expect(send(cluster.operator)).rejects.toThrow(refusal);
  });

  const accepts = async (uid: string): Promise<true | undefined> => {
    try {
      await cluster.writer.createTask(aTask('n1', uid, { needs }), freely);
      return true;
    } catch (error) {
      if (error instanceof InvalidError) return undefined;
      throw error;
    }
  };
});

describe('an upgrade to another image', () => {
  const to = (tag: string, replicas: number): Promise<void> =>
    cluster.upgrade({ ...values, image: { repository, tag }, replicas });
  const accepts = async (tag: string): Promise<boolean> => {
    try {
      await cluster.operator.create(`${tasks}?dryRun=All`, task({}, { image: `${repository}:${tag}` }));
      return true;
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringContaining('spec.containers[0].image: must be ') });
      return false;
    }
  };
  const untilAccepted = (tag: string, wanted: boolean): Promise<true> =>
    until(
      `${tag} to be ${wanted ? 'accepted' : 'refused'}`,
      async () => (await accepts(tag)) === wanted || undefined,
      { withinMs: 30_000 },
    );
  const untilReplicas = (wanted: readonly number[]): Promise<true> =>
    until(
      'the replica sets',
      async () => {
        const path = `/apis/apps/v1/namespaces/${release.namespace}/replicasets`;
        const { items } = await cluster.admin.get<ApiList<ApiObject & { spec: { replicas: number } }>>(path);
        const found = items.map(({ spec }) => spec.replicas).filter((replicas) => replicas > 0);
        return JSON.stringify(found) === JSON.stringify(wanted) || undefined;
      },
      { withinMs: 30_000 },
    );

  it('lets the tasks of the operator go on that is replaced, until it is gone', async () => {
    await to('v1', 1);
    await untilReplicas([1]);
    await to('v2', 1);
    await untilAccepted('v2', true);
    expect(await accepts('v1')).toBe(true);
    expect(await accepts('v0')).toBe(false);
    await to('v2', 0);
    await untilReplicas([]);
    await to('v2', 0);
    await untilAccepted('v1', false);
    expect(await accepts('v2')).toBe(true);
  }, 120_000);
});

describe('in the namespace of hooks', () => {
  it('others make Jobs and Pods as elsewhere, and Pod Security holds them to `restricted`', async () => {
    const path = `/api/v1/namespaces/${hooksNamespace}/pods`;
    await expect(cluster.admin.create(path, anyPod)).rejects.toThrow('violates PodSecurity "restricted');
    await cluster.admin.create(`${hookJobs}?dryRun=All`, anyJob);
  });
});
