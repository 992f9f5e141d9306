/** A policy that denies versions, waits for their age or for an approval: who is behind, what is staged, who is claimed, what is told. */
import { describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { restoreKey } from '../../src/api/keys.ts';
import type { PolicyStatus, VersionSeen } from '../../src/api/policy-status.ts';
import { formatRestore } from '../../src/api/restore.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aCosNode,
  ago,
  ahead,
  anAnswer,
  anEntry,
  aNode,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  bottlerocketImage,
  hour,
  iso,
  minute,
  noon,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const settings = { versionLock: 'latest', ignoreWaves: false };
const both = { available: '1.21.0', offers: ['1.21.0', '1.20.5'], settings };
const old: readonly VersionSeen[] = [
  { version: '1.21.0', at: ago(hour) },
  { version: '1.20.5', at: ago(100 * hour) },
];
/** What a COS host runs, and what it is offered. */
const build = '18613.164.68';
const next = '18613.164.98';

interface Case {
  readonly name: string;
  readonly target: object;
  readonly spec?: object;
  readonly node?: Partial<NodeFacts>;
  readonly view?: NodeViewStatus;
  readonly seen?: readonly VersionSeen[];
  readonly reserved?: true;
  readonly says: string;
  readonly reason?: string;
  readonly steps?: readonly string[];
}

type World = Pick<Case, 'target' | 'spec' | 'node' | 'view' | 'seen' | 'reserved'>;

function statusOf({ seen = old, reserved }: World): PolicyStatus {
  return {
    observedGeneration: 1,
    fence: 'me/1',
    versionsSeen: [...seen],
    claims: reserved === true ? [anEntry('n1')] : [],
  };
}

function bottlerocketWorld(world: World): Snapshot {
  const { target, spec, node, view } = world;
  return aSnapshot({
    nodes: [aNode('n1', node)],
    views: [aView(aNode('n1'), { ...both, ...view })],
    policies: [aPolicy({ spec: { target, ...spec }, status: statusOf(world) })],
  });
}

function cosWorld(world: World): Snapshot {
  const { target, spec, node, view } = world;
  return aSnapshot({
    nodes: [aCosNode('n1', node)],
    views: [aView(aCosNode('n1'), { os: 'ContainerOptimizedOS', policy: 'cos', version: build, ...view })],
    policies: [
      aPolicy({
        name: 'cos',
        spec: { os: 'ContainerOptimizedOS', target, ...spec },
        status: statusOf(world),
      }),
    ],
  });
}

const checked = { available: next, checkedAt: ago(hour) };

describe('a Bottlerocket node of such a policy is', () => {
  it.each<Case>([
    {
      name: 'behind the newest that is not denied',
      target: { deny: ['1.21.0'] },
      says: 'Outdated: 1.20.5 is available; 1.21.0 is denied by spec.target.deny; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'up to date where all that is newer is denied',
      target: { deny: ['1.21.0', '1.20.5'] },
      says: 'UpToDate: 1.20.0 is the newest allowed; 1.21.0 is denied by spec.target.deny',
    },
    {
      name: 'behind the newest that is old enough',
      target: { minimumAge: '24h' },
      says: `Outdated: 1.20.5 is available; 1.21.0 is too young: allowed from 2026-03-03T11:00:00Z; waits for its turn to be staged`,
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'waiting where nothing is old enough',
      target: { minimumAge: '200h' },
      view: { offers: ['1.21.0'] },
      says: 'Outdated: 1.21.0 is too young: allowed from 2026-03-10T19:00:00Z',
      reason: 'TooYoung',
    },
    {
      name: 'waiting from now on where nobody has seen the version before',
      target: { minimumAge: '1h' },
      seen: [],
      view: { offers: ['1.21.0'] },
      says: 'Outdated: 1.21.0 is too young: allowed from 2026-03-02T13:00:00Z',
      reason: 'TooYoung',
    },
    {
      name: 'behind at the very end of the wait',
      target: { minimumAge: '1h' },
      view: { offers: ['1.21.0'] },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'waiting for the age of one rather than for one that never comes',
      target: { deny: ['1.21.0'], minimumAge: '200h' },
      says: 'Outdated: 1.20.5 is too young: allowed from 2026-03-06T16:00:00Z',
      reason: 'TooYoung',
    },
    {
      name: 'waiting for an approval, and nothing is downloaded',
      target: { approval: 'Manual' },
      says: 'Outdated: 1.21.0 is available; spec.target.approvedVersion must name it',
      reason: 'AwaitingApproval',
    },
    {
      name: 'behind the older version that is approved',
      target: { approval: 'Manual', approvedVersion: '1.20.5' },
      says: 'Outdated: 1.20.5 is available; 1.21.0 is not what spec.target.approvedVersion names; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'waiting where the approved version is too young',
      target: { approval: 'Manual', approvedVersion: '1.21.0', minimumAge: '2h' },
      view: { offers: ['1.21.0'] },
      says: 'Outdated: 1.21.0 is too young: allowed from 2026-03-02T13:00:00Z',
      reason: 'TooYoung',
    },
    {
      name: 'waiting where an exact version is not approved',
      target: { version: '1.20.5', approval: 'Manual' },
      view: { asked: '1.20.5', available: '1.20.5' },
      says: 'Outdated: 1.20.5 is available; spec.target.approvedVersion must name it',
      reason: 'AwaitingApproval',
    },
    {
      name: 'behind an exact version that is approved',
      target: { version: '1.20.5', approval: 'Manual', approvedVersion: '1.20.5' },
      view: { asked: '1.20.5', available: '1.20.5' },
      says: 'Outdated: 1.20.5 is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'taken down without a wait for any age',
      target: { version: '1.19.0', minimumAge: '24h' },
      view: { asked: '1.19.0', available: '1.19.0' },
      says: 'Outdated: 1.19.0, older than what it runs, is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'staged anew where what is staged is denied by now',
      target: { deny: ['1.21.0'] },
      view: { staged: '1.21.0', checkedAt: ago(hour) },
      says: 'Outdated: 1.20.5 is available; 1.21.0 is denied by spec.target.deny; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'not claimed with a slot for what is denied by now',
      target: { deny: ['1.21.0', '1.20.5'] },
      view: { staged: '1.21.0', checkedAt: ago(hour) },
      reserved: true,
      says: 'UpToDate: 1.20.0 is the newest allowed; 1.21.0 is denied by spec.target.deny',
    },
    {
      name: 'not led past the lock of a person on its host',
      target: { deny: ['1.20.5'] },
      view: { settings: { versionLock: 'v1.20.0', ignoreWaves: false } },
      says: 'UpToDate: 1.20.0 is the newest that the node is offered; its own setting version-lock says v1.20.0',
    },
    {
      name: 'out of reach where its host does not show the setting that pins',
      target: { deny: ['1.21.0'] },
      node: {},
      says: 'Outdated: its last inspection did not tell the settings that have to be changed for the update',
      reason: 'SettingsUnknown',
    },
  ])('$name', ({ says, reason, steps = [], ...world }) => {
    const snapshot = bottlerocketWorld(world);
    if (reason === 'SettingsUnknown') {
      const { settings: _settings, ...status } = snapshot.views.get('n1')?.status ?? {};
      const views = [aView(aNode('n1'), status)];
      const { policies } = snapshot;
      const plan = planned(aSnapshot({ nodes: [aNode('n1')], views, policies }));
      expect(plan.says('n1')).toBe(says);
      expect(plan.view('n1').reason).toBe(reason);
      return;
    }
    const plan = planned(snapshot);
    expect(plan.says('n1')).toBe(says);
    expect(plan.view('n1').reason).toBe(reason);
    expect(plan.steps('n1')).toEqual(steps);
    if (world.reserved === true) expect(plan.status.claims).toEqual([]);
  });

  it('pinned to what was chosen, and told so before', () => {
    const plan = planned(bottlerocketWorld({ target: { deny: ['1.21.0'] } }));
    expect(plan.step('n1', 'CreateTask').request).toMatchObject({
      target: '1.20.5',
      options: { restore: { 'version-lock': 'latest', pinned: { 'version-lock': ['1.20.5'] } } },
    });
    // The next inspection asks for all that there is, as it did before.
    expect(plan.step('n1', 'CreateTask').asked).toBeUndefined();
    expect(plan.view('n1').target).toBe('1.20.5');
  });

  it('not pinned where all is allowed and nothing governs', () => {
    const plan = planned(bottlerocketWorld({ target: {} }));
    expect(plan.step('n1', 'CreateTask').request).not.toHaveProperty('target');
  });

  it('listed only, where a wave hides what is there and nothing may be taken yet', () => {
    const world = { target: { deny: ['1.0.0'] }, spec: { bottlerocket: { ignoreWaves: true } } };
    const view = { asked: 'Latest, ignoring waves', available: '1.20.0', offers: [] };
    const { request } = planned(bottlerocketWorld({ ...world, view })).step('n1', 'CreateTask');
    expect(request).not.toHaveProperty('target');
    expect(request.options).toMatchObject({
      listOnly: true,
      restore: { pinned: { 'ignore-waves': [true] } },
    });
  });

  it('claimed for exactly that version, and its note stays', () => {
    const note = formatRestore({
      os: 'Bottlerocket',
      'version-lock': 'latest',
      'ignore-waves': false,
      pinned: { 'version-lock': ['1.20.5'] },
    });
    const view = {
      staged: '1.20.5',
      checkedAt: ago(minute),
      settings: { versionLock: '1.20.5', ignoreWaves: false },
    };
    const world = { target: { deny: ['1.21.0'] }, view, reserved: true } as const;
    const snapshot = bottlerocketWorld({ ...world, node: { annotations: { [restoreKey]: note } } });
    const plan = planned({
      ...snapshot,
      previews: new Map([['n1', { at: noon, nodeUID: 'uid-n1', pods: [] }]]),
    });
    expect(plan.step('n1', 'Claim').claim).toMatchObject({ target: '1.20.5', exact: true });
  });
});

describe('a COS node of such a policy is', () => {
  it.each<Case>([
    {
      name: 'waiting for the approval of what a check has found',
      target: { approval: 'Manual' },
      view: checked,
      says: `Outdated: ${next} is available; spec.target.approvedVersion must name it`,
      reason: 'AwaitingApproval',
    },
    {
      name: 'up to date where what a check has found is denied',
      target: { deny: [next] },
      view: checked,
      says: `UpToDate: ${build} is the newest allowed; ${next} is denied by spec.target.deny`,
    },
    {
      name: 'waiting for the age of what a check has found',
      target: { minimumAge: '24h' },
      view: checked,
      seen: [{ version: next, at: ago(hour) }],
      says: `Outdated: ${next} is too young: allowed from 2026-03-03T11:00:00Z`,
      reason: 'TooYoung',
    },
    {
      name: 'staged in its turn, long before the next check, once it is old enough',
      target: { minimumAge: '1h' },
      view: checked,
      seen: [{ version: next, at: ago(hour) }],
      says: 'Outdated: its turn has come',
    },
    {
      name: 'asked again in its turn once a check is due, and stays as far behind as it was',
      target: { approval: 'Manual' },
      spec: { checkInterval: '1h' },
      view: { ...checked, checkedAt: ago(2 * hour), inspectedAt: ago(minute) },
      says: 'Outdated: its turn has come',
    },
    {
      name: 'rid of a denied build that its host has staged, without a turn',
      target: { deny: [next] },
      view: { staged: next, checkedAt: ago(hour) },
      says: `Outdated: ${next} is staged and is denied by spec.target.deny; any reboot enters it until a Stage has taken it back`,
      reason: 'DeniedVersion',
      steps: ['Stage task'],
    },
    {
      name: 'rid of it also where no check is wanted',
      target: { approval: 'Manual' },
      spec: { containerOptimizedOS: { checkForUpdate: false } },
      view: { staged: next },
      says: `Outdated: ${next} is staged and is not what spec.target.approvedVersion names; any reboot enters it until a Stage has taken it back`,
      reason: 'AwaitingApproval',
      steps: ['Stage task'],
    },
    {
      name: 'not claimed with a slot for it',
      target: { deny: [next] },
      view: { staged: next, checkedAt: ago(hour) },
      reserved: true,
      says: `Outdated: ${next} is staged and is denied by spec.target.deny; any reboot enters it until a Stage has taken it back`,
      reason: 'DeniedVersion',
      steps: ['Stage task'],
    },
    {
      name: 'left alone while the policy is paused',
      target: { deny: [next] },
      spec: { paused: true },
      view: { staged: next, checkedAt: ago(hour) },
      says: 'Outdated: paused by spec.paused',
    },
    {
      name: 'asked again in its turn where nobody can say what is staged',
      target: { deny: [next] },
      view: { staged: `${build}+`, checkedAt: ago(hour) },
      says: `Unknown: ${build}+ was staged by the host itself; any reboot activates it; its turn has come`,
    },
  ])('$name', ({ says, reason, steps = [], ...world }) => {
    const plan = planned(cosWorld(world), 'uid-cos');
    expect(plan.says('n1')).toBe(says);
    expect(plan.view('n1').reason).toBe(reason);
    expect(plan.steps('n1')).toEqual(steps);
  });

  it('told what may stay staged', () => {
    const target = { deny: ['1.2.3'], minimumAge: '2h', approval: 'Manual', approvedVersion: next };
    const seen = [
      { version: next, at: ago(hour) },
      { version: build, at: ago(3 * hour) },
    ];
    const world = cosWorld({ target, seen, reserved: true });
    const { request } = planned(world, 'uid-cos').step('n1', 'CreateTask');
    expect(request.options).toMatchObject({
      checkForUpdate: true,
      allow: { deny: ['1.2.3'], approved: next, old: [build] },
    });
  });

  it('failed, and counts, once its host has kept what is denied up to the limit', () => {
    const attempts = [
      {
        version: next,
        count: 3,
        attempt: 'pod-3',
        reason: 'VetoRefused',
        message: `${next} is staged, which spec.target.deny names, and update_engine does not take it back`,
        at: ago(minute),
        notBefore: ago(minute),
      },
    ];
    const plan = planned(cosWorld({ target: { deny: [next] }, view: { staged: next, attempts } }), 'uid-cos');
    expect(plan.says('n1')).toMatch(/^Failed: .*3 of 3 attempts failed/);
    expect(plan.status.failures).toMatchObject([{ node: 'n1', version: next, reason: 'VetoRefused' }]);
    expect(plan.steps('n1')).toEqual([]);
  });

  it('not asked for a check by the Stage that takes something back', () => {
    const world = cosWorld({ target: { deny: [next] }, view: { staged: next } });
    const { request } = planned(world, 'uid-cos').step('n1', 'CreateTask');
    expect(request.options).toMatchObject({ checkForUpdate: false, allow: { deny: [next] } });
  });

  it('due for a check after a Stage that found nothing to take back', () => {
    const node = aCosNode('n1');
    const answer = anAnswer(node, {
      os: 'ContainerOptimizedOS',
      outcome: 'NothingToDo',
      reason: 'NotAsked',
      version: build,
    });
    const world = cosWorld({ target: { deny: [next] }, view: { ...checked, staged: next } });
    const tasks = new Map([[node.uid, aTask(node, { task: 'Stage', policyUID: 'uid-cos', answer })]]);
    const view = planned({ ...world, tasks }, 'uid-cos').view('n1');
    expect(view).not.toHaveProperty('checkedAt');
    expect(view).not.toHaveProperty('available');
    expect(view).not.toHaveProperty('staged');
    expect(view.inspectedAt).toBe(iso(noon));
  });
});

describe('a version that failed on as many nodes as may fail', () => {
  const failed = {
    node: 'n1',
    nodeUID: 'uid-n1',
    version: '1.20.5',
    attempt: 'attempt-n1',
    reason: 'FellBack',
    at: ago(hour),
  };
  const fresh = (name: string) => new Map([[name, { at: noon, nodeUID: `uid-${name}`, pods: [] }]]);
  const other = (spec: object, staged: string) => {
    const nodes = [aNode('n1'), aNode('n2')];
    const status = { observedGeneration: 1, fence: 'me/1', versionsSeen: [...old], failures: [failed] };
    return planned(
      aSnapshot({
        nodes,
        views: [
          aView(nodes[0] ?? aNode('n1'), both),
          aView(nodes[1] ?? aNode('n2'), { ...both, available: staged, staged, checkedAt: ago(minute) }),
        ],
        policies: [aPolicy({ spec, status })],
        previews: fresh('n2'),
      }),
    );
  };

  it.each([
    ['that version', '1.20.5'],
    ['a newer one either, before a person says so', '1.21.0'],
  ])('lets no other node begin with %s', (_name, staged) => {
    const plan = other({}, staged);
    expect(plan.says('n2')).toBe('Staged: halted: 1 failed');
    expect(plan.status.claims).toEqual([]);
    expect(plan.condition('Stalled')).toBe('True FailureBudgetExceeded');
  });

  it('is tried again with a new token, unless it is denied', () => {
    expect(other({ retry: { token: 'again' } }, '1.20.5').entry('n2')).toBeDefined();
    const denied = other({ retry: { token: 'again' }, target: { deny: ['1.20.5'] } }, '1.20.5');
    expect(denied.entry('n2')).toBeUndefined();
    expect(denied.says('n2')).toBe('Outdated: 1.21.0 is available; waits for its turn to be staged');
  });
});

describe('a wave', () => {
  it.each([
    ['an approval', { approval: 'Manual', approvedVersion: '1.20.5' }],
    ['its age', { minimumAge: '24h' }],
  ])('is not waited for while its node waits for %s of something newer still', (_name, target) => {
    const canary = aNode('n1', { labels: { canary: 'yes' }, osImage: bottlerocketImage('1.20.5') });
    const rest = aNode('n2');
    const waves = [{ name: 'canary', selector: { matchLabels: { canary: 'yes' } } }];
    const plan = planned(
      aSnapshot({
        nodes: [canary, rest],
        views: [
          aView(canary, { ...both, wave: 'canary', version: '1.20.5', offers: ['1.21.0'] }),
          aView(rest, { ...both, wave: '', staged: '1.20.5', checkedAt: ago(minute) }),
        ],
        policies: [
          aPolicy({
            spec: { target, rollout: { waves } },
            status: { observedGeneration: 1, fence: 'me/1', versionsSeen: [...old] },
          }),
        ],
        previews: new Map([['n2', { at: noon, nodeUID: 'uid-n2', pods: [] }]]),
      }),
    );
    expect(plan.view('n1').state).toBe('Outdated');
    expect(plan.entry('n2')).toBeDefined();
  });
});

describe('the policy', () => {
  const awaiting = (status: Partial<PolicyStatus> = {}) => {
    const snapshot = bottlerocketWorld({ target: { approval: 'Manual' } });
    const policies = snapshot.policies.map((one) => ({ ...one, status: { ...one.status, ...status } }));
    return planned({ ...snapshot, policies });
  };

  it('says which version waits for an approval, and tells it once', () => {
    const first = awaiting();
    expect(first.status.message).toBe('1.21.0 is available; spec.target.approvedVersion must name it');
    expect(first.condition('Progressing')).toBe('False AwaitingApproval');
    expect(first.condition('UpToDate')).toBe('False AwaitingApproval');
    expect(first.status).toMatchObject({ pending: 1, upToDate: 0, progress: '0/1' });
    const told = first.plan.announcements.filter(({ reason }) => reason === 'AwaitingApproval');
    expect(told).toEqual([expect.objectContaining({ type: 'Normal', note: first.status.message })]);
    const again = awaiting({ conditions: first.status.conditions ?? [] });
    expect(again.plan.announcements.filter(({ reason }) => reason === 'AwaitingApproval')).toEqual([]);
  });

  it('looks again when a version is old enough', () => {
    const { plan, condition } = planned(
      bottlerocketWorld({ target: { minimumAge: '2h' }, view: { offers: ['1.21.0'] } }),
    );
    expect(plan.wakeAt).toBe(noon + hour);
    expect(condition('Progressing')).toBe('False TooYoung');
  });

  it('says what is denied where nothing else is left', () => {
    const { status, condition } = planned(bottlerocketWorld({ target: { deny: ['1.21.0', '1.20.5'] } }));
    expect(status.message).toBe('all 1 nodes are up to date; 1.21.0 is denied by spec.target.deny');
    expect(condition('UpToDate')).toBe('True AllNodesCurrent');
  });

  it('notes when it first saw a version, also where nothing governs', () => {
    const { status } = planned(bottlerocketWorld({ target: {}, seen: [] }));
    expect(status.versionsSeen).toEqual([
      { version: '1.21.0', at: iso(noon) },
      { version: '1.20.5', at: iso(noon) },
    ]);
  });

  it('does not take a time that lies ahead for a reason to wait longer', () => {
    const seen = [{ version: '1.21.0', at: ahead(1000 * hour) }];
    const world = { target: { minimumAge: '1h' }, view: { offers: ['1.21.0'] }, seen };
    expect(planned(bottlerocketWorld(world)).says('n1')).toBe(
      'Outdated: 1.21.0 is too young: allowed from 2026-03-02T13:00:00Z',
    );
  });
});
