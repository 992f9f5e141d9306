import { describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import type { LedgerEntry } from '../../src/api/policy-status.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import {
  aClaim,
  ago,
  aNode,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aView,
  bottlerocketImage,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const ledger = (...claims: LedgerEntry[]) => ({ observedGeneration: 1, fence: 'me/1', claims });
const updated = { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
const ordered = (msAgo = minute): Claim => aClaim('n1', { order: anOrder('n1', msAgo) });

interface Case {
  readonly name: string;
  readonly node?: Parameters<typeof aNode>[1];
  readonly entry?: Partial<LedgerEntry>;
  readonly spec?: object;
  readonly others?: readonly NodeFacts[];
  readonly otherEntries?: readonly LedgerEntry[];
  readonly steps: readonly string[];
  /** The entry afterwards. */
  readonly after: Partial<LedgerEntry> | undefined;
}

const soaking = { phase: 'Soaking', until: ago(-30 * second) } as const;

describe('a ledger entry and the claim on the Node', () => {
  it.each<Case>([
    {
      name: 'Reserved without a claim: claims it, if all is still so',
      entry: {},
      steps: ['Claim'],
      after: { phase: 'Reserved', attempt: 'attempt-n1' },
    },
    {
      name: 'Reserved without a claim, paused meanwhile: gives the slot back',
      entry: {},
      spec: { paused: true },
      steps: [],
      after: undefined,
    },
    {
      name: 'Reserved without a claim, cordoned by somebody meanwhile: gives the slot back',
      entry: {},
      node: { unschedulable: true },
      steps: [],
      after: undefined,
    },
    {
      name: 'Reserved without a claim, NotReady meanwhile: gives the slot back',
      entry: {},
      node: { ready: false },
      steps: [],
      after: undefined,
    },
    {
      name: 'Reserved without a claim, booted meanwhile: gives the slot back and inspects',
      entry: {},
      node: { bootID: 'boot-n1-2' },
      steps: ['Inspect task'],
      after: undefined,
    },
    {
      name: 'Reserved with a claim: goes on where the facts are',
      entry: {},
      node: { claim: aClaim('n1') },
      steps: ['Order'],
      after: { phase: 'Reserved', attempt: 'attempt-n1' },
    },
    {
      name: 'Reserved with a claim of a later attempt: takes its name',
      entry: { attempt: 'earlier' },
      node: { claim: aClaim('n1') },
      steps: ['Order'],
      after: { phase: 'Reserved', attempt: 'attempt-n1' },
    },
    {
      name: 'Reserved with a claim that is verified: Soaking first, and nothing on the Node before that is stored',
      entry: {},
      node: { claim: ordered(), ...updated },
      steps: [],
      after: { phase: 'Soaking', until: ago(-30 * second) },
    },
    {
      name: 'Soaking with the claim: uncordons again',
      entry: soaking,
      node: { claim: ordered(), ...updated },
      steps: ['Release and uncordon'],
      after: soaking,
    },
    {
      name: 'Soaking with a claim of another attempt: releases that one',
      entry: { ...soaking, attempt: 'earlier' },
      node: { claim: aClaim('n1') },
      steps: ['Release and uncordon'],
      after: { ...soaking, attempt: 'earlier' },
    },
    {
      name: 'none with a claim without an order: takes it up while the budget allows',
      node: { claim: aClaim('n1') },
      steps: ['Order'],
      after: { phase: 'Reserved', attempt: 'attempt-n1' },
    },
    {
      name: 'none with a claim without an order, no slot: releases it',
      node: { claim: aClaim('n1') },
      others: [aNode('n2', { claim: aClaim('n2') })],
      otherEntries: [anEntry('n2')],
      steps: ['Release and uncordon'],
      after: undefined,
    },
    {
      name: 'none with a claim without an order, the slot used by a NotReady node: releases it',
      node: { claim: aClaim('n1') },
      others: [aNode('n2', { ready: false })],
      steps: ['Release and uncordon'],
      after: undefined,
    },
    {
      name: 'none with a claim with an order: takes it up above the budget',
      node: { claim: ordered(second) },
      others: [aNode('n2', { claim: aClaim('n2') })],
      otherEntries: [anEntry('n2')],
      steps: ['Reboot task'],
      after: { phase: 'Reserved', attempt: 'attempt-n1' },
    },
    {
      name: 'for an earlier Node of this name: goes',
      entry: { nodeUID: 'uid-before' },
      node: { ready: false },
      steps: [],
      after: undefined,
    },
  ])('$name', ({ node = {}, entry, spec, others = [], otherEntries = [], steps, after }) => {
    const one = aNode('n1', node);
    const nodes = [one, ...others];
    const entries = [...(entry === undefined ? [] : [anEntry('n1', entry)]), ...otherEntries];
    const policies = [aPolicy({ spec: spec ?? {}, status: ledger(...entries) })];
    const views = [aView(aNode('n1'), staged)];
    const plan = planned(aSnapshot({ nodes, policies, views }));
    expect(plan.steps('n1')).toEqual(steps);
    expect(plan.entry('n1')).toEqual(after === undefined ? undefined : { ...anEntry('n1'), ...after });
  });

  it('for a Node that is gone goes', () => {
    const plan = planned(aSnapshot({ policies: [aPolicy({ status: ledger(anEntry('n1')) })] }));
    expect(plan.entry('n1')).toBeUndefined();
  });

  it('for a Node that another policy claimed goes', () => {
    const node = aNode('n1', { claim: aClaim('n1', { policyUID: 'uid-other' }) });
    const policies = [aPolicy({ status: ledger(anEntry('n1')) }), aPolicy({ name: 'other' })];
    const plan = planned(aSnapshot({ nodes: [node], policies }));
    expect(plan.entry('n1')).toBeUndefined();
    expect(plan.steps('n1')).toEqual([]);
  });

  it('goes after the soak', () => {
    const node = aNode('n1', { ...updated, readySince: noon - minute });
    const view = { version: '1.21.0', inspectedBootID: node.bootID, inspectedImage: node.osImage };
    const policies = [aPolicy({ status: ledger(anEntry('n1', { phase: 'Soaking', until: ago(0) })) })];
    const plan = planned(aSnapshot({ nodes: [node], policies, views: [aView(node, view)] }));
    expect(plan.entry('n1')).toBeUndefined();
    expect(plan.says('n1')).toBe('UpToDate: 1.21.0 is the newest that the node is offered');
  });

  it('stays for another soak when the node was NotReady in between', () => {
    const node = aNode('n1', { ...updated, readySince: noon - 10 * second });
    const policies = [aPolicy({ status: ledger(anEntry('n1', { phase: 'Soaking', until: ago(0) })) })];
    const plan = planned(aSnapshot({ nodes: [node], policies }));
    expect(plan.entry('n1')).toBeDefined();
    expect(plan.plan.wakeAt).toBe(noon + 20 * second);
  });

  it('lets no other node begin while a claim that it does not know is being released', () => {
    const nodes = [aNode('n1', { claim: aClaim('n1') }), aNode('n2', { ready: false }), aNode('n3')];
    const plan = planned(
      aSnapshot({
        nodes,
        policies: [aPolicy({ spec: { rollout: { maxUnavailable: 1 } } })],
        views: [aView(aNode('n3'), staged)],
      }),
    );
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(plan.says('n3')).toBe('Staged: waits until the claim found on n1 is settled');
  });
});

describe('the fence', () => {
  it('is all that a new leader writes first', () => {
    const policy = aPolicy({ status: { ...ledger(anEntry('n1')), fence: 'other/4' } });
    const plan = planned(aSnapshot({ nodes: [aNode('n1', { claim: aClaim('n1') })], policies: [policy] }));
    expect(plan.plan.status).toEqual({ ...policy.status, fence: 'me/1' });
    expect(plan.plan.steps).toEqual([]);
    expect(plan.plan.views).toEqual([]);
    expect(plan.plan.statusUrgent).toBe(true);
  });
});

describe('several candidates', () => {
  const names = ['n1', 'n2', 'n3', 'n4'];
  const fleet = names.map((name) => aNode(name));
  const views = fleet.map((node) => aView(node, staged));

  it('go in one PUT, as many as are free, the first by name', () => {
    const policies = [aPolicy({ spec: { rollout: { maxUnavailable: 2 } } })];
    const plan = planned(aSnapshot({ nodes: fleet, views, policies }));
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(['n1', 'n2']);
    expect(plan.says('n3')).toBe(
      'Staged: waits for its turn: all 2 slots of rollout.maxUnavailable are in use',
    );
    expect(new Set(plan.status.claims?.map(({ attempt }) => attempt)).size).toBe(2);
  });

  it('leave out what a lowered budget does not let: slots without a cordon go back', () => {
    const claimed = aNode('n4', { claim: aClaim('n4') });
    const nodes = [...fleet.slice(0, 3), claimed];
    const status = ledger(anEntry('n1'), anEntry('n2'), anEntry('n4'));
    const policies = [aPolicy({ spec: { rollout: { maxUnavailable: 1 } }, status })];
    const plan = planned(aSnapshot({ nodes, views, policies }));
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(['n4']);
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.says('n1')).toBe('Staged: rollout.maxUnavailable was lowered: waits for its turn');
  });

  it.each([
    ['what it waits for', { rollout: { maxUnavailable: 1 } }, { unschedulable: true }],
    ['a lowered budget', { rollout: { maxUnavailable: 1 } }, {}],
    ['a pause', { paused: true }, {}],
  ])('keep the slot of a node whose claim may be on its way, whatever %s says', (_, spec, fault) => {
    const nodes = [aNode('n1', { claim: aClaim('n1') }), aNode('n2', fault), aNode('n3')];
    const status = ledger(anEntry('n1'), anEntry('n2'));
    const world = { nodes, views, policies: [aPolicy({ spec, status })] };
    const during = planned({ ...aSnapshot(world), busy: new Set(['n2']) });
    expect(during.entry('n2')).toMatchObject({ attempt: 'attempt-n2' });
    expect(during.entry('n3')).toBeUndefined();
    expect(planned(aSnapshot(world)).entry('n2')).toBeUndefined();
  });

  it('keep the slot of a node that was given to nobody while its claim may be on its way', () => {
    const nodes = [aNode('n1', { labels: { pool: 'b' } }), aNode('n2', { labels: { pool: 'a' } })];
    const spec = { nodeSelector: { matchLabels: { pool: 'a' } } };
    const world = { nodes, views, policies: [aPolicy({ spec, status: ledger(anEntry('n1')) })] };
    const during = planned({ ...aSnapshot(world), busy: new Set(['n1']) });
    expect(during.status.claims?.map(({ node }) => node)).toEqual(['n1']);
    expect(planned(aSnapshot(world)).status.claims?.map(({ node }) => node)).toEqual(['n2']);
  });

  it.each([
    ['cordoned by somebody else', { unschedulable: true }],
    ['NotReady', { ready: false }],
  ])('give a slot back before the cordon where a node that is %s has used it up meanwhile', (why, fault) => {
    const nodes = [aNode('n1', { claim: aClaim('n1') }), aNode('n2'), aNode('n3', fault), aNode('n4')];
    const status = ledger(anEntry('n1'), anEntry('n2'));
    const policies = [aPolicy({ spec: { rollout: { maxUnavailable: 2 } }, status })];
    const plan = planned(aSnapshot({ nodes, views, policies }));
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(['n1']);
    expect(plan.steps('n2')).toEqual([]);
    expect(plan.says('n2')).toBe(`Staged: waits for its turn: the budget is used by n3, ${why} too`);
  });

  it('wait while the watch on nodes is silent', () => {
    const plan = planned(aSnapshot({ nodes: fleet, views, nodesHeard: noon - 91 * second }));
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n1')).toBe('Staged: the watch on nodes has been silent for more than 1m30s');
  });
});
