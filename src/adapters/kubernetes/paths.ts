/** Where things are at the API server. */
import { nodeKind, policyKind } from '../../api/kinds.ts';
import { group, tasksNamespace, version } from '../../api/keys.ts';

const own = `/apis/${group}/${version}`;
const name = encodeURIComponent;

export const policiesPath = `${own}/${policyKind.plural}`;
export const policyStatusPath = (policy: string): string => `${policiesPath}/${name(policy)}/status`;
export const viewsPath = `${own}/${nodeKind.plural}`;
export const viewPath = (view: string): string => `${viewsPath}/${name(view)}`;
export const nodePath = (node: string): string => `/api/v1/nodes/${name(node)}`;
export const allPodsPath = '/api/v1/pods';
export const podsPath = (namespace: string): string => `/api/v1/namespaces/${name(namespace)}/pods`;
export const taskPodsPath = podsPath(tasksNamespace);
export const taskPodPath = (pod: string): string => `${taskPodsPath}/${name(pod)}`;
export const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${name(namespace)}/jobs`;
export const jobPath = (namespace: string, job: string): string => `${jobsPath(namespace)}/${name(job)}`;
export const evictionPath = (namespace: string, pod: string): string =>
  `${podsPath(namespace)}/${name(pod)}/eviction`;
export const secretPath = (namespace: string, secret: string): string =>
  `/api/v1/namespaces/${name(namespace)}/secrets/${name(secret)}`;
export const leasesPath = (namespace: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${name(namespace)}/leases`;
/** Events about cluster-scoped objects live in `default`. */
export const eventsPath = '/apis/events.k8s.io/v1/namespaces/default/events';
