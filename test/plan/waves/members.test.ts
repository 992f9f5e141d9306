/** Which wave a node belongs to: by the spec, by what its view says, and by whether a rollout is under way. */
import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../../src/api/policy-spec.ts';
import { membersOf } from '../../../src/plan/waves/members.ts';
import { aNode } from '../../support/builders.ts';

const wavesOf = (waves: readonly object[]) =>
  policySpec.parse({ os: 'Bottlerocket', rollout: { waves } }).rollout.waves ?? [];
const pool = (name: string) => ({ selector: { matchLabels: { pool: name } } });

/** `n1`, `n2@a` with label pool=a, `n3=canary` where its view says so, `n4=` for the nameless wave, `n5!` is done. */
function parsed(text: string) {
  const [, name = '', label, noted, done] = /^(\w+?)(?:@(\w+))?(=\w*)?(!)?$/.exec(text) ?? [];
  return {
    node: aNode(name, label === undefined ? {} : { labels: { pool: label } }),
    noted: noted?.slice(1),
    done: done !== undefined,
  };
}

interface Case {
  readonly name: string;
  readonly waves: readonly object[];
  readonly nodes: string;
  readonly underWay?: boolean;
  /** Under way: whether a node was taken already; so unless told. */
  readonly begun?: boolean;
  /** Names of the nodes of each wave, the nameless last. */
  readonly members: readonly string[];
}

const canary = { name: 'canary', nodes: 1 };
const half = { name: 'half', nodes: '50%' };

describe('membersOf', () => {
  it.each<Case>([
    {
      name: 'a count takes the first by name, the rest is nameless',
      waves: [canary],
      nodes: 'n1 n2 n3',
      members: ['n1', 'n2 n3'],
    },
    {
      name: 'a percentage is of all nodes, rounded down, at least one',
      waves: [{ name: 'a', nodes: '10%' }, half],
      nodes: 'n1 n2 n3 n4 n5',
      members: ['n1', 'n2 n3', 'n4 n5'],
    },
    {
      name: 'a selector takes all that it selects',
      waves: [{ name: 'a', ...pool('a') }],
      nodes: 'n1@b n2@a n3@a n4',
      members: ['n2 n3', 'n1 n4'],
    },
    {
      name: 'a selector with a count',
      waves: [
        { name: 'one', nodes: 1, ...pool('a') },
        { name: 'a', ...pool('a') },
      ],
      nodes: 'n1@b n2@a n3@a',
      members: ['n2', 'n3', 'n1'],
    },
    {
      name: 'who fits several belongs to the first',
      waves: [{ name: 'all' }, { name: 'a', ...pool('a') }],
      nodes: 'n1@a n2',
      members: ['n1 n2', '', ''],
    },
    {
      name: 'with nothing under way who was there stays before who comes first by name',
      waves: [canary],
      nodes: 'n1 n2=canary n3=',
      members: ['n2', 'n1 n3'],
    },
    {
      name: 'with nothing under way a wave that was made larger takes more',
      waves: [{ name: 'canary', nodes: 2 }],
      nodes: 'n1= n2=canary n3=',
      members: ['n1 n2', 'n3'],
    },
    {
      name: 'with nothing under way a new first wave takes from the others',
      waves: [canary, { name: 'rest' }],
      nodes: 'n1=rest n2=rest',
      members: ['n1', 'n2', ''],
    },
    {
      name: 'with nothing under way a wave that was made smaller gives back',
      waves: [canary],
      nodes: 'n1=canary n2=canary',
      members: ['n1', 'n2'],
    },
    {
      name: 'under way, and no node has a place yet: as at the beginning',
      waves: [canary],
      nodes: 'n1 n2',
      underWay: true,
      members: ['n1', 'n2'],
    },
    {
      name: 'under way nobody changes places, whatever the counts say by now',
      waves: [canary],
      nodes: 'n1= n2=canary n3=canary',
      underWay: true,
      members: ['n2 n3', 'n1'],
    },
    {
      name: 'under way a new node joins the last wave that it fits',
      waves: [canary, half, { name: 'a', ...pool('a') }],
      nodes: 'n0 n1=canary n2=half n3=half n4@a n5= n6= n7=',
      underWay: true,
      members: ['n1', 'n0 n2 n3', 'n4', 'n5 n6 n7'],
    },
    {
      name: 'under way a new node joins no wave that is full',
      waves: [canary, { name: 'two', nodes: 2 }],
      nodes: 'n0 n00 n1=canary n2=two',
      underWay: true,
      members: ['n1', 'n0 n2', 'n00'],
    },
    {
      name: 'under way a new node joins no wave that is over',
      waves: [{ name: 'a', ...pool('a') }, { name: 'b' }],
      nodes: 'n0@a n1@a=a! n2=b',
      underWay: true,
      members: ['n1', 'n0 n2', ''],
    },
    {
      name: 'under way a new node that fits only a wave that is over comes last',
      waves: [{ name: 'a', ...pool('a') }],
      nodes: 'n0@a n1@a=a! n2=',
      underWay: true,
      members: ['n1', 'n0 n2'],
    },
    {
      name: 'under way who is of a wave that is gone joins as a new one does',
      waves: [{ name: 'a', ...pool('a') }, { name: 'b' }],
      nodes: 'n1@a=a n2=gone n3=b',
      underWay: true,
      members: ['n1', 'n2 n3', ''],
    },
    {
      name: 'under way who is not selected any more joins as a new one does',
      waves: [
        { name: 'a', ...pool('a') },
        { name: 'b', nodes: 3 },
      ],
      nodes: 'n1@a=a n2@c=a n3=b',
      underWay: true,
      members: ['n1', 'n2 n3', ''],
    },
    {
      name: 'before the first node is taken who has no place gets the one that all get who have none',
      waves: [canary, { name: 'a', ...pool('a') }, half],
      nodes: 'n1 n2@a n3=half n4 n5@a=a n6=',
      underWay: true,
      begun: false,
      members: ['n1', 'n2 n5', 'n3 n4', 'n6'],
    },
  ])('$name', ({ waves, nodes, underWay = false, begun = underWay, members }) => {
    const list = nodes.split(' ').map((text) => parsed(text));
    const spec = wavesOf(waves);
    const places = membersOf(spec, list, list.length, underWay, begun);
    const told = [...spec.keys(), spec.length].map((place) =>
      list.flatMap(({ node }) => (places.get(node.uid) === place ? [node.name] : [])).join(' '),
    );
    expect(told).toEqual(members);
    // Noted, they all stay where they are: with a rollout under way and without.
    const noted = list.map((one) => ({
      ...one,
      noted: spec[places.get(one.node.uid) ?? -1]?.name ?? '',
    }));
    if (!underWay) expect(membersOf(spec, noted, list.length, false, false)).toEqual(places);
    expect(membersOf(spec, noted, list.length, true, true)).toEqual(places);
    if (begun || (!underWay && list.some((one) => one.noted !== undefined))) return;
    // Also where a leader died before all were noted: whichever were, the others get the same places.
    for (const [i] of noted.entries()) {
      const partly = list.map((one, at) => noted[(at + i) % 3 === 0 ? at : -1] ?? one);
      expect(membersOf(spec, partly, list.length, true, false)).toEqual(places);
    }
  });
});
