/** One wave after another: who may start, what the others are told, and what status says. */
import { describe, expect, it } from '@jest/globals';
import { holdKey, updateNowKey } from '../../../src/api/keys.ts';
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { PolicyStatus } from '../../../src/api/policy-status.ts';
import type { NodeFacts, NodeView } from '../../../src/plan/facts.ts';
import type { Snapshot } from '../../../src/plan/snapshot.ts';
import {
  aClaim,
  aCosNode,
  ago,
  ahead,
  aNode,
  anEntry,
  anOrder,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  bottlerocketImage,
  hour,
  minute,
  noon,
  second,
  staged,
} from '../../support/builders.ts';
import { planned } from '../planned.ts';

/** A node and its view. */
interface One {
  readonly node: NodeFacts;
  readonly view: NodeView;
}

function one(name: string, wave: string | undefined, view: NodeViewStatus, node: object = {}): One {
  const facts = aNode(name, node);
  return { node: facts, view: aView(facts, { ...(wave === undefined ? {} : { wave }), ...view }) };
}
const behind = (name: string, wave?: string, node: object = {}): One => one(name, wave, staged, node);
const current = (name: string, wave: string, verifiedAt?: string): One =>
  one(
    name,
    wave,
    {
      version: '1.21.0',
      state: 'UpToDate',
      ...(verifiedAt === undefined
        ? {}
        : { lastUpdate: { from: '1.20.0', to: '1.21.0', at: verifiedAt, seconds: { drain: 1, reboot: 9 } } }),
    },
    { osImage: bottlerocketImage('1.21.0') },
  );

const canary = { name: 'canary', nodes: 1, soak: '30m' };

interface World extends Partial<Pick<Snapshot, 'pdbs' | 'pods' | 'previews' | 'now'>> {
  readonly waves?: readonly object[];
  readonly spec?: object;
  readonly rollout?: object;
  readonly status?: Partial<PolicyStatus>;
}

function world(list: readonly One[], { waves = [canary], rollout, spec, status, ...more }: World = {}) {
  return aSnapshot({
    nodes: list.map(({ node }) => node),
    views: list.map(({ view }) => view),
    policies: [
      aPolicy({
        spec: { rollout: { maxUnavailable: 5, waves, ...rollout }, ...spec },
        status: { observedGeneration: 1, fence: 'me/1', ...status },
      }),
    ],
    ...more,
  });
}

const started = (snapshot: Snapshot): string =>
  (planned(snapshot).status.claims ?? []).map(({ node }) => node).join(' ');

describe('a node that was updated and is not Ready any more', () => {
  const fallen = (): One => {
    const { node, view } = current('n1', 'canary', ago(hour));
    return { node: { ...node, ready: false, readySince: noon - 20 * minute }, view };
  };

  it('holds up the next wave, also when its own has soaked', () => {
    const plan = planned(world([fallen(), behind('n2', '')]));
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe(
      'Staged: waits for wave canary: n1: the node is not Ready since 2026-03-02T11:40:00Z',
    );
    expect(plan.status.currentWave).toBe('canary');
  });

  it('does not where the policy ignores it', () => {
    const rollout = { ignoreUnavailable: { matchLabels: { spare: 'yes' } } };
    const spare = fallen();
    const ignored = { ...spare, node: { ...spare.node, labels: { spare: 'yes' } } };
    expect(started(world([ignored, behind('n2', '')], { rollout }))).toBe('n2');
  });
});

describe('a first wave', () => {
  it('counts a node that a policy that is gone has on its way where it is a share', () => {
    const gone = (name: string): One =>
      one(name, undefined, staged, { claim: aClaim(name, { policyUID: 'uid-gone' }) });
    const list = [behind('n1'), behind('n2'), gone('n3'), gone('n4')];
    const { status } = planned(world(list, { waves: [{ name: 'half', nodes: '50%' }] }));
    expect(status.waves).toEqual([{ name: 'half', nodes: 2, done: 0 }]);
  });

  it('goes alone, and the others wait for it by name', () => {
    const plan = planned(world([behind('n1', ''), behind('n2', 'canary'), behind('n3', '')]));
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(['n2']);
    expect(plan.says('n1')).toBe('Staged: waits for wave canary: n2 is Staged: its turn has come');
    expect(plan.status).toMatchObject({
      currentWave: 'canary',
      waves: [
        { name: 'canary', nodes: 1, done: 0 },
        { name: '', nodes: 2, done: 0 },
      ],
    });
  });

  it('whose node is drained is told so', () => {
    const draining = behind('n1', 'canary', { claim: aClaim('n1') });
    const plan = planned(world([draining, behind('n2', '')], { status: { claims: [anEntry('n1')] } }));
    expect(plan.says('n2')).toMatch(/^Staged: waits for wave canary: n1 is (?:Draining|Rebooting)$/);
    expect(plan.status.message).toMatch(/^n1 /);
  });

  it.each<{ name: string; first: One; says: string; more?: World }>([
    {
      name: 'is not Ready',
      first: behind('n1', 'canary', { ready: false, readySince: noon - hour }),
      says: 'n1 is Staged: the node is not Ready since 2026-03-02T11:00:00Z',
    },
    {
      name: 'was booted and not inspected yet',
      first: one('n1', 'canary', { ...staged, inspectedBootID: 'the boot before' }),
      says: 'n1 is Unknown: it was booted since its last inspection; waits to be inspected again',
    },
    {
      name: 'backs off',
      first: one('n1', 'canary', {
        ...staged,
        attempts: [
          {
            version: '1.21.0',
            count: 1,
            attempt: 'a',
            reason: 'DrainTimeout',
            message: 'it did not drain',
            at: ago(minute),
            notBefore: ahead(minute),
          },
        ],
      }),
      says: 'n1 is Staged: tries again after 2026-03-02T12:01:00Z: it did not drain',
    },
    {
      name: 'cannot be drained now',
      first: behind('n1', 'canary'),
      says: 'n1 is Staged: PodDisruptionBudget default/web allows no disruption now (pod default/p)',
      more: {
        pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
        previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [aPod('p', 'n1')] }]]),
      },
    },
  ])('holds up the next one while its node $name, and is told why', ({ first, says, more }) => {
    const plan = planned(world([first, behind('n2', '')], more));
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe(`Staged: waits for wave canary: ${says}`);
  });

  it.each<{ name: string; first: One; more?: World }>([
    { name: 'up to date', first: current('n1', 'canary') },
    { name: 'held', first: behind('n1', 'canary', { annotations: { [holdKey]: 'x' } }) },
    { name: 'cordoned by somebody else', first: behind('n1', 'canary', { unschedulable: true }) },
    {
      name: 'failed past its retries, with failures left',
      first: one('n1', 'canary', {
        ...staged,
        attempts: [
          {
            version: '1.21.0',
            count: 3,
            attempt: 'a',
            reason: 'FellBack',
            message: 'fell back',
            at: ago(hour),
            notBefore: ago(hour),
          },
        ],
      }),
      more: { rollout: { maxFailures: 2 } },
    },
  ])('is over when its node is $name', ({ first, more }) => {
    expect(started(world([first, behind('n2', '')], more))).toBe('n2');
  });

  it('is not over while its node soaks in its slot', () => {
    const soaking = current('n1', 'canary', ago(second));
    const claims = [anEntry('n1', { phase: 'Soaking', until: ahead(30 * second) })];
    const plan = planned(world([soaking, behind('n2', '')], { status: { claims } }));
    expect(plan.status.claims).toEqual(claims);
    expect(plan.says('n2')).toBe('Staged: waits for wave canary: n1 is Soaking');
  });

  it.each([
    { name: 'was checked', waits: undefined, claims: ['n1'], says: 'n1: its turn has come' },
    {
      name: 'is checked again after a check without an answer',
      waits: { task: 'Stage', count: 1, because: 'no answer', notBefore: noon + minute },
      claims: [],
      says: 'n1: no answer; the next Stage comes after 2026-03-02T12:01:00Z',
    },
  ])('of COS is not over before its node $name', ({ waits, claims, says }) => {
    const nodes = [aCosNode('n1'), aCosNode('n2')];
    const cos = { os: 'ContainerOptimizedOS', version: '18613.164.68', state: 'UpToDate' } as const;
    const plan = planned(
      aSnapshot({
        nodes,
        views: nodes.map((node) =>
          aView(node, {
            ...cos,
            policy: 'cos',
            wave: node.name === 'n1' ? 'canary' : '',
            checkedAt: ago(7 * 24 * hour),
          }),
        ),
        policies: [
          aPolicy({ name: 'cos', spec: { os: cos.os, rollout: { maxUnavailable: 5, waves: [canary] } } }),
        ],
        taskMemory: new Map(waits === undefined ? [] : [['uid-n1', waits]]),
      }),
      'uid-cos',
    );
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(claims);
    expect(plan.view('n2').because).toBe(`waits for wave canary: ${says}`);
  });
});

describe('the soak of a wave', () => {
  const soaking = (verifiedAt: string, more: World = {}) =>
    world([current('n1', 'canary', verifiedAt), behind('n2', '')], more);

  it('keeps the next one until it is over, and wakes the operator then', () => {
    const plan = planned(soaking(ago(10 * minute)));
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe('Staged: waits until 2026-03-02T12:20:00Z: wave canary soaks');
    expect(plan.plan.wakeAt).toBe(noon + 20 * minute);
    expect(plan.status).toMatchObject({
      currentWave: 'canary',
      message: 'n2: waits until 2026-03-02T12:20:00Z: wave canary soaks',
      waves: [
        { name: 'canary', nodes: 1, done: 1, soakUntil: ahead(20 * minute) },
        { name: '', nodes: 1, done: 0 },
      ],
    });
  });

  it('counts from the last node that was verified', () => {
    const list = [
      current('n1', 'canary', ago(29 * minute)),
      current('n2', 'canary', ago(31 * minute)),
      behind('n3', ''),
    ];
    expect(started(world(list, { waves: [{ ...canary, nodes: 2 }] }))).toBe('');
    expect(started(world(list, { waves: [{ ...canary, nodes: 2 }], now: noon + minute }))).toBe('n3');
  });

  it.each([
    { name: 'ends to the millisecond', at: ago(30 * minute), next: 'n2' },
    { name: 'has not ended a millisecond before', at: ago(30 * minute - 1), next: '' },
  ])('$name', ({ at, next }) => expect(started(soaking(at))).toBe(next));

  it('is none where no node had to be updated', () => {
    expect(started(world([current('n1', 'canary'), behind('n2', '')]))).toBe('n2');
  });

  it('survives the loss of the view that it was counted from', () => {
    const stored = { name: 'canary', nodes: 1, done: 1, soakUntil: ahead(20 * minute) };
    const before = soaking(ago(10 * minute), { status: { waves: [stored] } });
    expect(started({ ...before, views: new Map([...before.views].filter(([name]) => name !== 'n1')) })).toBe(
      '',
    );
    const scaledDown = { ...before, nodes: new Map([...before.nodes].filter(([name]) => name !== 'n1')) };
    const plan = planned(scaledDown);
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe('Staged: waits until 2026-03-02T12:20:00Z: wave canary soaks');
  });

  it('survives the loss of the status', () => {
    expect(started(soaking(ago(10 * minute), { status: { waves: [] } }))).toBe('');
  });

  it('that was made shorter counts at once', () => {
    const waves = [{ name: 'canary', nodes: 1, soak: '5m' }];
    const stored = [{ name: 'canary', nodes: 1, done: 1, soakUntil: ahead(20 * minute) }];
    const before = soaking(ago(10 * minute), { waves, status: { waves: stored } });
    expect(started(before)).toBe('');
    const edited = { ...before, policies: before.policies.map((policy) => ({ ...policy, generation: 2 })) };
    expect(started(edited)).toBe('n2');
  });

  it('is forgotten when all is done', () => {
    const plan = planned(world([current('n1', 'canary', ago(minute)), current('n2', '', ago(minute))]));
    expect(plan.status.currentWave).toBeUndefined();
    expect(plan.status.waves).toEqual([
      { name: 'canary', nodes: 1, done: 1 },
      { name: '', nodes: 1, done: 1 },
    ]);
  });
});

describe('waves', () => {
  it('are noted before anybody starts, at once', () => {
    const plan = planned(world([behind('n1'), behind('n2')]));
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n1')).toBe('Staged: notes its wave first');
    expect(plan.plan.views.map(({ node, status, urgent }) => [node, status.wave, urgent])).toEqual([
      ['n1', 'canary', true],
      ['n2', '', true],
    ]);
  });

  it('of another policy do not count', () => {
    const plan = planned(
      world([one('n1', 'canary', { ...staged, policy: 'other' }), behind('n2', 'canary')]),
    );
    expect(plan.view('n1').wave).toBe('');
  });

  it('that the policy has no more are not told any more', () => {
    const plan = planned(world([behind('n1', 'canary')], { waves: [] }));
    expect(plan.view('n1')).not.toHaveProperty('wave');
    expect(plan.status).not.toHaveProperty('waves');
  });

  it('go back to the first when a new version comes for it', () => {
    const list = [behind('n1', 'canary'), behind('n2', ''), current('n3', '', ago(hour))];
    expect(started(world(list))).toBe('n1');
  });

  it('let a node of a later wave that was taken go on, and take no further one', () => {
    const list = [behind('n1', 'canary'), behind('n2', '', { claim: aClaim('n2') }), behind('n3', '')];
    expect(started(world(list, { status: { claims: [anEntry('n2')] } }))).toBe('n2 n1');
  });

  it('do not keep a node that is wanted now, which comes first', () => {
    const now = behind('n3', '', { annotations: { [updateNowKey]: 'please' } });
    const list = [behind('n1', 'canary'), behind('n2', ''), now];
    expect(started(world(list))).toBe('n3 n1');
    expect(started(world(list, { rollout: { maxUnavailable: 1 } }))).toBe('n3');
  });

  it('do not keep nodes from being downloaded to, the first wave first', () => {
    const available = { available: '1.21.0' };
    const list = [one('n1', '', available), one('n2', 'canary', available), one('n3', '', available)];
    const steps = (maxConcurrent: number) =>
      planned(world(list, { rollout: { prefetch: { maxConcurrent } } }))
        .plan.steps.filter(({ do: what }) => what === 'CreateTask')
        .map(({ node }) => node);
    expect(steps(1)).toEqual(['n2']);
    expect(steps(3)).toEqual(['n1', 'n2', 'n3']);
  });

  it('protect the next one when the first halts the rollout', () => {
    const failures = [
      { node: 'n1', nodeUID: 'uid-n1', version: '1.21.0', attempt: 'a', reason: 'FellBack', at: ago(hour) },
    ];
    const plan = planned(world([behind('n1', 'canary'), behind('n2', '')], { status: { failures } }));
    expect(plan.status.claims).toEqual([]);
    expect(plan.condition('Stalled')).toBe('True FailureBudgetExceeded');
  });

  it('say in full what they wait for only to the first in line: a change of it is a write for each', () => {
    const rest = Array.from({ length: 20 }, (_, i) => behind(`n${10 + i}`, ''));
    const plan = planned(world([behind('n1', 'canary'), ...rest]));
    expect(plan.says('n19')).toMatch(/wave canary: n1 is/);
    expect(plan.says('n20')).toBe('Staged: waits for wave canary');
  });
});

describe('the time that a soak is counted from', () => {
  it('is written at once, and nothing is lost with a leader that dies between the ledger and the Node', () => {
    const ordered = aClaim('n1', {
      order: { at: ago(minute), bootID: 'boot-n1-1', notAfter: ahead(minute) },
    });
    const back = { claim: ordered, bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
    const before = world([behind('n1', 'canary', back)], { status: { claims: [anEntry('n1')] } });
    const { plan } = planned(before);
    expect(plan.status?.claims?.[0]?.phase).toBe('Soaking');
    expect(plan.views).toMatchObject([{ node: 'n1', urgent: true, status: { lastUpdate: { at: ago(0) } } }]);
  });
});

describe('a restart in the middle', () => {
  it('decides the same from what is stored alone', () => {
    const list = [current('n1', 'canary', ago(10 * minute)), behind('n2', ''), behind('n3')];
    const before = world(list, { waves: [canary, { name: 'rest', nodes: '50%' }] });
    const first = planned(before);
    const views = new Map(before.views);
    for (const { node, nodeUID, status } of first.plan.views)
      views.set(node, { ...aView(aNode(node)), nodeUID, status });
    // What a process only remembers is lost; nodes, views and the status are there.
    const next = {
      ...before,
      views,
      fence: 'me/1',
      previews: new Map(),
      policies: before.policies.map((policy) => ({ ...policy, status: first.status })),
    };
    const second = planned(next);
    expect(second.plan.status).toBeUndefined();
    for (const { node } of list) expect(second.view(node.name).wave).toBe(first.view(node.name).wave);
    expect(second.says('n2')).toBe('Staged: waits until 2026-03-02T12:20:00Z: wave canary soaks');
  });
});

describe('the waves of a rollout that is to begin', () => {
  const waves = [{ name: 'canary', nodes: 1 }, { name: 'rest' }];
  const list = (noted: readonly (string | undefined)[]): readonly One[] =>
    noted.map((wave, i) => behind(`n${i + 1}`, wave));

  it('are the same for a leader that finds only some of them noted, and nobody starts before all are', () => {
    const plan = planned(world(list([undefined, 'rest', undefined]), { waves }));
    expect(plan.status.claims).toEqual([]);
    expect(['n1', 'n2', 'n3'].map((name) => plan.view(name).wave)).toEqual(['canary', 'rest', 'rest']);
    expect(plan.says('n1')).toBe('Staged: notes its wave first');
    const first = planned(world(list(['canary', 'rest', undefined]), { waves }));
    expect(first.status.claims).toEqual([]);
    expect(first.says('n1')).toBe('Staged: the wave of n3 is noted first');
    expect(started(world(list(['canary', 'rest', 'rest']), { waves }))).toBe('n1');
  });

  it('are noted at once, also where another policy had the node in a wave of that name', () => {
    const other = one('n1', 'canary', { ...staged, policy: 'other' });
    const { plan } = planned(world([other], { waves }));
    expect(plan.views).toMatchObject([{ node: 'n1', urgent: true, status: { wave: 'canary' } }]);
    expect(plan.status?.claims).toEqual([]);
  });
});

it('on COS nobody changes places when a window closes in mid-rollout', () => {
  const [old, next] = ['18613.164.68', '18613.164.98'];
  const nodes = ['n1', 'n2', 'n3'].map((name) => aCosNode(name));
  const about = { os: 'ContainerOptimizedOS', policy: 'cos', version: old, state: 'Unknown' } as const;
  const verified = { from: old, to: next, at: ago(hour), seconds: { drain: 1 } };
  const plan = planned(
    aSnapshot({
      nodes,
      views: nodes.map((node) =>
        aView(node, {
          ...about,
          ...(node.name === 'n1'
            ? { version: next, state: 'UpToDate', checkedAt: ago(hour), wave: 'canary', lastUpdate: verified }
            : {}),
          // n3 is new, and n2 was there before the spec let two into the first wave.
          ...(node.name === 'n2' ? { wave: '' } : {}),
        }),
      ),
      policies: [
        aPolicy({
          name: 'cos',
          spec: {
            os: 'ContainerOptimizedOS',
            schedule: { windows: [{ start: '0 22 * * *', duration: '6h' }] },
            rollout: { waves: [{ name: 'canary', nodes: 2 }] },
          },
          status: {
            observedGeneration: 1,
            fence: 'me/1',
            rollout: { target: next, startedAt: ago(2 * hour), updated: 1, failed: 0 },
          },
        }),
      ],
    }),
    'uid-cos',
  );
  expect(nodes.map(({ name }) => plan.view(name).wave)).toEqual(['canary', '', '']);
});

describe('a node of the first wave that a policy of this name, gone by now, has on its way', () => {
  const claim = aClaim('n1', { policyUID: 'uid-gone', order: anOrder('n1', minute) });
  const left = (state: 'Rebooting' | 'Failed') => {
    const nodes = [aNode('n1', { claim }), aNode('n2')];
    const views = nodes.map((node) =>
      aView(node, { ...staged, ...(node.name === 'n1' ? { state, wave: 'canary' } : { wave: '' }) }),
    );
    const spec = { rollout: { maxUnavailable: 5, waves: [{ name: 'canary', nodes: 1 }] } };
    return planned(aSnapshot({ nodes, views, policies: [aPolicy({ spec })] }));
  };

  it('is waited for', () => {
    expect(left('Rebooting').says('n2')).toBe('Staged: waits for wave canary');
  });

  it('is not waited for once it has failed', () => {
    expect(left('Failed').entry('n2')).toBeDefined();
  });
});
