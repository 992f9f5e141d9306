/** Objects for tests that need real ones, boring and valid. */
import type { Claim } from '../../../../src/api/claim.ts';
import type { HookJob, TaskPod } from '../../../../src/ports/cluster.ts';

export const aNode = (name: string): object => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });

export const aPolicy = (name: string): object => ({
  apiVersion: 'containeros.dev/v1alpha1',
  kind: 'ContainerOSPolicy',
  metadata: { name },
  spec: { os: 'Bottlerocket' },
});

export const aPod = (name: string, nodeName: string, app = name): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app } },
  spec: { nodeName, containers: [{ name: 'main', image: 'registry.example/app' }] },
});

export const aBudget = (name: string, app: string, minAvailable: number): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'default' },
  spec: { minAvailable, selector: { matchLabels: { app } } },
});

export const aClaim = (change: Partial<Claim> = {}): Claim => ({
  policy: 'p',
  policyUID: 'p-uid',
  os: 'Bottlerocket',
  attempt: 'a1',
  at: '2026-11-23T10:00:00Z',
  from: '1.25.0',
  target: '1.26.0',
  bootID: 'boot-1',
  timeouts: { drain: '30m', reboot: '20m', soak: '30s' },
  ready: [],
  added: [],
  ...change,
});

export const aTask = (node: string, nodeUID: string, change: Partial<TaskPod> = {}): TaskPod => ({
  node,
  nodeUID,
  policyUID: 'p-uid',
  attempt: 'a1',
  asked: undefined,
  task: 'Reboot',
  request: '{"protocol":1}',
  deadlineSeconds: 120,
  needs: {
    hostPaths: [{ name: 'api', hostPath: '/run/api.sock', type: 'Socket', mountPath: '/run/api.sock' }],
    runAsUser: 0,
    capabilities: [],
    seLinux: { user: 'system_u', role: 'system_r', type: 'control_t', level: 's0' },
    appArmorUnconfined: false,
    privileged: false,
    hostPID: false,
  },
  ...change,
});

export const aHookJob = (change: Partial<HookJob> = {}): HookJob => ({
  nodeUID: 'u1',
  policyUID: 'p-uid',
  attempt: 'a1',
  hook: 'beforeDrain',
  program: { image: 'registry.example/hook:1' },
  variables: { CONTAINEROS_NODE: 'n1' },
  deadlineSeconds: 600,
  ...change,
});
