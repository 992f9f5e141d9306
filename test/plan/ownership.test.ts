import { describe, expect, it } from '@jest/globals';
import { claimKey } from '../../src/api/keys.ts';
import type { NodeFacts, PolicyFacts } from '../../src/plan/facts.ts';
import { ownerOf, readClaim } from '../../src/plan/ownership.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { aClaim, aCosNode, aNode, aPolicy } from '../support/builders.ts';

const blue = { nodeSelector: { matchLabels: { pool: 'blue' } } };
const all = aPolicy({ name: 'all' });
const pool = aPolicy({ name: 'pool', spec: { ...blue, priority: 10 } });
const blueNode = aNode('n1', { labels: { pool: 'blue' } });

interface Case {
  readonly name: string;
  readonly node: NodeFacts;
  readonly policies: readonly PolicyFacts[];
  readonly owner: object;
}

const owned = (name: string, chosen = true): object => ({ kind: 'Owned', policyUID: `uid-${name}`, chosen });

describe('ownerOf', () => {
  it.each<Case>([
    { name: 'takes the only policy of its OS', node: blueNode, policies: [all], owner: owned('all') },
    { name: 'is nobody without a policy', node: blueNode, policies: [], owner: { kind: 'Nobody' } },
    {
      name: 'is nobody when only another OS has a policy',
      node: aCosNode('n1'),
      policies: [all],
      owner: { kind: 'Nobody' },
    },
    {
      name: 'is nobody when the selector does not match',
      node: aNode('n1', { labels: { pool: 'green' } }),
      policies: [pool],
      owner: { kind: 'Nobody' },
    },
    { name: 'takes the highest priority', node: blueNode, policies: [all, pool], owner: owned('pool') },
    {
      name: 'is a tie between equal priorities, by name',
      node: blueNode,
      policies: [aPolicy({ name: 'z' }), aPolicy({ name: 'a' })],
      owner: { kind: 'Tie', policies: ['a', 'z'], policyUIDs: ['uid-a', 'uid-z'] },
    },
    {
      name: 'is no tie when a third policy stands above the two',
      node: blueNode,
      policies: [aPolicy({ name: 'a' }), aPolicy({ name: 'b' }), pool],
      owner: owned('pool'),
    },
    {
      name: 'passes over a policy that is being deleted',
      node: blueNode,
      policies: [all, { ...pool, deleting: true }],
      owner: owned('all'),
    },
    {
      name: 'passes over a policy whose spec cannot be used',
      node: blueNode,
      policies: [all, { ...pool, spec: { invalid: 'rollout.maxUnavailable: 0' } }],
      owner: owned('all'),
    },
    {
      name: 'keeps a claimed node with its claimant, though another has more priority',
      node: aNode('n1', { labels: { pool: 'blue' }, claim: aClaim('n1', { policyUID: 'uid-all' }) }),
      policies: [all, pool],
      owner: owned('all', false),
    },
    {
      name: 'keeps a claimed node with its claimant, though it is not selected any more',
      node: aNode('n1', { claim: aClaim('n1', { policyUID: 'uid-pool' }) }),
      policies: [pool],
      owner: owned('pool', false),
    },
    {
      name: 'is an orphan when its claimant is gone, and says who would own it',
      node: aNode('n1', { claim: aClaim('n1', { policyUID: 'uid-gone' }) }),
      policies: [all],
      owner: { kind: 'Orphan', policyUID: 'uid-all' },
    },
    {
      name: 'is owned as usual with a claim that cannot be read',
      node: aNode('n1', { annotations: { [claimKey]: '{' } }),
      policies: [all],
      owner: owned('all'),
    },
  ])('$name', ({ node, policies, owner }) => {
    expect(ownerOf(node, readClaim(node), policies, osAdapters)).toEqual(owner);
  });
});
