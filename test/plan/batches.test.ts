/** Nodes that drain at the same time never need the same last disruption of a PodDisruptionBudget, whoever gives them their slots. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { controlPlaneKeys } from '../../src/api/keys.ts';
import type { LedgerEntry } from '../../src/api/policy-status.ts';
import type { NodeFacts, PodFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aCosNode,
  aNode,
  anEntry,
  anOrder,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

/** `n1:ab` runs a Pod under budget a and one under budget b. */
const apps = ['a', 'b', 'c'];
const podsOf = (node: string, letters: string): PodFacts[] =>
  Array.from(letters, (app) => aPod(`${app}-${node}`, node, { labels: { app } }));
const budgets = (allowed: number) =>
  apps.map((app) => aPdb(app, { selector: { matchLabels: { app } }, disruptionsAllowed: allowed }));

interface World {
  readonly nodes: Readonly<Record<string, string>>;
  readonly allowed?: number;
  readonly slots?: number;
  readonly claims?: readonly LedgerEntry[];
  readonly facts?: (name: string) => Partial<NodeFacts>;
}

function world({ nodes, allowed = 1, slots = 10, claims = [], facts = () => ({}) }: World): Snapshot {
  const list = Object.keys(nodes).map((name) => aNode(name, facts(name)));
  return aSnapshot({
    nodes: list,
    views: list.map((node) => aView(node, staged)),
    policies: [
      aPolicy({
        spec: { rollout: { maxUnavailable: slots }, includeControlPlane: true },
        status: { observedGeneration: 1, fence: 'me/1', claims: [...claims] },
      }),
    ],
    pdbs: budgets(allowed),
    previews: new Map(
      list.map(({ name, uid }) => [name, { at: noon, nodeUID: uid, pods: podsOf(name, nodes[name] ?? '') }]),
    ),
  });
}

const batch = (snapshot: Snapshot): string =>
  (planned(snapshot).status.claims ?? []).map(({ node }) => node).join(' ');

describe('a batch', () => {
  it.each<{ name: string; input: World; next: string }>([
    {
      name: 'takes one node of each workload',
      input: { nodes: { n1: 'a', n2: 'a', n3: 'b' } },
      next: 'n1 n3',
    },
    {
      name: 'takes two where two may go',
      input: { nodes: { n1: 'a', n2: 'a', n3: 'a' }, allowed: 2 },
      next: 'n1 n2',
    },
    {
      name: 'passes over who meets any of it',
      input: { nodes: { n1: 'ab', n2: 'bc', n3: 'c' } },
      next: 'n1 n3',
    },
    {
      name: 'gives no slot to who cannot go, and the slot to the next',
      input: { nodes: { n1: 'a', n2: 'a', n3: 'a', n4: 'b' }, slots: 2 },
      next: 'n1 n4',
    },
    {
      name: 'counts what a node with a slot and no claim yet will ask for',
      input: { nodes: { n1: 'a', n2: 'a', n3: 'b' }, claims: [anEntry('n1')] },
      next: 'n1 n3',
    },
    {
      name: 'does not count what a node would ask for that has to wait for another reason',
      // n1 and n2 are control-plane nodes: n2 waits, and n3 may have the disruption that n2 would need.
      input: {
        nodes: { n1: 'b', n2: 'a', n3: 'a' },
        claims: [anEntry('n1')],
        facts: (name) => (name === 'n3' ? {} : { labels: { [controlPlaneKeys[0]]: '' } }),
      },
      next: 'n1 n3',
    },
  ])('$name: $next', ({ input, next }) => expect(batch(world(input))).toBe(next));

  it('names the budget that a node waits for, which is not told as a fault of the workload', () => {
    const plan = planned(world({ nodes: { n1: 'a', n2: 'a' } }));
    expect(plan.says('n2')).toBe(
      'Staged: PodDisruptionBudget default/a has no disruption left beside the nodes that are being drained (pod default/a-n2)',
    );
  });

  it('never asks more of a budget than it allows, and leaves no slot free that somebody could take', () => {
    const letters = fc.subarray(apps).map((list) => list.join(''));
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        (pods, allowed, slots) => {
          const nodes = Object.fromEntries(pods.map((text, i) => [`n${i}`, text]));
          const taken = batch(world({ nodes, allowed, slots })).split(' ');
          const asked = (app: string): number => taken.filter((name) => nodes[name]?.includes(app)).length;
          for (const app of apps) expect(asked(app)).toBeLessThanOrEqual(allowed);
          expect(taken.length).toBeLessThanOrEqual(slots);
          if (taken.length === slots) return;
          for (const [name, text] of Object.entries(nodes))
            if (!taken.includes(name))
              expect(Array.from(text).some((app) => asked(app) === allowed)).toBe(true);
        },
      ),
    );
  });
});

describe('two policies', () => {
  const pool = (name: string) => ({ labels: { pool: name } });
  const slot = (node: string, phase: LedgerEntry['phase'] = 'Reserved') => anEntry(node, { phase });

  /** n1 belongs to policy a, n2 to policy b; both run a Pod under one budget with one disruption. */
  function two(first: readonly LedgerEntry[], second: readonly LedgerEntry[], n1: object = {}): Snapshot {
    const nodes = [aNode('n1', { ...pool('a'), ...n1 }), aNode('n2', pool('b'))];
    const policy = (name: string, claims: readonly LedgerEntry[]) =>
      aPolicy({
        name,
        spec: { nodeSelector: { matchLabels: { pool: name } } },
        status: { observedGeneration: 1, fence: 'me/1', claims: [...claims] },
      });
    return aSnapshot({
      nodes,
      views: nodes.map((node, i) => aView(node, { ...staged, policy: i === 0 ? 'a' : 'b' })),
      policies: [policy('a', first), policy('b', second)],
      pdbs: budgets(1),
      previews: new Map(
        nodes.map(({ name, uid }) => [name, { at: noon, nodeUID: uid, pods: podsOf(name, 'a') }]),
      ),
      pods: new Map(nodes[0] !== undefined && 'claim' in n1 ? [['n1', podsOf('n1', 'a')]] : []),
    });
  }
  const claim = aClaim('n1', { policy: 'a', policyUID: 'uid-a' });

  it.each([
    { name: 'has a slot and no claim yet', world: two([slot('n1')], []) },
    { name: 'drains', world: two([slot('n1')], [], { claim }) },
  ])('do not meet: the second gives no slot while the node of the first $name', ({ world: snapshot }) => {
    const plan = planned(snapshot, 'uid-b');
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toContain('has no disruption left');
  });

  it('that gave their slots in the same moment both look again, and neither claims', () => {
    const snapshot = two([slot('n1')], [slot('n2')]);
    for (const uid of ['uid-a', 'uid-b']) {
      const plan = planned(snapshot, uid);
      expect(plan.plan.steps).toEqual([]);
      expect(plan.status.claims).toEqual([]);
    }
  });

  it('go on when the first has its order', () => {
    const ordered = { claim: { ...claim, order: anOrder('n1', second) } };
    expect(planned(two([slot('n1')], [], ordered), 'uid-b').status.claims).toHaveLength(1);
  });
});

describe('a new leader', () => {
  const drains = { claim: aClaim('n1') };
  const unseen = (claims: readonly LedgerEntry[]): Snapshot => {
    const snapshot = world({
      nodes: { n1: 'a', n2: 'a', n3: 'b' },
      claims,
      facts: (name) => (name === 'n1' ? drains : {}),
    });
    const { previews } = snapshot;
    return {
      ...snapshot,
      pods: new Map(),
      previews: new Map([...previews].filter(([name]) => name !== 'n1')),
    };
  };

  it.each([
    { name: 'gives no slot', claims: [anEntry('n1')], kept: 'n1' },
    { name: 'claims nothing', claims: [anEntry('n1'), anEntry('n2')], kept: 'n1 n2' },
  ])('$name before it has seen the Pods of a node that drains', ({ claims, kept }) => {
    const plan = planned(unseen(claims));
    expect(plan.status.claims?.map(({ node }) => node).join(' ')).toBe(kept);
    expect(plan.steps('n2')).toEqual([]);
    expect(plan.says('n2')).toBe('Staged: waits until the pods of n1, which drains, are known');
    expect(plan.plan.watchPods).toContain('n1');
  });

  it('goes on once it has', () => {
    const seen = { ...unseen([anEntry('n1')]), pods: new Map([['n1', podsOf('n1', 'a')]]) };
    expect(batch(seen)).toBe('n1 n3');
  });
});

describe('COS nodes, which are staged with their slot', () => {
  it('that turn out to need the same disruption are not both claimed', () => {
    const nodes = ['n1', 'n2'].map((name) => aCosNode(name));
    const snapshot = aSnapshot({
      nodes,
      views: nodes.map((node) =>
        aView(node, {
          os: 'ContainerOptimizedOS',
          policy: 'cos',
          version: '18613.164.68',
          available: '18613.164.98',
          staged: '18613.164.98',
        }),
      ),
      policies: [
        aPolicy({
          name: 'cos',
          spec: { os: 'ContainerOptimizedOS', rollout: { maxUnavailable: 2 } },
          status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1'), anEntry('n2')] },
        }),
      ],
      pdbs: budgets(1),
      previews: new Map(
        nodes.map(({ name, uid }) => [name, { at: noon, nodeUID: uid, pods: podsOf(name, 'a') }]),
      ),
    });
    const first = planned(snapshot, 'uid-cos');
    expect(first.plan.steps.filter((step) => step.do === 'Claim').length).toBeLessThanOrEqual(1);
    const next = {
      ...snapshot,
      policies: snapshot.policies.map((policy) => ({ ...policy, status: first.status })),
    };
    expect(planned(next, 'uid-cos').status.claims?.map(({ node }) => node)).toEqual(['n1']);
  });
});
