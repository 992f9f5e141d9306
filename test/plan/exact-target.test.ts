/** A policy that names one version: who is behind, what a Stage is told, what counts as reached; and waves. */
import { describe, expect, it } from '@jest/globals';
import { parseClaim } from '../../src/api/claim.ts';
import { claimKey, restoreKey } from '../../src/api/keys.ts';
import { formatRestore } from '../../src/api/restore.ts';
import type { NodeFacts, NodeView, TaskFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
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
const noteOf = (version: string): string =>
  formatRestore({
    os: 'Bottlerocket',
    'version-lock': 'latest',
    'ignore-waves': false,
    pinned: { 'version-lock': [version] },
  });

interface Case {
  readonly name: string;
  readonly target: string;
  readonly spec?: object;
  readonly claims?: readonly ReturnType<typeof anEntry>[];
  readonly node?: Parameters<typeof aNode>[1];
  readonly view?: Partial<NodeView['status']>;
  /** What its view does not say. */
  readonly unseen?: readonly ('asked' | 'settings')[];
  readonly task?: Partial<TaskFacts>;
  readonly more?: Partial<Pick<Snapshot, 'now'>>;
  readonly says: string;
  readonly steps?: readonly string[];
}

/** One node that runs 1.20.0 unless said otherwise, inspected for the target an hour ago. */
function worldOf({
  target,
  spec,
  claims,
  node,
  view,
  unseen = [],
  task,
  more,
}: Omit<Case, 'name' | 'says'>): Snapshot {
  const one: NodeFacts = aNode('n1', node);
  const asked = target === 'Latest' || unseen.includes('asked') ? {} : { asked: target };
  const known = unseen.includes('settings') ? {} : { settings };
  return aSnapshot({
    nodes: [one],
    views: [aView(aNode('n1', { osImage: one.osImage }), { ...known, ...asked, ...view })],
    tasks: task === undefined ? [] : [aTask(one, task)],
    policies: [
      aPolicy({
        spec: { target: { version: target }, ...spec },
        status: { observedGeneration: 1, fence: 'me/1', claims: [...(claims ?? [])] },
      }),
    ],
    ...more,
  });
}

describe('with an exact target a node is', () => {
  it.each<Case>([
    {
      name: 'up to date on just that version, whatever it is offered',
      target: '1.20.0',
      view: { available: '1.21.0' },
      says: 'UpToDate: 1.20.0 is the version that spec.target names',
    },
    {
      name: 'up to date on that version without being asked anew',
      target: '1.20.0',
      view: { asked: '1.19.0', available: '1.21.0' },
      says: 'UpToDate: 1.20.0 is the version that spec.target names',
    },
    {
      name: 'asked anew where it was asked for something else',
      target: '1.21.0',
      view: { asked: '1.22.0' },
      says: 'Unknown: the policy wants another version since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'asked anew where it was asked for the newest',
      target: '1.21.0',
      view: { available: '1.21.0' },
      unseen: ['asked'],
      says: 'Unknown: the policy wants another version since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'behind where it is older',
      target: '1.21.0',
      view: { available: '1.21.0' },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'behind where it is newer',
      target: '1.19.5',
      view: { available: '1.19.5' },
      says: 'Outdated: 1.19.5, older than what it runs, is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'staged without a second note',
      target: '1.19.5',
      node: { annotations: { [restoreKey]: noteOf('1.19.5') } },
      view: { available: '1.19.5' },
      says: 'Outdated: 1.19.5, older than what it runs, is available; waits for its turn to be staged',
      steps: ['Stage task'],
    },
    {
      name: 'staged without a note where a person had pinned just that',
      target: '1.19.5',
      view: { available: '1.19.5', settings: { versionLock: '1.19.5', ignoreWaves: false } },
      says: 'Outdated: 1.19.5, older than what it runs, is available; waits for its turn to be staged',
      steps: ['Stage task'],
    },
    {
      name: 'staged anew where something else is staged',
      target: '1.21.0',
      view: { available: '1.21.0', staged: '1.22.0' },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'a candidate where just that is staged',
      target: '1.19.5',
      view: { available: '1.19.5', staged: '1.19.5' },
      says: 'Staged: its turn has come',
    },
    {
      name: 'out of reach where it is not offered',
      target: '1.30.0',
      says: 'Outdated: 1.30.0 is not offered to it: it is not in the repository of its variant, or its wave has not come (spec.bottlerocket.ignoreWaves)',
    },
    {
      name: 'out of reach where it is not offered without waves either',
      target: '1.30.0',
      view: { settings: { versionLock: 'latest', ignoreWaves: true } },
      says: 'Outdated: 1.30.0 is not offered to it: it is not in the repository of its variant, or not for the version that it runs',
    },
    {
      name: 'staged with waves ignored where only a wave may hold it back',
      target: '1.30.0',
      spec: { bottlerocket: { ignoreWaves: true } },
      view: { asked: '1.30.0, ignoring waves' },
      says: 'Outdated: 1.30.0 is not listed, its wave may hold it back: asks again with waves ignored; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'out of reach until the next check where a Stage that ignored waves found nothing',
      target: '1.30.0',
      spec: { bottlerocket: { ignoreWaves: true } },
      view: { asked: '1.30.0, ignoring waves', checkedAt: ago(hour), inspectedAt: ago(hour) },
      says: 'Outdated: 1.30.0 is not offered to it: it is not in the repository of its variant, or not for the version that it runs',
    },
    {
      name: 'unsupported where its settings cannot be changed, as it said itself',
      target: '1.21.0',
      view: { unsupported: { reason: 'SettingsLocked', message: 'its settings cannot be read' } },
      says: 'Unsupported: its settings cannot be read',
    },
    {
      name: 'not staged where nobody knows its settings',
      target: '1.21.0',
      view: { available: '1.21.0' },
      unseen: ['settings'],
      says: 'Outdated: its last inspection did not tell the settings that have to be changed for the update',
    },
    {
      name: 'only told of in mode Plan',
      target: '1.19.5',
      spec: { mode: 'Plan' },
      view: { available: '1.19.5' },
      says: 'Outdated: mode is Plan: nothing is changed; it would be the only one',
    },
  ])('$name', ({ says, steps = [], ...world }) => {
    const plan = planned(worldOf(world));
    expect(plan.says('n1')).toBe(says);
    expect(plan.steps('n1')).toEqual(steps);
  });
});

describe('a Stage for an exact target', () => {
  const plan = planned(worldOf({ target: '1.19.5', view: { available: '1.19.5' } }));

  it('comes after a note of what the settings are', () => {
    expect(plan.step('n1', 'Remember')).toMatchObject({
      resourceVersion: '1',
      note: {
        os: 'Bottlerocket',
        'version-lock': 'latest',
        'ignore-waves': false,
        pinned: { 'version-lock': ['1.19.5'] },
      },
    });
  });

  it('names the target and carries the note', () => {
    const { request, asked } = plan.step('n1', 'CreateTask');
    expect(request).toMatchObject({
      task: 'Stage',
      target: '1.19.5',
      options: { restore: { 'version-lock': 'latest', pinned: { 'version-lock': ['1.19.5'] } } },
    });
    expect(asked).toBe('1.19.5');
  });

  it('comes after the ledger entry where nothing is fetched ahead', () => {
    const noPrefetch = { rollout: { prefetch: { enabled: false } } };
    const world = { target: '1.19.5', spec: noPrefetch, view: { available: '1.19.5' } };
    const first = planned(worldOf(world));
    expect([first.steps('n1'), first.entry('n1')?.phase]).toEqual([[], 'Reserved']);
    expect(planned(worldOf({ ...world, claims: [anEntry('n1')] })).steps('n1')).toEqual([
      'Remember',
      'Stage task',
    ]);
  });

  it('is not told anything of the kind for plain Latest', () => {
    const latest = planned(worldOf({ target: 'Latest', view: { available: '1.21.0' } }));
    expect(latest.steps('n1')).toEqual(['Stage task']);
    const { request, asked } = latest.step('n1', 'CreateTask');
    expect([request.target, request.options, asked]).toEqual([undefined, {}, undefined]);
  });

  it('is recorded with what it was asked for and the settings it found', () => {
    const node = aNode('n1');
    const answer = anAnswer(node, {
      available: '1.19.5',
      staged: '1.19.5',
      settings: { 'version-lock': '1.19.5', 'ignore-waves': false },
    });
    const { view } = planned(
      worldOf({
        target: '1.19.5',
        view: { available: '1.19.5' },
        task: { task: 'Stage', asked: '1.19.5', answer },
      }),
    );
    expect(view('n1')).toMatchObject({
      state: 'Staged',
      target: '1.19.5',
      staged: '1.19.5',
      asked: '1.19.5',
      settings: { versionLock: '1.19.5', ignoreWaves: false },
    });
  });

  it('that found the settings moved has told what they are', () => {
    const answer = anAnswer(aNode('n1'), {
      outcome: 'Retry',
      reason: 'SettingsMoved',
      settings: { 'version-lock': '1.18.0', 'ignore-waves': true },
    });
    const { view } = planned(
      worldOf({ target: '1.19.5', view: { available: '1.19.5' }, task: { task: 'Stage', answer } }),
    );
    expect(view('n1').settings).toEqual({ versionLock: '1.18.0', ignoreWaves: true });
  });

  it('whose host shows settings of another form has shown none', () => {
    const answer = anAnswer(aNode('n1'), { settings: { 'version-lock': 'rm -rf', 'ignore-waves': false } });
    const { view } = planned(
      worldOf({ target: '1.19.5', view: { available: '1.19.5' }, task: { asked: '1.19.5', answer } }),
    );
    expect(view('n1')).not.toHaveProperty('settings');
  });
});

describe('a claim for an exact target', () => {
  it('says that it is exact', () => {
    const plan = planned(
      worldOf({
        target: '1.19.5',
        view: { available: '1.19.5', staged: '1.19.5' },
        claims: [anEntry('n1')],
      }),
    );
    const { claim } = plan.step('n1', 'Claim');
    expect(claim).toMatchObject({ from: '1.20.0', target: '1.19.5', exact: true });
    expect(parseClaim(JSON.stringify(claim))).toEqual({ claim });
  });

  const after = (target: string, runs: string, exact = true) => {
    const claim = aClaim('n1', {
      at: ago(5 * minute),
      target,
      order: anOrder('n1', 3 * minute),
      ...(exact ? { exact: true } : {}),
    });
    return worldOf({
      target,
      node: { claim, bootID: 'boot-n1-2', osImage: bottlerocketImage(runs) },
      claims: [anEntry('n1')],
    });
  };

  it.each([
    ['1.21.0', '1.21.0', 'Verifying: verified on 1.21.0', 'Soaking'],
    ['1.19.5', '1.19.5', 'Verifying: verified on 1.19.5', 'Soaking'],
    [
      '1.21.0',
      '1.22.0',
      'Verifying: is being released: it came back on 1.22.0 instead of 1.21.0',
      'Reserved',
    ],
    [
      '1.19.5',
      '1.20.0',
      'Verifying: is being released: it came back on 1.20.0 instead of 1.19.5',
      'Reserved',
    ],
    [
      '1.19.5',
      '1.18.0',
      'Verifying: is being released: it came back on 1.18.0 instead of 1.19.5',
      'Reserved',
    ],
  ])('to %s that comes back on %s: %s', (target, runs, says, phase) => {
    const plan = planned(after(target, runs));
    expect(plan.says('n1')).toBe(says);
    expect(plan.entry('n1')?.phase).toBe(phase);
  });

  it.each([
    ['1.20.0', 'FellBack'],
    ['1.22.0', 'OtherVersion'],
  ])('that comes back on %s counts as %s', (runs, reason) => {
    expect(planned(after('1.21.0', runs)).status.failures).toMatchObject([{ node: 'n1', reason }]);
  });

  it('of before, to the newest, takes a newer version that was released meanwhile', () => {
    expect(planned(after('1.21.0', '1.22.0', false)).says('n1')).toBe('Verifying: verified on 1.22.0');
  });

  it.each([
    ['1.19.5', 'verified on 1.19.5'],
    ['1.20.0', 'is being released: it rebooted by itself'],
  ])('whose node boots by itself into %s: %s', (runs, because) => {
    const claim = aClaim('n1', { target: '1.19.5', exact: true });
    const node = { claim, bootID: 'boot-n1-2', osImage: bottlerocketImage(runs) };
    expect(planned(worldOf({ target: '1.19.5', node, claims: [anEntry('n1')] })).view('n1').because).toBe(
      because,
    );
  });

  it('finishes when the policy names another version meanwhile', () => {
    const claim = aClaim('n1', { target: '1.19.5', exact: true });
    const plan = planned(worldOf({ target: '1.21.0', node: { claim }, claims: [anEntry('n1')] }));
    expect(plan.steps('n1')).toEqual(['Order']);
    expect(JSON.parse(aNode('n1', { claim }).annotations[claimKey] ?? '')).toMatchObject({
      target: '1.19.5',
    });
  });
});

describe('ignoreWaves with the newest version', () => {
  const ignoring = { bottlerocket: { ignoreWaves: true } };
  const asked = { asked: 'Latest, ignoring waves' };

  it.each<Omit<Case, 'target'>>([
    {
      name: 'has a node asked that was asked without',
      view: {},
      says: 'Unknown: the policy wants another version since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'stages what is listed, with waves ignored',
      view: { ...asked, available: '1.21.0' },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'checks by a Stage where nothing newer is listed',
      view: asked,
      says: 'Unknown: due for a check; what a wave holds back shows only to a Stage that ignores waves; waits for its turn to be staged',
      steps: ['Remember', 'Stage task'],
    },
    {
      name: 'checks once per interval',
      view: { ...asked, checkedAt: ago(hour), inspectedAt: ago(hour) },
      says: 'UpToDate: 1.20.0 was the newest at the last check',
    },
    {
      name: 'changes nothing where the host ignores waves by itself',
      view: { ...asked, settings: { versionLock: 'latest', ignoreWaves: true } },
      says: 'UpToDate: 1.20.0 is the newest that the node is offered',
    },
    {
      name: 'asks nobody in mode Plan',
      spec: { ...ignoring, mode: 'Plan' },
      view: asked,
      says: 'Unknown: due for a check; what a wave holds back shows only to a Stage that ignores waves: it is not asked in mode Plan',
    },
  ])('$name', ({ says, steps = [], spec = ignoring, ...world }) => {
    const plan = planned(worldOf({ target: 'Latest', spec, ...world }));
    expect(plan.says('n1')).toBe(says);
    expect(plan.steps('n1')).toEqual(steps);
  });
});

describe('the target of a policy', () => {
  it('is the exact one, also for nodes that are past it', () => {
    const plan = planned(worldOf({ target: '1.19.5', view: { available: '1.19.5' } }));
    expect([plan.status.target, plan.view('n1').target]).toEqual(['1.19.5', '1.19.5']);
    expect(plan.condition('UpToDate')).toBe('False NodesPending');
  });

  it('out of reach is told, and is no change that would be made', () => {
    const plan = planned(worldOf({ target: '1.30.0', spec: { mode: 'Plan' } }));
    expect(plan.status.message).toBe('mode is Plan: nothing would be done now');
    expect(planned(worldOf({ target: '1.30.0' })).status.message).toContain(
      'n1: 1.30.0 is not offered to it',
    );
  });

  it('is looked for again once per interval', () => {
    const plan = planned(worldOf({ target: '1.30.0', view: { inspectedAt: iso(noon - 7 * hour) } }));
    expect(plan.steps('n1')).toEqual(['Inspect task']);
    expect(plan.step('n1', 'CreateTask').request).toMatchObject({ target: '1.30.0', options: {} });
  });
});
