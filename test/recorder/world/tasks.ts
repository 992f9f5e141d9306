/** Task Pods and the operator's own, told by namespace and labels. */
import { operatorNamespace, tasksNamespace } from './audit.ts';
import type { RawPod } from './objects.ts';

export const isTask = ({ metadata }: RawPod): boolean => metadata.namespace === tasksNamespace;

export const taskNodeUID = ({ metadata }: RawPod): string | undefined =>
  metadata.labels?.['containeros.dev/node-uid'];

export const taskKind = ({ metadata }: RawPod): string | undefined =>
  metadata.labels?.['containeros.dev/task'];

export const isReplica = ({ metadata }: RawPod): boolean =>
  metadata.namespace === operatorNamespace &&
  metadata.labels?.['app.kubernetes.io/name'] === 'container-os-operator';

export const hasEnded = ({ status }: RawPod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';
