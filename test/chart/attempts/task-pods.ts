/** Pods that the right to make task Pods would let the operator's account make, and its admission policy does not. */
import { taskPodManifest } from '../../../src/adapters/kubernetes/task-pod.ts';
import type { TaskPodOptions } from '../../../src/adapters/kubernetes/task-pod.ts';
import { cosAdapter } from '../../../src/adapters/os/cos/adapter.ts';
import type { OsAdapter } from '../../../src/ports/os-adapter.ts';
import { aTask } from '../../adapters/kubernetes/support/objects.ts';
import type { ApiClient } from '../../lab/api/api-client.ts';
import { anyPod, tasks } from '../fenced-cluster.ts';
import type { Attempt } from './attempt.ts';

export const repository = 'registry.example.com/container-os-operator';
export const options: TaskPodOptions = {
  image: `${repository}:v1`,
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: ['pull'],
  limits: { memory: '128Mi' },
};

/** The Pod of a task of this system, with other fields of its spec, of its container and of its metadata. */
export const changed = (
  { podNeeds }: OsAdapter,
  spec: object,
  container: object = {},
  metadata: object = {},
) => {
  const made = taskPodManifest(aTask('n1', 'stolen', { needs: podNeeds('Reboot', {}) }), options);
  const pod = Object(made);
  const containers = [{ ...pod.spec.containers[0], ...container }];
  return {
    ...pod,
    metadata: { ...pod.metadata, ...metadata },
    spec: { ...pod.spec, containers, ...spec },
  };
};
/** The Pod of a COS task, which has the strongest rights of all, with other fields of its spec and of its container. */
export const task = (spec: object, container?: object) => changed(cosAdapter, spec, container);
export const makeTask = (spec: object, container?: object) => (as: ApiClient) =>
  as.create(tasks, task(spec, container));
const volume = (source: object) => ({ volumes: [{ name: 'host', ...source }] });
const secured = (change: object) => ({
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, ...change },
});
const hook = { exec: { command: ['/nodejs/bin/node', '-e', 'anything'] } };
const loader = { name: 'NODE_OPTIONS', value: '--import=/host/mine.js' };
const onlyTask = 'spec.containers[0].env: must be CONTAINEROS_TASK with a plain value, and nothing else';
const onlyMount =
  'spec.containers[0].volumeMounts: must be the one volume, / at /host or /run/api.sock at /run/api.sock, without a subPath';
export const noNsenter =
  "spec.containers[0].securityContext.privileged and spec.hostPID: allowed only where the chart's value containerOptimizedOS.nsenter is true";

export const ofTaskPods: readonly Attempt[] = [
  {
    name: 'make a task Pod of another image',
    send: makeTask({}, { image: 'registry.example.com/mine:v1' }),
    refusal: `spec.containers[0].image: must be ${repository}:v1`,
  },
  {
    name: 'make a task Pod of another version of the image',
    send: makeTask({}, { image: `${repository}:v0` }),
    refusal: `spec.containers[0].image: must be ${repository}:v1`,
  },
  {
    name: 'make a task Pod that runs another program of the image',
    send: makeTask({}, { command: ['/nodejs/bin/node', '-e', 'anything'] }),
    refusal: "spec.containers[0].command: must be ['/nodejs/bin/node', '/app/node-task.js']",
  },
  ...Object.entries({
    args: ['anything'],
    envFrom: [{ secretRef: { name: 'pull' } }],
    lifecycle: { postStart: hook },
    livenessProbe: hook,
    readinessProbe: hook,
    startupProbe: hook,
    workingDir: '/host',
  }).map(([field, value]) => ({
    name: `make a task Pod with ${field}`,
    send: makeTask({}, { [field]: value }),
    refusal:
      'spec.containers[0]: must have none of args, envFrom, lifecycle, livenessProbe, readinessProbe, startupProbe, workingDir',
  })),
  {
    name: 'make a task Pod with one more variable, which loads a program',
    send: makeTask({}, { env: [{ name: 'CONTAINEROS_TASK', value: '{}' }, loader] }),
    refusal: onlyTask,
  },
  {
    name: 'make a task Pod with another variable',
    send: makeTask({}, { env: [loader] }),
    refusal: onlyTask,
  },
  {
    name: 'make a task Pod with a variable out of a Secret',
    send: makeTask(
      {},
      { env: [{ name: 'CONTAINEROS_TASK', valueFrom: { secretKeyRef: { name: 'pull', key: 'a' } } }] },
    ),
    refusal: onlyTask,
  },
  {
    name: 'make a task Pod in which the host replaces the program',
    send: makeTask({}, { volumeMounts: [{ name: 'host', mountPath: '/app' }] }),
    refusal: onlyMount,
  },
  {
    name: 'make a task Pod with the root of the host in the place of the socket',
    send: makeTask({}, { volumeMounts: [{ name: 'host', mountPath: '/run/api.sock' }] }),
    refusal: onlyMount,
  },
  {
    name: 'make a task Pod with a second mount',
    send: makeTask({}, { volumeMounts: ['/host', '/app'].map((mountPath) => ({ name: 'host', mountPath })) }),
    refusal: onlyMount,
  },
  ...['subPath', 'subPathExpr'].map((field) => ({
    name: `make a task Pod with a chosen folder as the root of the host, by ${field}`,
    send: makeTask({}, { volumeMounts: [{ name: 'host', mountPath: '/host', [field]: 'tmp/mine' }] }),
    refusal: onlyMount,
  })),
  {
    name: 'make a privileged task Pod',
    send: makeTask({}, { securityContext: { privileged: true } }),
    refusal: noNsenter,
  },
  {
    name: 'make a task Pod that gains privileges',
    send: makeTask({}, secured({ allowPrivilegeEscalation: true })),
    refusal: 'spec.containers[0].securityContext.allowPrivilegeEscalation: must be false',
  },
  {
    name: 'make a task Pod with another capability',
    send: makeTask({}, secured({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })),
    refusal: 'spec.containers[0].securityContext.capabilities: must drop ALL and may add SYS_CHROOT only',
  },
  {
    name: "make a task Pod with the runtime's usual capabilities",
    send: makeTask({}, secured({ capabilities: {} })),
    refusal: 'spec.containers[0].securityContext.capabilities: must drop ALL and may add SYS_CHROOT only',
  },
  {
    name: 'make a task Pod that mounts /etc of the host',
    send: makeTask(volume({ hostPath: { path: '/etc' } })),
    refusal: 'spec.volumes: must be one hostPath, /run/api.sock or /',
  },
  {
    name: 'make a task Pod that mounts a Secret',
    send: makeTask(volume({ secret: { secretName: 'pull' } })),
    refusal: 'spec.volumes: must be one hostPath, /run/api.sock or /; neither a Secret,',
  },
  {
    name: 'make a task Pod that mounts a ConfigMap',
    send: makeTask(volume({ configMap: { name: 'kube-root-ca.crt' } })),
    refusal: 'spec.volumes: must be one hostPath',
  },
  {
    name: 'make a task Pod that mounts a token',
    send: makeTask(volume({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })),
    refusal: 'spec.volumes: must be one hostPath',
  },
  {
    name: 'make a task Pod with the token of its account',
    send: makeTask({ automountServiceAccountToken: true }),
    refusal: 'spec.automountServiceAccountToken: must be false',
  },
  {
    name: 'make a task Pod with a second volume',
    send: makeTask({ volumes: ['host', 'other'].map((name) => ({ name, hostPath: { path: '/' } })) }),
    refusal: 'spec.volumes: must be one hostPath',
  },
  {
    name: 'make a task Pod of another account',
    send: makeTask({ serviceAccountName: 'somebody' }),
    refusal: 'spec.serviceAccountName: must be default',
  },
  {
    name: 'make a task Pod in the network of its host',
    send: makeTask({ hostNetwork: true }),
    refusal: 'spec.hostNetwork and spec.hostIPC: must be false',
  },
  {
    name: 'make a task Pod among the processes of its host',
    send: makeTask({ hostPID: true }),
    refusal: noNsenter,
  },
  {
    name: 'make a task Pod that shares memory with its host',
    send: makeTask({ hostIPC: true }),
    refusal: 'spec.hostNetwork and spec.hostIPC: must be false',
  },
  {
    name: 'make a task Pod for whichever node',
    send: makeTask({ nodeName: undefined }),
    refusal: 'spec.nodeName: must name the node of the task',
  },
  {
    name: 'make a task Pod with a second container',
    send: makeTask({ containers: [...task({}).spec.containers, anyPod.spec.containers[0]] }),
    refusal: 'spec.containers and spec.initContainers: must be exactly one, and none',
  },
  {
    name: 'make a task Pod with an init container',
    send: makeTask({ initContainers: anyPod.spec.containers }),
    refusal: 'spec.containers and spec.initContainers: must be exactly one, and none',
  },
  {
    name: 'make a task Pod for which a kubelet kills others',
    send: makeTask({ priorityClassName: 'system-node-critical' }),
    refusal: 'spec.priorityClassName: must not be system-node-critical',
  },
  {
    name: 'make a task Pod that is started again',
    send: makeTask({ restartPolicy: 'Always' }),
    refusal: 'spec.restartPolicy: must be Never',
  },
];
