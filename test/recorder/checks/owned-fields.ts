/** S11: we write only what is ours. */
import type { Breach } from '../violation.ts';
import type { AuditEvent } from '../world/audit.ts';
import {
  describeRequest,
  hooksNamespace,
  member,
  operatorNamespace,
  tasksNamespace,
} from '../world/audit.ts';
import { claimOf } from '../world/node.ts';
import type { NodeWrite } from '../world/node-writes.ts';
import { nodeWrites } from '../world/node-writes.ts';
import type { Check } from './check.ts';

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const autoscalerKeys = [
  'cluster-autoscaler.kubernetes.io/scale-down-disabled',
  'karpenter.sh/do-not-disrupt',
];

/** `verb resource[/subresource][@namespace]` of every write that is ours to send. */
const ours = new Set([
  'patch nodes',
  'update containerospolicies/status',
  'create containerosnodes',
  'delete containerosnodes',
  'update containerosnodes/status',
  `create pods@${tasksNamespace}`,
  'create pods/eviction',
  `create jobs@${hooksNamespace}`,
  `delete jobs@${hooksNamespace}`,
  `create leases@${operatorNamespace}`,
  `update leases@${operatorNamespace}`,
  `delete leases@${operatorNamespace}`,
  'create events@default',
  'patch events@default',
]);

export const checkOwnedFields: Check = (history) => {
  const foreign = history.requests
    .filter((request) => writes.includes(request.verb) && !isOurs(request))
    .map((request): Breach => ({
      id: 'S11',
      revision: history.revisionAt(Date.parse(request.requestReceivedTimestamp)),
      sentence: `${describeRequest(request)} is no write of ours`,
      nodes: request.objectRef?.resource === 'nodes' ? [request.objectRef.name ?? ''] : [],
    }));
  const fields = nodeWrites(history).flatMap((write) =>
    foreignFields(write).map((field): Breach => ({
      id: 'S11',
      revision: write.revision,
      sentence: `our write to ${write.node} touches ${field}`,
      nodes: [write.node],
    })),
  );
  return [...foreign, ...fields];
};

/** The account of the pre-delete hook, which alone takes the operator down. */
const hook = `system:serviceaccount:${operatorNamespace}:container-os-operator-release`;

function isOurs({ verb, objectRef, user }: AuditEvent): boolean {
  const { resource = '', subresource, namespace = '' } = objectRef ?? {};
  // Pods that are deleted where they should be evicted are S3's to judge.
  if (resource === 'pods' && verb.startsWith('delete')) return true;
  const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  if (what === 'patch deployments/scale') return namespace === operatorNamespace && user.username === hook;
  return ours.has(what) || ours.has(`${what}@${namespace}`);
}

function foreignFields({ request, before }: NodeWrite): readonly string[] {
  const { requestObject: body } = request;
  const besides = (allowed: readonly string[], ...path: readonly string[]): readonly string[] =>
    keysOf(member(body, ...path))
      .filter((key) => !allowed.includes(key))
      .map((key) => [...path, key].join('.'));
  const added = claimOf(before)?.added ?? [];
  const annotations = keysOf(member(body, 'metadata', 'annotations')).filter((key) => {
    if (key.startsWith('containeros.dev/')) return false;
    if (!autoscalerKeys.includes(key)) return true;
    // Set where it was absent, removed where the claim says that it is ours: else it is somebody's.
    return before?.metadata.annotations?.[key] !== undefined && !added.includes(key);
  });
  return [
    ...besides(['apiVersion', 'kind', 'metadata', 'spec']),
    ...besides(['name', 'uid', 'resourceVersion', 'annotations'], 'metadata'),
    ...besides(['unschedulable'], 'spec'),
    ...annotations.map((key) => `the annotation ${key}`),
  ];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
