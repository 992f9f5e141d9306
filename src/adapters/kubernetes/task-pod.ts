/** The Pod of one node task: bound to its node, without credentials, with the least mounts and rights that its host asks for. */
import { askedKey, attemptKey, nodeUIDKey, policyUIDKey, taskKey, tasksNamespace } from '../../api/keys.ts';
import type { TaskPod } from '../../ports/cluster.ts';
import type { TaskPodNeeds } from '../../ports/os-adapter.ts';
import { taskPodPrefix } from './facts/task-record.ts';

/** What an administrator sets for all task Pods. */
export interface TaskPodOptions {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets in the tasks namespace. */
  readonly imagePullSecrets: readonly string[];
  /** Kubernetes quantities, say `{ memory: '128Mi' }`. */
  readonly limits: Readonly<Record<string, string>>;
}

export function taskPodName(nodeUID: string): string {
  return `${taskPodPrefix}${nodeUID}`;
}

export function taskPodManifest(task: TaskPod, options: TaskPodOptions): object {
  const { needs } = task;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // At most one task per node exists, because this name does.
      name: taskPodName(task.nodeUID),
      namespace: tasksNamespace,
      labels: { [taskKey]: task.task, [nodeUIDKey]: task.nodeUID, [policyUIDKey]: task.policyUID },
      annotations: {
        ...(task.attempt !== undefined && { [attemptKey]: task.attempt }),
        ...(task.asked !== undefined && { [askedKey]: task.asked }),
      },
    },
    spec: {
      nodeName: task.node,
      restartPolicy: 'Never',
      activeDeadlineSeconds: task.deadlineSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // No ClusterIP is ever called from a host task, and the cluster's DNS may be among what is being drained.
      dnsPolicy: 'Default',
      tolerations: [{ operator: 'Exists' }],
      imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })),
      ...(needs.hostPID && { hostPID: true }),
      securityContext: podSecurity(needs),
      containers: [
        {
          name: 'task',
          image: options.image,
          imagePullPolicy: options.imagePullPolicy,
          command: ['/nodejs/bin/node', '/app/node-task.js'],
          env: [{ name: 'CONTAINEROS_TASK', value: task.request }],
          resources: { requests: nothingOf(options.limits), limits: options.limits },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          securityContext: containerSecurity(needs),
          volumeMounts: needs.hostPaths.map(({ name, mountPath }) => ({ name, mountPath })),
        },
      ],
      volumes: needs.hostPaths.map(({ name, hostPath, type }) => ({
        name,
        hostPath: { path: hostPath, type },
      })),
    },
  };
}

/**
 * Exactly nothing: a Pod that asks for something makes the kubelet of a full node kill others for it. A limit without a request would be
 * taken for one.
 */
function nothingOf(limits: TaskPodOptions['limits']): Readonly<Record<string, string>> {
  return Object.fromEntries(['cpu', 'memory', ...Object.keys(limits)].map((resource) => [resource, '0']));
}

function podSecurity(needs: TaskPodNeeds): object {
  return {
    runAsUser: needs.runAsUser,
    runAsGroup: 0,
    ...(needs.seLinux && { seLinuxOptions: needs.seLinux }),
    ...(needs.appArmorUnconfined && { appArmorProfile: { type: 'Unconfined' } }),
    // A privileged container runs without a filter in any case; asking for one would only read as if it had one.
    ...(!needs.privileged && { seccompProfile: { type: 'RuntimeDefault' } }),
  };
}

function containerSecurity({ privileged, capabilities }: TaskPodNeeds): object {
  if (privileged) return { privileged: true, readOnlyRootFilesystem: true };
  return {
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
  };
}
