/** Who comes first among nodes that could all go. */
import { describe, expect, it } from '@jest/globals';
import { holdKey, updateNowKey } from '../../src/api/keys.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import { ago, aNode, aPolicy, aSnapshot, aView, hour, staged } from '../support/builders.ts';
import { planned } from './planned.ts';

const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };

/** How many seconds a node took the last time; none: as long as nine of ten did. */
interface One extends Partial<NodeFacts> {
  readonly took?: number;
  readonly wave?: string;
}

/** The first in line, and then the next while that one is held, and so on. */
function line(nodes: Readonly<Record<string, One>>, spec: object = {}, leader?: string): string {
  const order: string[] = [];
  const names = Object.keys(nodes);
  while (order.length < names.length) {
    const facts = names.map((name) => {
      const { took: _took, wave: _wave, ...more } = nodes[name] ?? {};
      return aNode(name, order.includes(name) ? { annotations: { [holdKey]: 'x' } } : more);
    });
    const plan = planned(
      aSnapshot({
        nodes: facts,
        views: facts.map((node) => aView(node, { ...staged, ...tookOf(nodes[node.name]) })),
        policies: [aPolicy({ spec: { includeControlPlane: true, ...spec } })],
        ...(leader === undefined ? {} : { self: { nodeName: leader } }),
      }),
    );
    const first = plan.status.claims?.[0]?.node;
    if (first === undefined) break;
    order.push(first);
  }
  return order.join(' ');
}

const tookOf = ({ took, wave }: One = {}) => ({
  ...(wave === undefined ? {} : { wave }),
  ...(took === undefined
    ? {}
    : {
        lastUpdate: { from: '1.19.0', to: '1.20.0', at: ago(24 * hour), seconds: { drain: took, reboot: 1 } },
      }),
});

describe('the order inside a wave', () => {
  it.each<{
    name: string;
    nodes: Readonly<Record<string, One>>;
    leader?: string;
    spec?: object;
    order: string;
  }>([
    { name: 'by name', nodes: { n3: {}, n1: {}, n2: {} }, order: 'n1 n2 n3' },
    {
      name: 'who took longest first',
      nodes: { n1: { took: 60 }, n2: { took: 600 }, n3: { took: 300 } },
      order: 'n2 n3 n1',
    },
    { name: 'ties by name', nodes: { n2: { took: 60 }, n1: { took: 60 } }, order: 'n1 n2' },
    {
      name: 'one of which nothing is known yet is as slow as most',
      nodes: { n1: { took: 60 }, n2: { took: 600 }, n3: {} },
      order: 'n2 n3 n1',
    },
    {
      name: 'workers before control-plane nodes, however long these take',
      nodes: { n1: { took: 600, ...controlPlane }, n2: { took: 60 } },
      order: 'n2 n1',
    },
    {
      name: "the leader's node last",
      nodes: { n1: { took: 600 }, n2: { took: 60 }, n3: controlPlane },
      leader: 'n1',
      order: 'n2 n3 n1',
    },
    {
      name: 'each wave for itself',
      nodes: {
        n1: { took: 60, wave: '' },
        n2: { took: 10, wave: 'a' },
        n3: { took: 20, wave: 'a' },
        n4: { took: 90, wave: '' },
      },
      spec: { rollout: { waves: [{ name: 'a', nodes: 2 }] } },
      order: 'n3 n2 n4 n1',
    },
    {
      name: 'who is wanted now before all',
      nodes: { n1: { took: 60 }, n2: { took: 10, annotations: { [updateNowKey]: 'x' } } },
      order: 'n2 n1',
    },
  ])('$name: $order', ({ nodes, leader, spec, order }) => expect(line(nodes, spec, leader)).toBe(order));
});
