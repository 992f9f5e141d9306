/** Writes to Nodes: each one merge PATCH with the resourceVersion of the Node that the plan was made from, so that nothing is set on a Node that changed since. */
import { formatClaim } from '../../api/claim.ts';
import type { Claim } from '../../api/claim.ts';
import { claimKey, restoreKey } from '../../api/keys.ts';
import { formatRestore } from '../../api/restore.ts';
import type { ClusterWriter, Guard } from '../../ports/cluster.ts';
import type { ApiClient } from './client.ts';
import { inPortWords } from './errors.ts';
import type { RawNode } from './facts/node.ts';
import { nodePath } from './paths.ts';

type NodeWrites = Pick<ClusterWriter, 'claimNode' | 'orderReboot' | 'releaseNode' | 'noteSettings'>;

export function nodeWrites(api: ApiClient, wrote: (node: RawNode) => void): NodeWrites {
  const patch = async (node: string, version: string, change: NodeChange, guard?: Guard): Promise<void> => {
    const body = {
      metadata: { resourceVersion: version, annotations: change.annotations },
      ...(change.spec && { spec: change.spec }),
    };
    wrote(await inPortWords(api.request<RawNode>({ method: 'PATCH', path: nodePath(node), body, guard })));
  };
  return {
    claimNode: (node, version, claim, annotations, guard) =>
      // The claim and the cordon in one write: neither is ever there without the other.
      patch(
        node,
        version,
        { annotations: { ...annotations, ...claimed(claim) }, spec: { unschedulable: true } },
        guard,
      ),
    orderReboot: (node, version, claim, order, guard) =>
      patch(node, version, { annotations: claimed({ ...claim, order }) }, guard),
    releaseNode: (node, version, uncordon, remove) =>
      patch(node, version, {
        annotations: Object.fromEntries([claimKey, ...remove].map((key) => [key, null])),
        ...(uncordon && { spec: { unschedulable: null } }),
      }),
    noteSettings: (node, version, note, guard) =>
      patch(
        node,
        version,
        { annotations: { [restoreKey]: note === undefined ? null : formatRestore(note) } },
        guard,
      ),
  };
}

interface NodeChange {
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly spec?: { readonly unschedulable: true | null };
}

function claimed(claim: Claim): Record<string, string> {
  return { [claimKey]: formatClaim(claim) };
}
