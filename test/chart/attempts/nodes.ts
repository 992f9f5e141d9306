/** What the right to patch Nodes would let the operator's account do to them, and its admission policy does not. */
import { doNotDisruptKey, scaleDownDisabledKey } from '../../../src/api/keys.ts';
import type { ApiClient } from '../../lab/api/api-client.ts';
import { n1 } from '../fenced-cluster.ts';
import type { Attempt } from './attempt.ts';

const node = (change: object) => (as: ApiClient) => as.patch(n1, 'merge', change);
const metadata = (change: object) => node({ metadata: change });
const onlySpec = 'of the spec of a Node the operator may change unschedulable only';
export const onlyAnnotations = 'of the metadata of a Node the operator may change annotations only';
const onlyOurs = `the operator may change annotations under containeros.dev/, ${scaleDownDisabledKey} and ${doNotDisruptKey} only`;

export const onNodes: readonly Attempt[] = [
  {
    name: 'change a label of a Node',
    send: metadata({ labels: { pool: 'mine' } }),
    refusal: `metadata.labels: ${onlyAnnotations}`,
  },
  {
    name: 'remove a label of a Node',
    send: metadata({ labels: { pool: null } }),
    refusal: `metadata.labels: ${onlyAnnotations}`,
  },
  {
    name: 'taint a Node',
    send: node({ spec: { taints: [{ key: 'mine', effect: 'NoExecute' }] } }),
    refusal: `spec.taints: ${onlySpec}`,
  },
  {
    name: 'take the taints off a Node',
    send: node({ spec: { taints: null } }),
    refusal: `spec.taints: ${onlySpec}`,
  },
  {
    name: 'say that a Node is another machine',
    send: node({ spec: { providerID: 'example:///mine' } }),
    refusal: `spec.providerID: ${onlySpec}`,
  },
  {
    name: 'give a Node addresses for Pods',
    send: node({ spec: { podCIDR: '10.9.0.0/24', podCIDRs: ['10.9.0.0/24'] } }),
    // In either order.
    refusal: 'denied request: spec.podCIDR',
  },
  {
    name: 'change something else along with a cordon',
    send: node({ spec: { unschedulable: true, providerID: 'example:///mine' } }),
    refusal: `spec.providerID: ${onlySpec}`,
  },
  {
    name: 'put a finalizer on a Node',
    send: metadata({ finalizers: ['example.com/mine'] }),
    refusal: `metadata.finalizers: ${onlyAnnotations}`,
  },
  {
    name: 'have a Node deleted along with something else',
    send: metadata({ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'gone', uid: 'gone' }] }),
    refusal: `metadata.ownerReferences: ${onlyAnnotations}`,
  },
  {
    name: 'add an annotation of others to a Node',
    send: metadata({ annotations: { 'csi.volume.kubernetes.io/nodeid': '{}' } }),
    refusal: `metadata.annotations[csi.volume.kubernetes.io/nodeid]: ${onlyOurs}`,
  },
  {
    name: 'change an annotation of others on a Node',
    send: metadata({ annotations: { 'example.com/owner': 'mine', 'example.com/cost': '0' } }),
    refusal: 'metadata.annotations[example.com/',
  },
  {
    name: 'remove an annotation of others from a Node',
    send: metadata({ annotations: { 'example.com/owner': null } }),
    refusal: `metadata.annotations[example.com/owner]: ${onlyOurs}`,
  },
  {
    name: 'use a key that only begins like its own',
    send: metadata({ annotations: { 'containeros.dev.example.com/a': 'b' } }),
    refusal: `metadata.annotations[containeros.dev.example.com/a]: ${onlyOurs}`,
  },
];
