/**
 * The cluster without our own kinds, for a process that only puts nodes back: every policy counts as gone, so that every claim is
 * finished or released; and what tasks answer is kept in memory, so that it works where the kinds are gone too.
 */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import { retryKey } from '../api/keys.ts';
import type { NodeFacts, NodeView } from '../plan/facts.ts';
import { cut } from '../plan/holdback.ts';
import type { Change, ClusterReader, ClusterWriter } from '../ports/cluster.ts';

export interface KindlessCluster {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
}

export function withoutKinds(reader: ClusterReader, writer: ClusterWriter): KindlessCluster {
  const views = new Map<string, NodeView>();
  const listeners: ((change: Change) => void)[] = [];
  let written = 0;
  const tell = (node: string): void => {
    for (const listener of listeners) listener({ kind: 'View', node });
  };
  return {
    reader: {
      ...reader,
      policies: () => [],
      views: () => views,
      onChange: (listener) => {
        listeners.push(listener);
        reader.onChange(listener);
      },
    },
    writer: {
      ...writer,
      putView: (node, _view, status) => {
        const { name, uid: nodeUID } = node;
        const first = views.get(name)?.nodeUID !== nodeUID;
        written += 1;
        views.set(name, {
          name,
          uid: '',
          resourceVersion: String(written),
          nodeUID,
          status: first ? withRetrySeen(node, status) : status,
        });
        tell(name);
        return Promise.resolve();
      },
      deleteView: ({ name }) => {
        views.delete(name);
        return Promise.resolve();
      },
    },
  };
}

/** A retry that was asked for before is old: it must not put a node back that failed since. */
function withRetrySeen({ annotations }: NodeFacts, status: NodeViewStatus): NodeViewStatus {
  const retry = annotations[retryKey];
  return retry === undefined ? status : { ...status, retrySeen: cut(retry) };
}
