/** A limit for each value of a label, beside the budget. */
import { describe, expect, it } from '@jest/globals';
import type { IntOrPercent } from '../../src/api/int-or-percent.ts';
import type { LedgerEntry } from '../../src/api/policy-status.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aNode,
  anEntry,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  hour,
  noon,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const key = 'topology.kubernetes.io/zone';
const zone = (value: string) => ({ labels: { [key]: value } });

interface World extends Partial<Pick<Snapshot, 'pdbs' | 'previews'>> {
  readonly claims?: readonly LedgerEntry[];
  readonly most?: IntOrPercent;
  readonly rollout?: object;
}

function world(nodes: readonly NodeFacts[], { claims = [], most = 1, rollout, ...more }: World = {}) {
  return aSnapshot({
    nodes,
    views: nodes.map((node) => aView(node, staged)),
    policies: [
      aPolicy({
        spec: { rollout: { maxUnavailable: 10, topology: { key, maxUnavailable: most }, ...rollout } },
        status: { observedGeneration: 1, fence: 'me/1', claims: [...claims] },
      }),
    ],
    ...more,
  });
}

const taken = (snapshot: Snapshot): string =>
  (planned(snapshot).status.claims ?? []).map(({ node }) => node).join(' ');
const fleet = (zones: string): NodeFacts[] =>
  Array.from(zones, (letter, i) => aNode(`n${i + 1}`, letter === '-' ? {} : zone(letter)));

describe('rollout.topology', () => {
  it.each<{ name: string; nodes: readonly NodeFacts[]; more?: World; next: string }>([
    { name: 'one of each zone at once', nodes: fleet('aabb'), next: 'n1 n3' },
    { name: 'two of each', nodes: fleet('aaabb'), more: { most: 2 }, next: 'n1 n2 n4 n5' },
    {
      name: 'a share of each zone, rounded down',
      nodes: fleet('aaaaabb'),
      more: { most: '50%' },
      next: 'n1 n2 n6',
    },
    { name: 'but at least one', nodes: fleet('aab'), more: { most: '10%' }, next: 'n1 n3' },
    { name: 'nodes without the label are a zone too', nodes: fleet('a--b'), next: 'n1 n2 n4' },
    {
      name: 'never more than the whole budget',
      nodes: fleet('aabbcc'),
      more: { rollout: { maxUnavailable: 2 } },
      next: 'n1 n3',
    },
    {
      name: 'none where a node of the zone is NotReady',
      nodes: [aNode('n0', { ready: false, ...zone('a') }), ...fleet('ab')],
      next: 'n2',
    },
    {
      name: 'none where a node of the zone is cordoned by somebody else',
      nodes: [aNode('n0', { unschedulable: true, ...zone('a') }), ...fleet('ab')],
      next: 'n2',
    },
    {
      name: 'one in spite of a NotReady node that ignoreUnavailable excepts',
      nodes: [aNode('n0', { ready: false, ...zone('a') }), ...fleet('ab')],
      more: { rollout: { ignoreUnavailable: { matchLabels: zone('a').labels } } },
      next: 'n1 n2',
    },
    {
      name: 'none where one of the zone soaks',
      nodes: fleet('aab'),
      more: { claims: [anEntry('n1', { phase: 'Soaking', until: new Date(noon + hour).toISOString() })] },
      next: 'n1 n3',
    },
  ])('$name: $next', ({ nodes, more, next }) => expect(taken(world(nodes, more))).toBe(next));

  it('names the zone and who uses it', () => {
    const plan = planned(world([aNode('n0', { ready: false, ...zone('a') }), ...fleet('a-a-')]));
    expect(plan.says('n1')).toBe(
      `Staged: waits for its turn: the budget of ${key}=a is used by n0, NotReady`,
    );
    expect(plan.says('n4')).toBe(
      `Staged: waits for its turn: the budget of nodes without ${key} is used by n2`,
    );
  });

  it('names them in the message when nothing else goes on', () => {
    const plan = planned(
      world([aNode('n0', { ready: false, readySince: noon - hour, ...zone('a') }), ...fleet('a')]),
    );
    expect(plan.status.message).toBe(`budget of ${key}=a used by n0, NotReady`);
    expect(plan.condition('Progressing')).toBe('False BudgetUsed');
  });

  it('keeps the place of a node whose Pods are looked at first, also in its zone', () => {
    const snapshot = world(fleet('aab'), { previews: new Map() });
    const plan = planned(snapshot);
    expect(plan.steps('n1')).toEqual(['Preview']);
    expect(plan.steps('n2')).toEqual([]);
    expect(plan.steps('n3')).toEqual(['Preview']);
  });

  it('a node that cannot be drained holds no place in its zone', () => {
    const previews = new Map(
      fleet('aa').map(({ name, uid }) => [
        name,
        { at: noon, nodeUID: uid, pods: name === 'n1' ? [aPod('p', 'n1')] : [] },
      ]),
    );
    const pdbs = [aPdb('web', { disruptionsAllowed: 0 })];
    expect(taken(world(fleet('aa'), { previews, pdbs }))).toBe('n2');
  });
});

describe('a limit that was lowered', () => {
  const slots = (names: string) => names.split(' ').map((name) => anEntry(name));

  it.each<{ name: string; more: World; kept: string; dropped: string; says: string }>([
    {
      name: 'of a zone',
      more: { claims: slots('n1 n2 n3') },
      kept: 'n1 n3',
      dropped: 'n2',
      says: 'rollout.topology.maxUnavailable was lowered: waits for its turn',
    },
    {
      name: 'of the budget',
      more: { claims: slots('n1 n3'), rollout: { maxUnavailable: 1 } },
      kept: 'n1',
      dropped: 'n3',
      says: 'rollout.maxUnavailable was lowered: waits for its turn',
    },
  ])('$name takes back slots of nodes that are in service', ({ more, kept, dropped, says }) => {
    const plan = planned(world(fleet('aab'), more));
    expect(plan.status.claims?.map(({ node }) => node).join(' ')).toBe(kept);
    expect(plan.says(dropped)).toBe(`Staged: ${says}`);
    expect(plan.steps(dropped)).toEqual([]);
  });

  it('of a zone counts nodes that are out of service for another cause too', () => {
    const nodes = fleet('aab').map((node) => (node.name === 'n1' ? { ...node, unschedulable: true } : node));
    const plan = planned(world(nodes, { claims: slots('n2') }));
    expect(plan.entry('n2')).toBeUndefined();
    expect(plan.says('n2')).toMatch(/^Staged: waits for its turn: the budget of .*a is used by n1, cordoned/);
  });

  it('lets nodes that are out of service finish', () => {
    const nodes = ['n1', 'n2'].map((name) => aNode(name, { claim: aClaim(name), ...zone('a') }));
    expect(taken(world(nodes, { claims: slots('n1 n2') }))).toBe('n1 n2');
  });
});

describe('a claim that the ledger does not know', () => {
  const claimed = aNode('n2', { claim: aClaim('n2'), ...zone('a') });
  it.each([
    { name: 'is taken up where its zone has a place', other: 'b', steps: ['Order'], kept: 'n1 n2' },
    { name: 'is released where it has none', other: 'a', steps: ['Release and uncordon'], kept: 'n1' },
  ])('$name', ({ other, steps, kept }) => {
    const first = aNode('n1', { claim: aClaim('n1'), ...zone(other) });
    const plan = planned(world([first, claimed], { claims: [anEntry('n1')] }));
    expect(plan.steps('n2')).toEqual(steps);
    expect(plan.status.claims?.map(({ node }) => node).join(' ')).toBe(kept);
    if (other === 'a') expect(plan.says('n2')).toContain('rollout.topology has no slot for a claim');
  });
});
