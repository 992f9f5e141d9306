/** The Pod that the operator would make to inspect a node, under a name and in a namespace of its own: it never meets the operator's. */
import { type TaskPodOptions, taskPodManifest } from '../../adapters/kubernetes/task-pod.ts';
import { nodeUIDKey, taskKey } from '../../api/keys.ts';
import type { OsName } from '../../api/os.ts';
import { policySpec } from '../../api/policy-spec.ts';
import type { NodeFacts } from '../../plan/facts.ts';
import { defaultSettings } from '../../plan/settings.ts';
import { createTask } from '../../plan/tasks.ts';
import type { OsAdapter, TaskPodNeeds } from '../../ports/os-adapter.ts';
import type { VerifyArguments } from '../arguments.ts';

/** As the chart sets them unless its values say otherwise. */
export const podOptions: Pick<TaskPodOptions, 'imagePullPolicy' | 'limits'> = {
  imagePullPolicy: 'IfNotPresent',
  limits: { memory: '128Mi' },
};

export interface VerifyPod {
  readonly name: string;
  readonly request: string;
  readonly needs: TaskPodNeeds;
  readonly manifest: object;
}

/** `suffix` keeps several at once apart. */
export function verifyPod(
  wish: VerifyArguments,
  node: NodeFacts,
  { os, podNeeds, taskOptions }: OsAdapter,
  suffix: string,
): VerifyPod {
  const options = taskOptions(policySpec.parse(specOf(os, wish)));
  const wanted = { os, policyUID: '', options, because: 'a person wants to see it' };
  const step = createTask('Inspect', node, wanted, defaultSettings);
  const request = JSON.stringify(step.request);
  const needs = podNeeds('Inspect', options);
  const manifest = taskPodManifest(
    {
      node: node.name,
      nodeUID: node.uid,
      policyUID: '',
      attempt: undefined,
      asked: undefined,
      task: 'Inspect',
      request,
      deadlineSeconds: step.deadlineSeconds,
      needs,
    },
    { ...podOptions, image: wish.image, imagePullSecrets: wish.imagePullSecrets },
  );
  const name = `verify-${suffix}`;
  const metadata = {
    name,
    namespace: wish.namespace,
    labels: { [taskKey]: 'Inspect', [nodeUIDKey]: node.uid },
  };
  return { name, request, needs, manifest: { ...manifest, metadata } };
}

function specOf(os: OsName, { hostCommand }: VerifyArguments): object {
  return os === 'ContainerOptimizedOS' ? { os, containerOptimizedOS: { hostCommand } } : { os };
}
