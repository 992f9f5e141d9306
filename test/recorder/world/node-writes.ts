/** Our accepted writes to Nodes, next to the state that each replaced. */
import type { AuditEvent } from './audit.ts';
import { member, succeeded } from './audit.ts';
import type { History } from './history.ts';
import type { RawNode } from './objects.ts';
import { stateAt } from './timeline.ts';

export type Change = 'Set' | 'Cleared' | 'Untouched';

export interface NodeWrite {
  readonly node: string;
  readonly request: AuditEvent;
  /** The revision that it made, as far as that is known. */
  readonly revision: number;
  /** Undefined where the Node was not recorded before. */
  readonly before: RawNode | undefined;
  /** What the body asks for. */
  readonly cordon: Change;
  readonly claim: Change;
}

export function nodeWrites(history: History): readonly NodeWrite[] {
  return history.requests.filter(isNodeWrite).map((request) => {
    const node = request.objectRef?.name ?? '';
    const timeline = history.timelines('nodes').get(node) ?? [];
    const replaced = Number(member(request.requestObject, 'metadata', 'resourceVersion') ?? 0);
    const base = replaced > 0 ? replaced : history.revisionAt(Date.parse(request.requestReceivedTimestamp));
    const next = timeline.find(({ revision }) => revision > base);
    return {
      node,
      request,
      revision: next?.revision ?? base,
      before: stateAt(timeline, base)?.object,
      cordon: changeOf(member(request.requestObject, 'spec'), 'unschedulable', true),
      claim: changeOf(member(request.requestObject, 'metadata', 'annotations'), 'containeros.dev/claim'),
    };
  });
}

export function isNodeWrite(request: AuditEvent): boolean {
  return (
    request.objectRef?.resource === 'nodes' &&
    request.objectRef.subresource === undefined &&
    ['patch', 'update'].includes(request.verb) &&
    succeeded(request)
  );
}

/** In a merge patch what is not named stays, and null removes. */
function changeOf(parent: unknown, key: string, set?: unknown): Change {
  if (typeof parent !== 'object' || parent === null || !(key in parent)) return 'Untouched';
  const value = member(parent, key);
  if (set === undefined) return value === null ? 'Cleared' : 'Set';
  return value === set ? 'Set' : 'Cleared';
}
