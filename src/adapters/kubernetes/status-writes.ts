/** Writes to our own two kinds: always PUT of the whole status with the resourceVersion that it was made from. */
import { isDeepStrictEqual } from 'node:util';
import type { NodeViewStatus } from '../../api/container-os-node.ts';
import { apiVersion, nodeKind, policyKind } from '../../api/kinds.ts';
import type { NodeFacts, NodeView } from '../../plan/facts.ts';
import type { ClusterWriter } from '../../ports/cluster.ts';
import { ConflictError } from '../../ports/errors.ts';
import type { ApiClient } from './client.ts';
import { inPortWords, isFailure, toPortError } from './errors.ts';
import type { RawPolicy } from './facts/policy.ts';
import type { RawView } from './facts/view.ts';
import { viewFacts } from './facts/view.ts';
import { policyStatusPath, viewPath, viewsPath } from './paths.ts';

type StatusWrites = Pick<ClusterWriter, 'putPolicyStatus' | 'putView' | 'deleteView'>;

export interface Wrote {
  readonly policy: (policy: RawPolicy) => void;
  readonly view: (view: RawView) => void;
}

export function statusWrites(api: ApiClient, wrote: Wrote): StatusWrites {
  const createView = async (node: NodeFacts): Promise<NodeView> => {
    const body = {
      apiVersion,
      kind: nodeKind.kind,
      metadata: {
        name: node.name,
        // Goes with its Node; never keeps it from going.
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid }],
      },
    };
    return viewFacts(await inPortWords(api.request<RawView>({ method: 'POST', path: viewsPath, body })));
  };

  const deleteView = async ({ name, uid }: NodeView): Promise<void> => {
    try {
      await api.request({ method: 'DELETE', path: viewPath(name), body: { preconditions: { uid } } });
    } catch (error) {
      // Gone, or another one by now: in both cases this one is not there.
      if (!isFailure(error, 'NotFound') && !isFailure(error, 'Conflict')) throw toPortError(error);
    }
  };

  const putViewStatus = async (view: NodeView, status: NodeViewStatus): Promise<void> => {
    const { name, uid, resourceVersion } = view;
    const body = { apiVersion, kind: nodeKind.kind, metadata: { name, uid, resourceVersion }, status };
    const path = `${viewPath(name)}/status`;
    wrote.view(await inPortWords(api.request<RawView>({ method: 'PUT', path, body })));
  };

  return {
    putPolicyStatus: async (policy, status, guard) => {
      if (isDeepStrictEqual(policy.status, status)) return;
      const { name, uid, resourceVersion } = policy;
      const body = { apiVersion, kind: policyKind.kind, metadata: { name, uid, resourceVersion }, status };
      const path = policyStatusPath(name);
      try {
        wrote.policy(await api.request<RawPolicy>({ method: 'PUT', path, body, guard }));
      } catch (error) {
        // Deleted since it was read: like any other change, something to look at anew.
        if (isFailure(error, 'NotFound')) throw new ConflictError(error.message, { cause: error });
        throw toPortError(error);
      }
    },
    putView: async (node, view, status) => {
      if (view !== undefined && view.nodeUID === node.uid) {
        if (!isDeepStrictEqual(view.status, status)) await putViewStatus(view, status);
        return;
      }
      // The view of an earlier Node of this name: its owner cannot be another one, so it is made anew.
      if (view !== undefined) await deleteView(view);
      await putViewStatus(await createView(node), status);
    },
    deleteView,
  };
}
