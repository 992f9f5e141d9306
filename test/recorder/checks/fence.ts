/** S10: a leader that slept writes nothing. Each write names the object it replaces, and a fence that was replaced never comes back. */
import type { Breach } from '../violation.ts';
import { describeRequest, member, succeeded } from '../world/audit.ts';
import { newClaims } from '../world/ledger.ts';
import { isNodeWrite } from '../world/node-writes.ts';
import type { Check } from './check.ts';

export const checkFence: Check = (history) => {
  const unfenced = newClaims(history).flatMap(({ before, after, revision, entries }): readonly Breach[] => {
    if (before.status?.fence === after.status?.fence && after.status?.fence !== undefined) return [];
    const nodes = entries.map(({ node }) => node);
    const { name } = after.metadata;
    const sentence = `policy ${name} claims ${nodes.join(', ')} in the write that changes its fence, or without one`;
    return [{ id: 'S10', revision, sentence, nodes, policies: [name] }];
  });

  const former = new Map<string, Set<string>>();
  const returned = history.changes('policies').flatMap(({ object, before, revision }): readonly Breach[] => {
    const fence = object?.status?.fence;
    const last = before?.object?.status?.fence;
    if (object === undefined || last === undefined || fence === last) return [];
    const { name, uid } = object.metadata;
    const replaced = former.get(uid) ?? new Set();
    former.set(uid, replaced.add(last));
    if (fence === undefined || !replaced.has(fence)) return [];
    const sentence = `the fence ${fence} of policy ${name}, which another leader had replaced, is back`;
    return [{ id: 'S10', revision, sentence, nodes: [], policies: [name] }];
  });

  const blind = history.requests.flatMap((request): readonly Breach[] => {
    const { objectRef, requestObject } = request;
    const ledger =
      objectRef?.resource === 'containerospolicies' && succeeded(request) && request.verb !== 'get';
    const writes = isNodeWrite(request) || (ledger && objectRef.subresource === 'status');
    if (!writes || typeof member(requestObject, 'metadata', 'resourceVersion') === 'string') return [];
    return [
      {
        id: 'S10',
        revision: history.revisionAt(Date.parse(request.requestReceivedTimestamp)),
        sentence: `${describeRequest(request)} names no resourceVersion, so it goes through whatever was written before`,
        nodes: objectRef?.resource === 'nodes' ? [objectRef.name ?? ''] : [],
      },
    ];
  });
  return [...unfenced, ...returned, ...blind];
};
