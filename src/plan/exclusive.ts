/** Nodes of which only one may be out of service at a time in the whole cluster: control-plane nodes, and nodes that run the operator. */
import { controlPlaneKeys } from '../api/keys.ts';
import type { NodeFacts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';

export const isControlPlane = (node: NodeFacts): boolean =>
  controlPlaneKeys.some((key) => key in node.labels);

export function needsExclusive(node: NodeFacts, { self }: Pick<Snapshot, 'self'>): boolean {
  return (
    isControlPlane(node) ||
    self.nodeName === node.name ||
    self.replicas.some(({ nodeName }) => nodeName === node.name)
  );
}

/** A replica on another node could lead at once. */
export function otherReplicaReady({ self, nodes }: Pick<Snapshot, 'self' | 'nodes'>): boolean {
  return self.replicas.some(
    ({ nodeName, ready, pod }) =>
      ready && pod !== self.podName && nodeName !== self.nodeName && nodes.get(nodeName)?.ready === true,
  );
}

/** Another policy has a slot for such a node, which does not hold the lease yet. */
export function reservedElsewhere(
  policyUID: string,
  { policies, nodes, self }: Pick<Snapshot, 'policies' | 'nodes' | 'self'>,
): boolean {
  return policies
    .filter(({ uid }) => uid !== policyUID)
    .flatMap(({ status }) => status.claims ?? [])
    .some(({ node: name, nodeUID, phase }) => {
      const node = nodes.get(name);
      return phase === 'Reserved' && node?.uid === nodeUID && needsExclusive(node, { self });
    });
}
