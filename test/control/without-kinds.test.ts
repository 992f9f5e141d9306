import { describe, expect, it } from '@jest/globals';
import { retryKey } from '../../src/api/keys.ts';
import { withoutKinds } from '../../src/control/without-kinds.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import type { Change, ClusterReader, ClusterWriter } from '../../src/ports/cluster.ts';
import { aNode, aPolicy } from '../support/builders.ts';

function kindless(...nodes: NodeFacts[]) {
  const refuse = () => Promise.reject(new Error('must not be sent'));
  const reader: Partial<ClusterReader> = {
    policies: () => [aPolicy()],
    nodes: () => new Map(nodes.map((node) => [node.name, node])),
    onChange: () => undefined,
  };
  const writer: Partial<ClusterWriter> = { putView: refuse, deleteView: refuse };
  return withoutKinds(reader as ClusterReader, writer as ClusterWriter);
}

describe('a cluster without our kinds', () => {
  it('has no policy, and remembers views as if they were stored', async () => {
    const node = aNode('n1');
    const { reader, writer } = kindless(node);
    const changes: Change[] = [];
    reader.onChange((change) => changes.push(change));
    expect(reader.policies()).toEqual([]);
    await writer.putView(node, undefined, { because: 'told' });
    const first = reader.views().get('n1');
    expect(first).toMatchObject({ nodeUID: node.uid, status: { because: 'told' } });
    await writer.putView(node, first, { because: 'told again' });
    expect(reader.views().get('n1')?.resourceVersion).not.toBe(first?.resourceVersion);
    expect(changes).toEqual([
      { kind: 'View', node: 'n1' },
      { kind: 'View', node: 'n1' },
    ]);
    if (first !== undefined) await writer.deleteView(first);
    expect(reader.views().size).toBe(0);
  });

  it('takes a retry that was there before for one that was carried out', () => {
    const { reader } = kindless(aNode('n1', { annotations: { [retryKey]: 'again' } }), aNode('n2'));
    expect([...reader.views().values()].map(({ name, status }) => ({ name, status }))).toEqual([
      { name: 'n1', status: { retrySeen: 'again' } },
    ]);
  });
});
