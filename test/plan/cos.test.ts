import { describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { TaskAnswer } from '../../src/api/task.ts';
import type { Claim } from '../../src/api/claim.ts';
import type { NodeFacts, TaskFacts } from '../../src/plan/facts.ts';
import { told } from '../../src/plan/node-reasons.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aCosNode,
  ago,
  anAnswer,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  cosImage,
  hour,
  iso,
  minute,
  noon,
  second,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const from = '18613.164.68';
const to = '18613.164.98';

interface World {
  readonly node?: Partial<NodeFacts> & { readonly claim?: Claim };
  readonly view?: NodeViewStatus;
  readonly task?: Partial<TaskFacts>;
  readonly answer?: Partial<TaskAnswer>;
  readonly spec?: object;
  readonly reserved?: boolean;
  readonly more?: Parameters<typeof aSnapshot>[0];
}

function worldOf({ node, view, task, answer, spec, reserved = false, more }: World): Snapshot {
  const one = aCosNode('n1', node);
  const said = answer && { answer: anAnswer(one, { os: 'ContainerOptimizedOS', version: from, ...answer }) };
  return aSnapshot({
    nodes: [one],
    views: [aView(aCosNode('n1'), { os: 'ContainerOptimizedOS', policy: 'cos', version: from, ...view })],
    tasks: task === undefined ? [] : [aTask(one, { ...task, ...said })],
    policies: [
      aPolicy({
        name: 'cos',
        spec: { os: 'ContainerOptimizedOS', ...spec },
        status: { observedGeneration: 1, fence: 'me/1', claims: reserved ? [anEntry('n1')] : [] },
      }),
    ],
    ...more,
  });
}

const plan = (world: World) => planned(worldOf(world), 'uid-cos');
const checked = { checkedAt: ago(hour) };
const begun = { target: to, startedAt: ago(minute), updated: 1, failed: 0 };
const cosClaim = (age: number, more: Partial<Claim> = {}): Claim =>
  aClaim('n1', {
    policy: 'cos',
    policyUID: 'uid-cos',
    os: 'ContainerOptimizedOS',
    from,
    target: to,
    order: anOrder('n1', age),
    ...more,
  });

it('on COS the policy says that it ignores prefetch, unless it does not ask for it', () => {
  const nodes = [aCosNode('n1')];
  const said = (prefetch: object): string | undefined =>
    planned(
      aSnapshot({
        nodes,
        policies: [aPolicy({ spec: { os: 'ContainerOptimizedOS', rollout: { prefetch } } })],
      }),
    ).status.conditions?.find(({ type }) => type === 'Ready')?.message;
  expect(said({})).toBe(
    'owns 1 nodes; rollout.prefetch is ignored: on this operating system a download is activated at once',
  );
  expect(said({ enabled: false })).toBe('owns 1 nodes');
});

describe('a COS node', () => {
  it('that was never checked waits for its turn, since a check installs', () => {
    const first = plan({});
    expect(first.steps('n1')).toEqual([]);
    expect(first.entry('n1')).toBeDefined();
    const busy = plan({ spec: { paused: true } });
    expect(busy.says('n1')).toBe('Unknown: paused by spec.paused');
  });

  it('is staged in its slot, before its cordon', () => {
    const staging = plan({ reserved: true });
    expect(staging.says('n1')).toBe('Staging: its turn has come');
    expect(staging.steps('n1')).toEqual(['Stage task']);
    expect(staging.step('n1', 'CreateTask').request.target).toBeUndefined();
  });

  it('with nothing newer is UpToDate and its slot is freed without a cordon', () => {
    const done = plan({ reserved: true, task: { task: 'Stage' }, answer: { outcome: 'NothingToDo' } });
    expect(done.says('n1')).toBe(`UpToDate: ${from} was the newest at the last check`);
    expect(done.entry('n1')).toBeUndefined();
    expect(done.steps('n1')).toEqual(['DeleteTask']);
  });

  it('with something staged goes on in its slot', () => {
    const done = plan({ reserved: true, task: { task: 'Stage' }, answer: { outcome: 'Done', staged: to } });
    expect(done.says('n1')).toMatch(/^Staged: /);
    expect(done.entry('n1')).toBeDefined();
    const next = plan({ reserved: true, view: { staged: to, ...checked } });
    expect(next.steps('n1')).toEqual(['Claim']);
  });

  it('stays UpToDate until its next check, and while that check waits', () => {
    const view = { state: 'UpToDate', ...checked } as const;
    expect(plan({ view }).says('n1')).toBe(`UpToDate: ${from} was the newest at the last check`);
    expect(plan({ view }).entry('n1')).toBeUndefined();
    const due = plan({ view: { ...view, checkedAt: ago(6 * hour) } });
    expect(due.says('n1')).toBe('UpToDate: its turn has come');
    expect(due.entry('n1')).toBeDefined();
  });

  it('that is up to date says when its milestone ends, where that is known', () => {
    const of = (variant: string) => plan({ view: { ...checked, variant } });
    expect(of('cos-117').says('n1')).toBe(
      `UpToDate: ${from} was the newest at the last check; as announced by 2026-04, support of milestone 117 ends in 2026-09: a newer milestone takes a new VM`,
    );
    expect(of('cos-129').says('n1')).toBe(`UpToDate: ${from} was the newest at the last check`);
  });

  it('has the reason that its system gives its state, unless the policy has one', () => {
    expect(plan({ view: checked }).view('n1').reason).toBe('UpToDate');
    const staged = { staged: to, available: to, ...checked };
    expect(plan({ view: staged, spec: { paused: true } }).view('n1')).toMatchObject({
      state: 'Staged',
      reason: 'RebootRequired',
    });
    const shut = { schedule: { windows: [{ start: '0 3 * * *', duration: '2h' }] } };
    expect(plan({ view: staged, spec: shut }).view('n1')).toMatchObject({
      state: 'Staged',
      reason: 'OutsideWindow',
    });
    expect(plan({ view: {} }).view('n1').reason).toBeUndefined();
    const asked = { containerOptimizedOS: { checkForUpdate: false } };
    expect(plan({ view: {}, spec: asked }).view('n1')).not.toHaveProperty('reason');
  });

  describe('whose updater is at work by itself', () => {
    const message = 'update_engine is at work by itself (UPDATE_STATUS_DOWNLOADING, 42 %).';
    const found = {
      task: { task: 'Inspect' },
      answer: { outcome: 'Done', reason: 'InProgress', message },
    } as const;
    const said =
      'said at its last inspection: update_engine is at work by itself (UPDATE_STATUS_DOWNLOADING, 42 %)';

    it('says so, whatever else it waits for', () => {
      const view = plan(found).view('n1');
      expect(view).toMatchObject({ state: 'Unknown', reason: 'InProgress', working: message });
      expect(view.because).toBe(`${said}; due for a check; on COS a check installs what it finds`);
      const held = plan({ ...found, node: { annotations: { 'containeros.dev/hold': 'not now' } } });
      expect(held.view('n1')).toMatchObject({ state: 'Held', reason: 'Hold' });
      expect(held.view('n1').because).toMatch(`${said}; held by annotation`);
      const current = plan({ view: { working: message, ...checked } });
      expect(current.view('n1')).toMatchObject({ state: 'UpToDate', reason: 'InProgress' });
    });

    it('is staged in its turn all the same, and says nothing of it meanwhile', () => {
      const staging = plan({ view: { working: message }, reserved: true });
      expect(staging.steps('n1')).toEqual(['Stage task']);
      expect(staging.says('n1')).toBe('Staging: its turn has come');
      expect(staging.view('n1')).not.toHaveProperty('reason');
    });

    it.each([
      ['another inspection', { task: { task: 'Inspect' }, answer: { outcome: 'Done' } }],
      ['a Stage', { task: { task: 'Stage' }, answer: { outcome: 'NothingToDo' } }],
      ['a failure', { task: { task: 'Stage' }, answer: { outcome: 'Failed', reason: 'X', message: 'x' } }],
      ['a task that is to be repeated', { task: { task: 'Stage' }, answer: { outcome: 'Retry', message } }],
    ] as const)('says so until the answer of %s', (_, { task, answer }) => {
      const after = plan({ view: { working: message }, task, answer });
      expect(after.view('n1')).not.toHaveProperty('working');
      expect(after.says('n1')).not.toContain(said);
    });

    it('is not said of another boot', () => {
      const booted = plan({ view: { working: message, inspectedBootID: 'boot-n1-0' } });
      expect(booted.view('n1').because).not.toContain(said);
      expect(booted.view('n1')).not.toHaveProperty('reason');
    });
  });

  it.each([
    ['again', checked, {}, false],
    ['for the first time', {}, {}, true],
    ['at the end of a rollout', checked, { rollout: begun }, true],
  ])('asked %s and offered nothing completes a rollout, or none', (_, view, more, complete) => {
    const asked = worldOf({
      view: { state: 'Staging', ...view },
      task: { task: 'Stage' },
      answer: { outcome: 'NothingToDo' },
      reserved: true,
    });
    const policies = asked.policies.map((policy) => ({ ...policy, status: { ...policy.status, ...more } }));
    const { plan: after, says } = planned({ ...asked, policies }, 'uid-cos');
    expect(says('n1')).toMatch(/^UpToDate: /);
    expect(after.announcements.some(({ reason }) => reason === 'RolloutComplete')).toBe(complete);
  });

  it('is not asked in mode Plan', () => {
    const only = plan({ spec: { mode: 'Plan' } });
    expect(only.says('n1')).toBe(
      'Unknown: due for a check; on COS a check installs what it finds: COS is not asked in mode Plan; it would be the only one',
    );
    expect(only.steps('n1')).toEqual([]);
    expect(only.status.claims).toEqual([]);
  });

  it('is never asked where the policy takes only what the host staged', () => {
    const own = { spec: { containerOptimizedOS: { checkForUpdate: false } } };
    expect(plan(own).says('n1')).toBe('UpToDate: the host has staged nothing newer by itself');
    expect(plan({ ...own, view: { staged: to } }).entry('n1')).toBeDefined();
  });

  it('that the host staged by itself says so', () => {
    const told = `${to} was staged by the host itself; any reboot activates it`;
    const paused = plan({ view: { staged: to }, spec: { paused: true } });
    expect(paused.says('n1')).toBe(`Staged: ${told}; paused by spec.paused`);
    expect(paused.status.message).toBe('paused by spec.paused');
    const waits = plan({ view: { staged: to }, more: { nodesHeard: noon - 2 * minute } });
    expect(waits.says('n1')).toMatch(`Staged: ${told}; the watch on nodes`);
    const held = plan({
      view: { staged: to, available: from, ...checked },
      node: { annotations: { 'containeros.dev/hold': 'not now' } },
    });
    expect(held.says('n1')).toMatch(`Held: ${told}; held by annotation`);
    const byUs = plan({ view: { staged: to, available: to, ...checked }, spec: { paused: true } });
    expect(byUs.says('n1')).toBe('Staged: paused by spec.paused');
  });

  describe('on which somebody staged what is not newer', () => {
    const view = { staged: '18613.100.1', ...checked };
    const told = '18613.100.1, which is not newer than 18613.164.68, is staged; any reboot enters it';

    it.each([{}, { containerOptimizedOS: { checkForUpdate: false } }])(
      'gets a Stage that takes it back in its turn, with %j',
      (spec) => {
        expect(plan({ view, spec }).entry('n1')).toBeDefined();
        const staging = plan({ view, spec, reserved: true });
        expect(staging.steps('n1')).toEqual(['Stage task']);
        const done = plan({
          view,
          spec,
          reserved: true,
          task: { task: 'Stage' },
          answer: { outcome: 'NothingToDo' },
        });
        expect(done.says('n1')).toMatch(/^UpToDate: /);
        expect(done.view('n1')).not.toHaveProperty('staged');
        expect(done.entry('n1')).toBeUndefined();
      },
    );

    it('says so while it waits, and is not claimed', () => {
      const waits = plan({ view, spec: { mode: 'Plan' } });
      expect(waits.says('n1')).toBe(
        `Unknown: ${told}; due for a Stage that takes it back: COS is not asked in mode Plan; it would be the only one`,
      );
      expect(waits.steps('n1')).toEqual([]);
      const held = plan({ view, node: { annotations: { 'containeros.dev/hold': 'not now' } } });
      expect(held.says('n1')).toMatch(`Held: ${told}; held by annotation`);
      expect(held.steps('n1')).toEqual([]);
      const booted = plan({ view: { ...view, inspectedBootID: 'boot-n1-0' } });
      expect(booted.says('n1')).toBe(
        'Unknown: it was booted since its last inspection; waits to be inspected again',
      );
    });

    it('is Failed when it cannot be taken back', () => {
      const attempts = [
        {
          version: '',
          count: 3,
          attempt: 'a',
          reason: 'VetoRefused',
          message: 'it does not take it back',
          at: ago(hour),
          notBefore: ago(minute),
        },
      ];
      const failed = plan({ view: { ...view, attempts } });
      expect(failed.view('n1')).toMatchObject({ state: 'Failed', reason: 'VetoRefused' });
    });

    it('is told once where the failure to take it back tells it too', () => {
      const message = `${view.staged} is staged, which is not newer than ${from}, and update_engine does not take it back (it says that it did); any reboot enters it.`;
      const failed = plan({
        view,
        task: { task: 'Stage' },
        answer: { outcome: 'Failed', reason: 'VetoRefused', staged: view.staged, message },
      });
      expect(failed.says('n1')).toBe(
        `Unknown: tries again after ${iso(noon + 10 * minute).replace('.000', '')}: ${message}`,
      );
      expect(failed.view('n1').reason).toBe('VetoRefused');
    });
  });

  it.each([
    ['keeps the number of what is staged when the host forgets it', `${from}+`, 'boot-n1-1', to],
    ['has no number for what another boot staged', `${from}+`, 'boot-n1-0', `${from}+`],
    ['takes a number that is told anew', '18613.164.99', 'boot-n1-1', '18613.164.99'],
  ])('%s', (_name, staged, inspectedBootID, want) => {
    const view = { staged: to, available: to, inspectedBootID, ...checked };
    const told = plan({ view, task: { task: 'Inspect' }, answer: { outcome: 'Done', staged } });
    expect(told.view('n1').staged).toBe(want);
    expect(told.steps('n1')).toEqual(['DeleteTask']);
  });

  it('is not staged ahead, whatever prefetch says', () => {
    const view = { available: to, ...checked };
    const waits = plan({ view, spec: { rollout: { prefetch: { enabled: true } } }, more: { nodesHeard: 0 } });
    expect(waits.steps('n1')).toEqual([]);
  });

  it('whose Stage fails gives its slot back and waits', () => {
    const failed = plan({
      reserved: true,
      task: { task: 'Stage' },
      answer: { outcome: 'Failed', reason: 'EngineError', message: 'code 37' },
    });
    expect(failed.entry('n1')).toBeUndefined();
    expect(failed.view('n1').attempts).toMatchObject([{ version: '', count: 1, reason: 'EngineError' }]);
    expect(failed.says('n1')).toMatch(/tries again after .*: code 37/);
    const later = plan({
      reserved: true,
      view: { available: from, ...checked, checkedAt: ago(12 * hour) },
      task: { task: 'Stage' },
      answer: { outcome: 'Failed', reason: 'EngineError', message: 'code 37' },
    });
    expect(later.view('n1').attempts).toMatchObject([{ version: '', count: 1 }]);
    expect(later.says('n1')).toMatch(/tries again after .*: code 37/);
  });
});

describe('a COS node after its order', () => {
  const booted = { bootID: 'boot-n1-2', osImage: cosImage };

  it('is asked what it runs before it counts as updated', () => {
    const asks = plan({
      node: { claim: cosClaim(minute), ...booted },
      reserved: true,
      view: { staged: to, ...checked },
    });
    expect(asks.says('n1')).toBe('Verifying: reads its version after the reboot');
    expect(asks.steps('n1')).toEqual(['Inspect task']);
  });

  it('has its Reboot Pod removed before it is asked', () => {
    const asks = plan({
      node: { claim: cosClaim(minute), ...booted },
      reserved: true,
      task: { task: 'Reboot', terminal: true },
    });
    expect(asks.steps('n1')).toEqual(['DeleteTask']);
  });

  it('is verified by a newer build than before, in the pass that reads the answer', () => {
    const verified = plan({
      node: { claim: cosClaim(minute), ...booted },
      reserved: true,
      task: {},
      answer: { version: '18613.164.101' },
    });
    expect(verified.says('n1')).toBe('Verifying: verified on 18613.164.101');
    expect(verified.entry('n1')?.phase).toBe('Soaking');
    expect(verified.steps('n1')).toEqual(['DeleteTask']);
  });

  it('that runs what it ran before is released and counts as NotApplied', () => {
    const back = plan({ node: { claim: cosClaim(minute), ...booted }, reserved: true, task: {}, answer: {} });
    expect(back.steps('n1')).toEqual(['DeleteTask', 'Release and uncordon']);
    expect(back.status.failures).toMatchObject([{ reason: 'NotApplied' }]);
  });

  it('that runs a third build, older than before, is released and counts as OtherVersion', () => {
    const node = { claim: cosClaim(minute), ...booted };
    const back = plan({ node, reserved: true, task: {}, answer: { version: '18613.164.1' } });
    expect(back.steps('n1')).toEqual(['DeleteTask', 'Release and uncordon']);
    expect(back.says('n1')).toContain('it came back on 18613.164.1 instead of');
    expect(back.status.failures).toMatchObject([{ reason: 'OtherVersion' }]);
  });

  it('that rebooted by itself is asked too, and released where nothing is newer', () => {
    const { order: _order, ...bare } = cosClaim(minute);
    const asks = plan({ node: { claim: bare, ...booted }, reserved: true });
    expect(asks.steps('n1')).toEqual(['Inspect task']);
    const same = plan({ node: { claim: bare, ...booted }, reserved: true, task: {}, answer: {} });
    expect(same.says('n1')).toBe('Draining: is being released: it rebooted by itself');
    expect(same.status.failures).toEqual([]);
  });

  it('that comes back after reboot.timeout is a failure, is asked all the same, and the answer ends it', () => {
    const late = { node: { claim: cosClaim(30 * minute), ...booted }, reserved: true };
    const asks = plan(late);
    expect(asks.says('n1')).toMatch(/^Failed: its version could not be read in time/);
    expect(asks.steps('n1')).toEqual(['Inspect task']);
    expect(asks.status.failures).toMatchObject([{ reason: 'VersionUnread' }]);
    const answered = plan({ ...late, task: {}, answer: { version: to } });
    expect(answered.entry('n1')?.phase).toBe('Soaking');
    expect(answered.status.failures).toEqual([]);
  });

  it('waits with its question after a task without an answer', () => {
    const wait = {
      task: 'Inspect',
      count: 2,
      because: 'its image cannot be pulled',
      reason: told('ImagePull'),
      notBefore: noon + 30 * second,
    };
    const waits = plan({
      node: { claim: cosClaim(minute), ...booted },
      reserved: true,
      more: { taskMemory: new Map([['uid-n1', wait]]) },
    });
    expect(waits.says('n1')).toBe(
      'Verifying: its image cannot be pulled; the next Inspect comes after 2026-03-02T12:00:30Z',
    );
    expect(waits.view('n1').reason).toBe('ImagePull');
    expect(waits.plan.wakeAt).toBe(noon + 30 * second);
  });

  it('finishes as COS where its policy is one of Bottlerocket by now', () => {
    const world = worldOf({
      node: { claim: cosClaim(minute), ...booted },
      task: {},
      answer: { version: to },
      reserved: true,
    });
    const [policy] = world.policies;
    const { spec } = aPolicy();
    const changed = planned(
      { ...world, policies: policy === undefined ? [] : [{ ...policy, spec }] },
      'uid-cos',
    );
    expect(changed.entry('n1')?.phase).toBe('Soaking');
  });
});
