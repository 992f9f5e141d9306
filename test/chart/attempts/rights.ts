/** What the operator's account has no right to, or what the API server itself refuses. */
import { anyPod, n1 } from '../fenced-cluster.ts';
import { release } from '../helm.ts';
import type { Attempt } from './attempt.ts';

/** Neither account may. */
const beyondBoth: readonly Attempt[] = [
  {
    name: 'write the status of a Node',
    send: (as) => as.patch(`${n1}/status`, 'merge', { status: { phase: 'Running' } }),
    refusal: 'cannot patch resource "nodes/status"',
  },
  {
    name: 'create a Node',
    send: (as) => as.create('/api/v1/nodes', { metadata: { name: 'mine' } }),
    refusal: 'cannot create resource "nodes"',
  },
  { name: 'delete a Node', send: (as) => as.remove(n1), refusal: 'cannot delete resource "nodes"' },
  {
    name: 'read Secrets',
    send: (as) => as.get('/api/v1/namespaces/kube-system/secrets'),
    refusal: 'cannot list resource "secrets"',
  },
  {
    name: 'get a token of another account',
    send: (as) => as.create('/api/v1/namespaces/kube-system/serviceaccounts/default/token', { spec: {} }),
    refusal: 'cannot create resource "serviceaccounts/token"',
  },
  {
    name: 'change a policy',
    send: (as) => as.patch('/apis/containeros.dev/v1alpha1/containerospolicies/any', 'merge', {}),
    refusal: 'cannot patch resource "containerospolicies"',
  },
  {
    name: 'take the admission policies away',
    send: (as) =>
      as.remove(
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/container-os-operator-nodes',
      ),
    refusal: 'cannot delete resource "validatingadmissionpolicies"',
  },
  {
    name: 'make a Pod in another namespace',
    send: (as) => as.create('/api/v1/namespaces/default/pods', anyPod),
    refusal: 'cannot create resource "pods" in API group "" in the namespace "default"',
  },
  {
    name: 'delete a Pod in another namespace',
    send: (as) => as.remove('/api/v1/namespaces/default/pods/guarded'),
    refusal: 'cannot delete resource "pods" in API group "" in the namespace "default"',
  },
];

export const beyondItsRights: readonly Attempt[] = [
  ...beyondBoth,
  {
    name: 'evict a Pod that a PodDisruptionBudget protects',
    send: (as) =>
      as.create('/api/v1/namespaces/default/pods/guarded/eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'guarded' },
        deleteOptions: { gracePeriodSeconds: 0 },
      }),
    refusal: "Cannot evict pod as it would violate the pod's disruption budget",
  },
];

export const beyondTheHook: readonly Attempt[] = [
  ...beyondBoth,
  {
    name: 'evict a Pod',
    send: (as) =>
      as.create('/api/v1/namespaces/default/pods/guarded/eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'guarded' },
      }),
    refusal: 'cannot create resource "pods/eviction"',
  },
  {
    name: 'read the policies',
    send: (as) => as.get('/apis/containeros.dev/v1alpha1/containerospolicies'),
    refusal: 'cannot list resource "containerospolicies"',
  },
  {
    name: 'scale another Deployment',
    send: (as) =>
      as.patch('/apis/apps/v1/namespaces/default/deployments/any/scale', 'merge', { spec: { replicas: 0 } }),
    refusal: 'cannot patch resource "deployments/scale"',
  },
  {
    name: 'give the Deployment of the operator another image',
    send: (as) =>
      as.patch(
        `/apis/apps/v1/namespaces/${release.namespace}/deployments/container-os-operator`,
        'merge',
        {},
      ),
    refusal: 'cannot patch resource "deployments"',
  },
];
