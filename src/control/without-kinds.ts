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
  const put = ({ name, uid }: NodeFacts, status: NodeViewStatus): void => {
    written += 1;
    views.set(name, { name, uid: '', resourceVersion: String(written), nodeUID: uid, status });
  };
  return {
    reader: {
      ...reader,
      policies: () => [],
      views: () => {
        for (const node of reader.nodes().values()) {
          const retry = node.annotations[retryKey];
          // A retry that was asked for before we came must not put a node back that has failed since.
          if (retry !== undefined && views.get(node.name)?.nodeUID !== node.uid)
            put(node, { retrySeen: cut(retry) });
        }
        return views;
      },
      onChange: (listener) => {
        listeners.push(listener);
        reader.onChange(listener);
      },
    },
    writer: {
      ...writer,
      putView: (node, _view, status) => {
        put(node, status);
        for (const listener of listeners) listener({ kind: 'View', node: node.name });
        return Promise.resolve();
      },
      deleteView: ({ name }) => {
        views.delete(name);
        return Promise.resolve();
      },
    },
  };
}
