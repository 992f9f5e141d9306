/** What becomes of the settings that a Stage changed on a host: a note before, an Inspect that puts them back, and the note goes. */
import { describe, expect, it } from '@jest/globals';
import { restoreKey } from '../../src/api/keys.ts';
import { formatRestore, type RestoreNote } from '../../src/api/restore.ts';
import type { NodeFacts, NodeView, TaskFacts } from '../../src/plan/facts.ts';
import { told } from '../../src/plan/node-reasons.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import type { Step } from '../../src/plan/step.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anAnswer,
  anEntry,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  bottlerocketImage,
  cosImage,
  minute,
  noon,
} from '../support/builders.ts';
import { planned, titleOf } from './planned.ts';

const note: RestoreNote = {
  os: 'Bottlerocket',
  'version-lock': 'latest',
  'ignore-waves': false,
  pinned: { 'version-lock': ['1.21.0'] },
};
const noted = { annotations: { [restoreKey]: formatRestore(note) } };
const settings = { versionLock: '1.21.0', ignoreWaves: false };
const pinned = { target: { version: '1.21.0' } };
const onTarget = { ...noted, osImage: bottlerocketImage('1.21.0') };

interface Case {
  readonly name: string;
  readonly spec?: object;
  readonly entry?: ReturnType<typeof anEntry>;
  readonly node?: Parameters<typeof aNode>[1];
  readonly view?: Partial<NodeView['status']>;
  readonly task?: Partial<TaskFacts>;
  readonly more?: Partial<Pick<Snapshot, 'taskMemory' | 'settings' | 'busy'>>;
  readonly says: string;
  readonly steps?: readonly string[];
}

/** One node with a note, under a policy for 1.21.0. */
function worldOf({ spec = pinned, entry, node, view, task, more }: Omit<Case, 'name' | 'says'>): Snapshot {
  const one: NodeFacts = aNode('n1', { ...noted, ...node });
  return aSnapshot({
    nodes: [one],
    views: [aView({ ...one, bootID: 'boot-n1-1' }, { settings, asked: '1.21.0', ...view })],
    tasks: task === undefined ? [] : [aTask(one, task)],
    policies: [
      aPolicy({
        spec,
        status: { observedGeneration: 1, fence: 'me/1', claims: entry === undefined ? [] : [entry] },
      }),
    ],
    ...more,
  });
}

const answered = (outcome: 'Done' | 'Retry', restored: boolean) => ({
  answer: anAnswer(aNode('n1'), {
    outcome,
    version: '1.21.0',
    settings: { 'version-lock': 'latest', 'ignore-waves': false },
    message: 'said',
    ...(restored ? { restored: true } : {}),
  }),
});

describe('the settings of a host are put back', () => {
  it.each<Case>([
    {
      name: 'from a node that runs the target',
      node: onTarget,
      says: 'UpToDate: 1.21.0 is the version that spec.target names',
      steps: ['Inspect task'],
    },
    {
      name: 'while it soaks',
      node: onTarget,
      entry: anEntry('n1', { phase: 'Soaking', until: ahead(minute) }),
      says: 'Soaking: verified; stays healthy until 2026-03-02T12:01:00Z before its slot is free',
      steps: ['Inspect task'],
    },
    {
      name: 'by the Inspect that is due after the boot anyway',
      node: { ...onTarget, bootID: 'boot-n1-2' },
      says: 'Unknown: it was booted since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'from a node that was released and waits',
      view: {
        available: '1.21.0',
        staged: '1.21.0',
        attempts: [
          {
            version: '1.21.0',
            count: 1,
            attempt: 'a',
            reason: 'DrainTimeout',
            message: 'it did not drain',
            at: ahead(-minute),
            notBefore: ahead(minute),
          },
        ],
      },
      says: 'Staged: tries again after 2026-03-02T12:01:00Z: it did not drain',
      steps: ['Inspect task'],
    },
    {
      name: 'from a node that is held',
      node: { annotations: { ...noted.annotations, 'containeros.dev/hold': 'the quarter ends' } },
      view: { available: '1.21.0' },
      says: 'Held: held by annotation containeros.dev/hold: the quarter ends',
      steps: ['Inspect task'],
    },
    {
      name: 'of a paused policy',
      spec: { ...pinned, paused: true },
      view: { available: '1.21.0', staged: '1.21.0' },
      says: 'Staged: paused by spec.paused',
      steps: ['Inspect task'],
    },
    {
      name: 'in mode Plan',
      spec: { ...pinned, mode: 'Plan' },
      view: { available: '1.21.0' },
      says: 'Outdated: mode is Plan: nothing is changed; it would be the only one',
      steps: ['Inspect task'],
    },
    {
      name: 'from a node that was handed to another updater',
      node: { labels: { 'bottlerocket.aws/updater-interface-version': '2.0.0' } },
      says: "Unsupported: its label bottlerocket.aws/updater-interface-version says that Bottlerocket's own update operator manages it; remove the label to hand it over",
      steps: ['Inspect task'],
    },
    {
      name: 'before a policy without such a target stages anything',
      spec: {},
      view: { available: '1.22.0' },
      says: 'Unknown: the policy wants another version since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'before a policy without such a target claims it',
      spec: { bottlerocket: { ignoreWaves: true } },
      view: { asked: 'Latest, ignoring waves', available: '1.22.0', staged: '1.22.0' },
      says: "Staged: the host's own update settings are put back first",
      steps: ['Inspect task'],
    },
  ])('$name', ({ says, steps, ...world }) => {
    const plan = planned(worldOf(world));
    expect(plan.says('n1')).toBe(says);
    expect(plan.steps('n1')).toEqual(steps);
    expect(plan.step('n1', 'CreateTask').request).toMatchObject({
      task: 'Inspect',
      options: { restore: note },
    });
  });

  it('and no reason of a Stage that failed before stays beside that', () => {
    const failed = { task: 'Stage', count: 1, because: 'busy', reason: told('UpdaterBusy') };
    const plan = planned(
      worldOf({
        spec: { bottlerocket: { ignoreWaves: true } },
        view: { asked: 'Latest, ignoring waves', available: '1.22.0' },
        more: { taskMemory: new Map([['uid-n1', { ...failed, notBefore: noon + minute }]]) },
      }),
    );
    expect(plan.says('n1')).toBe("Outdated: the host's own update settings are put back first");
    expect(plan.view('n1')).not.toHaveProperty('reason');
  });

  it.each<Case>([
    {
      name: 'while it waits to be staged',
      view: { available: '1.21.0' },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Stage task'],
    },
    {
      name: 'while it is staged',
      view: { available: '1.21.0' },
      task: { task: 'Stage' },
      says: 'Staging: its Stage task is running',
    },
    {
      name: 'while a Stage is tried again in a moment',
      view: { available: '1.21.0' },
      more: {
        taskMemory: new Map([
          ['uid-n1', { task: 'Stage', count: 1, because: 'busy', notBefore: noon + minute }],
        ]),
      },
      says: 'Outdated: busy; the next Stage comes after 2026-03-02T12:01:00Z',
    },
    {
      name: 'while it waits for its turn',
      view: { available: '1.21.0', staged: '1.21.0' },
      says: 'Staged: its turn has come',
    },
    {
      name: 'while it is claimed',
      node: { ...noted, claim: aClaim('n1', { exact: true }) },
      entry: anEntry('n1'),
      view: { available: '1.21.0', staged: '1.21.0' },
      says: 'Rebooting: drained; the reboot is ordered',
      steps: ['Order'],
    },
    {
      name: 'while it is NotReady',
      node: { ...onTarget, ready: false },
      says: 'UpToDate: 1.21.0 is the version that spec.target names',
    },
    {
      name: 'while it is being deleted',
      node: { ...onTarget, taints: ['karpenter.sh/disrupted'] },
      says: 'UpToDate: 1.21.0 is the version that spec.target names',
    },
    {
      name: 'a moment after it could not be done',
      node: onTarget,
      more: {
        taskMemory: new Map([
          ['uid-n1', { task: 'Inspect', count: 1, because: 'busy', notBefore: noon + minute }],
        ]),
      },
      says: 'UpToDate: 1.21.0 is the version that spec.target names',
    },
  ])('not $name', ({ says, steps = [], ...world }) => {
    const plan = planned(worldOf(world));
    expect(plan.says('n1')).toBe(says);
    expect(plan.steps('n1')).toEqual(steps);
  });
});

describe('the note', () => {
  it.each<[string, Partial<TaskFacts>, readonly string[]]>([
    ['goes before the Pod that did it', answered('Done', true), ['Forget', 'DeleteTask']],
    ['stays where it could not be done', answered('Retry', false), ['DeleteTask']],
    ['stays after an Inspect of another kind', answered('Done', false), ['DeleteTask']],
    [
      'goes with a Stage that put them back itself',
      { task: 'Stage', ...answered('Retry', true) },
      ['Forget', 'DeleteTask'],
    ],
    ['stays while the Pod goes away', { ...answered('Done', true), deleting: true }, []],
  ])('%s', (_name, task, steps) => {
    const plan = planned(worldOf({ node: onTarget, task }));
    expect(plan.steps('n1')).toEqual(steps);
  });

  it('that nobody says is carried out waits before it is asked after again', () => {
    const plan = planned(worldOf({ node: onTarget, task: answered('Done', false) }));
    expect(plan.step('n1', 'DeleteTask').backOff).toBe('its settings were not put back');
  });

  it('is removed only from the Node that was read', () => {
    const plan = planned(
      worldOf({ node: { ...onTarget, resourceVersion: '17' }, task: answered('Done', true) }),
    );
    expect(plan.step('n1', 'Forget').resourceVersion).toBe('17');
  });

  it('is asked after but once by tied policies', () => {
    const node = aNode('n1', noted);
    const policies = [aPolicy({ name: 'a', spec: pinned }), aPolicy({ name: 'b', spec: pinned })];
    const world = aSnapshot({ nodes: [node], views: [aView(node)], policies });
    expect(['uid-a', 'uid-b'].map((uid) => planned(world, uid).steps('n1'))).toEqual([['Inspect task'], []]);
  });

  it.each([
    ['not JSON', 'it is not JSON'],
    [JSON.stringify({ ...note, 'version-lock': '$(reboot)' }), 'version-lock: '],
    [JSON.stringify({ ...note, seed: 1 }), 'note: '],
  ])('that reads %s is left alone, and so is its node', (text, why) => {
    for (const view of [{ available: '1.21.0' }, { available: '1.21.0', staged: '1.21.0' }]) {
      const plan = planned(worldOf({ node: { annotations: { [restoreKey]: text } }, view }));
      expect(plan.view('n1')).toMatchObject({ state: 'Held', reason: 'UnreadableRestore' });
      expect(plan.says('n1')).toContain(`its annotation ${restoreKey} cannot be read (${why}`);
      expect(plan.says('n1')).toContain('a person must');
      expect(plan.steps('n1')).toEqual([]);
      expect(plan.entry('n1')).toBeUndefined();
    }
  });
});

describe('on a node that no policy selects any more', () => {
  const orphans = (
    node: Parameters<typeof aNode>[1],
    task?: Partial<TaskFacts>,
    more: Partial<Snapshot> = {},
  ): readonly Step[] => {
    const one = aNode('n1', { ...noted, ...node });
    const { views: _views, nodes: _nodes, tasks: _tasks, ...rest } = more;
    return planOrphans(
      aSnapshot({
        nodes: [one],
        policies: [],
        tasks: task === undefined ? [] : [aTask(one, task)],
        ...rest,
      }),
    ).steps;
  };
  const titles = (...input: Parameters<typeof orphans>): readonly string[] => orphans(...input).map(titleOf);

  it.each<[string, readonly string[], ...Parameters<typeof orphans>]>([
    ['the settings are put back', ['Inspect task'], {}],
    ['nothing happens while it is NotReady', [], { ready: false }],
    ['nothing happens while it is busy', [], {}, undefined, { busy: new Set(['n1']) }],
    ['nothing happens while its Inspect runs', [], {}, {}],
    ['a Stage that runs goes on to its end', [], {}, { task: 'Stage' }],
    ['the note goes once that is done', ['Forget', 'DeleteTask'], {}, answered('Done', true)],
    ['it is tried again where it was not', ['DeleteTask'], {}, answered('Retry', false)],
    ['nothing happens where another system runs by now', [], { osImage: cosImage }],
    ['a note that cannot be read is left alone', [], { annotations: { [restoreKey]: '{}' } }],
    [
      'nothing happens while as many Inspects run as may',
      [],
      {},
      undefined,
      { settings: { ...defaultSettings, maxInspects: 0 } },
    ],
    [
      'nothing happens while the last failure is fresh',
      [],
      {},
      undefined,
      {
        taskMemory: new Map([
          ['uid-n1', { task: 'Inspect', count: 1, because: 'busy', notBefore: noon + minute }],
        ]),
      },
    ],
  ])('%s', (_name, want, ...input) => {
    expect(titles(...input)).toEqual(want);
  });

  it('the Inspect carries the note', () => {
    expect(orphans({})).toMatchObject([
      { do: 'CreateTask', policyUID: '', request: { options: { restore: note } } },
    ]);
  });

  it('one that failed is not repeated at once', () => {
    expect(orphans({}, answered('Retry', false))).toMatchObject([
      { do: 'DeleteTask', backOff: 'its settings were not put back' },
    ]);
  });

  it('the claim ends first', () => {
    expect(titles({ ...noted, claim: aClaim('n1', { exact: true }) })).toEqual(['Release and uncordon']);
  });
});

describe('settings that the release program put back, which writes no view', () => {
  const at = ago(minute);
  const lockedTo = (staged: string, inspectedAt = at): Partial<NodeView['status']> => ({
    settings,
    staged,
    available: staged,
    offers: [staged],
    checkedAt: at,
    inspectedAt,
  });
  const without = { annotations: {} };
  const governed = { target: { approval: 'Manual', approvedVersion: '1.22.0' } };

  it('are asked for, and not taken for a lock of a person', () => {
    const plan = planned(worldOf({ spec: governed, node: without, view: lockedTo('1.21.0') }));
    expect(plan.says('n1')).toContain("the host's own update settings were put back");
    expect(plan.plan.steps.map(titleOf)).toEqual(['Inspect task']);
  });

  it.each([
    ['an Inspect has told of them since', without, lockedTo('1.21.0', ago(0))],
    ['what is staged is another version than what is locked', without, lockedTo('1.20.5')],
    ['the note is there', {}, lockedTo('1.21.0')],
  ] as const)('are believed where %s', (_name, node, view) => {
    const plan = planned(worldOf({ spec: { target: { version: '1.21.0' } }, node, view }));
    expect(plan.says('n1')).not.toContain('put back since');
  });
});
