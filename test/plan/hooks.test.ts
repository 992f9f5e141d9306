import { describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { Failure, LedgerEntry } from '../../src/api/policy-status.ts';
import { retryKey } from '../../src/api/keys.ts';
import type { HookFacts, NodeFacts } from '../../src/plan/facts.ts';
import { hookTask } from '../../src/plan/hooks.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  ahead,
  aHook,
  aNode,
  anEntry,
  anOrder,
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
} from '../support/builders.ts';
import { planned, titleOf } from './planned.ts';

const hook = { image: 'registry.example/hook:1', command: ['/run'] };
const bothHooks = { beforeDrain: hook, afterUpdate: hook };

interface World {
  readonly hooks?: object | undefined;
  readonly jobs?: readonly HookFacts[] | undefined;
  readonly claim?: Partial<Claim>;
  readonly node?: Partial<NodeFacts>;
  readonly entry?: Partial<LedgerEntry>;
  readonly view?: NodeViewStatus;
  readonly failures?: readonly Failure[];
  readonly spec?: object;
  readonly more?: Partial<Snapshot>;
}

function worldOf(world: World): Snapshot {
  const { hooks = bothHooks, claim, node, entry, view, failures = [], spec, more } = world;
  const one = aNode('n1', { claim: aClaim('n1', claim), ...node });
  const snapshot = aSnapshot({
    nodes: [one],
    views: [aView(one, { ...staged, ...view })],
    policies: [
      aPolicy({
        spec: { hooks, ...spec },
        status: {
          observedGeneration: 1,
          fence: 'me/1',
          claims: [anEntry('n1', entry)],
          failures: [...failures],
        },
      }),
    ],
    hooks: 'jobs' in world ? world.jobs : [],
    pods: new Map([['n1', [aPod('web-1', 'n1')]]]),
  });
  return { ...snapshot, ...more };
}

const failed = (message: string): HookFacts =>
  aHook('n1', { state: 'Failed', message, endedAt: noon - 10 * second });
const refused = (hookName: 'beforeDrain' | 'afterUpdate', count: number): Partial<Snapshot> => ({
  taskMemory: new Map([
    [
      'uid-n1',
      {
        task: hookTask(hookName, 'attempt-n1'),
        count,
        because: `hook ${hookName} was refused: quota`,
        notBefore: noon + minute,
      },
    ],
  ]),
});

interface Case extends World {
  readonly name: string;
  readonly says: string;
  readonly steps: readonly string[];
  /** Reason of the failure that counts from now on. */
  readonly failed?: string;
}

describe('beforeDrain', () => {
  it.each<Case>([
    {
      name: 'is started before anything is evicted',
      says: 'Draining: hook beforeDrain is started',
      steps: ['CreateHook'],
    },
    {
      name: 'is waited for',
      jobs: [aHook('n1')],
      says: 'Draining: hook beforeDrain is running',
      steps: [],
    },
    {
      name: 'says what keeps it from starting',
      jobs: [aHook('n1', { message: 'ErrImagePull: not found' })],
      says: 'Draining: hook beforeDrain waits: ErrImagePull: not found',
      steps: [],
    },
    {
      name: 'lets the drain begin once it has succeeded',
      jobs: [aHook('n1', { state: 'Succeeded' })],
      says: 'Draining: 1 pod has to leave',
      steps: ['Evict web-1'],
    },
    {
      name: 'of another attempt says nothing of this one',
      jobs: [aHook('n1', { state: 'Succeeded', attempt: 'earlier' })],
      says: 'Draining: hook beforeDrain is started',
      steps: ['CreateHook'],
    },
    {
      name: 'is not taken for afterUpdate',
      jobs: [aHook('n1', { state: 'Succeeded', hook: 'afterUpdate' })],
      says: 'Draining: hook beforeDrain is started',
      steps: ['CreateHook'],
    },
    {
      name: 'releases the node when it fails, with its last words',
      jobs: [failed('exit code 1: the database is busy')],
      says: 'Draining: is being released: hook beforeDrain failed: exit code 1: the database is busy',
      steps: ['Release and uncordon'],
      failed: 'HookFailed',
    },
    {
      name: 'fails with the drain that it outlasts',
      claim: { at: ago(30 * minute) },
      jobs: [aHook('n1', { message: 'ErrImagePull' })],
      says: 'Draining: is being released: hook beforeDrain waits: ErrImagePull; it did not end within drain.timeout, 30m',
      steps: ['Release and uncordon'],
      failed: 'HookFailed',
    },
    {
      name: 'fails a minute after its deadline although no controller ends the Job',
      claim: { at: ago(12 * minute) },
      jobs: [aHook('n1', { createdAt: noon - 11 * minute })],
      says: 'Draining: is being released: hook beforeDrain failed: it did not end within 10m',
      steps: ['Release and uncordon'],
      failed: 'HookFailed',
    },
    {
      name: 'is tried again when its Job is refused',
      more: refused('beforeDrain', 1),
      says: 'Draining: hook beforeDrain was refused: quota; tried again after 2026-03-02T12:01:00Z',
      steps: [],
    },
    {
      name: 'fails when its Job is refused again and again',
      more: refused('beforeDrain', 5),
      says: 'Draining: is being released: hook beforeDrain failed: hook beforeDrain was refused: quota',
      steps: ['Release and uncordon'],
      failed: 'HookFailed',
    },
    {
      name: 'does not run a second time while its Job is going away',
      jobs: [aHook('n1', { deleting: true })],
      says: 'Draining: the Job of hook beforeDrain is going away',
      steps: [],
    },
    {
      name: 'is not waited for when the policy is paused',
      jobs: [aHook('n1')],
      spec: { paused: true },
      says: 'Draining: is being released: paused by spec.paused',
      steps: ['Release and uncordon'],
    },
    {
      name: 'is not waited for when it was taken out of the policy',
      jobs: [aHook('n1')],
      hooks: { afterUpdate: hook },
      says: 'Draining: 1 pod has to leave',
      steps: ['Evict web-1'],
    },
    {
      name: 'releases the node where no namespace is left for it',
      jobs: undefined,
      says: "Draining: is being released: spec.hooks cannot run: the chart's value hooks.namespace is not set",
      steps: ['Release and uncordon'],
    },
  ])('$name', ({ says, steps, failed: reason, ...world }) => {
    const { says: told, steps: taken, status } = planned(worldOf(world));
    expect(told('n1')).toBe(says);
    expect(taken('n1')).toEqual(steps);
    expect(status.failures?.map((one) => one.reason) ?? []).toEqual(reason === undefined ? [] : [reason]);
  });

  it('says that its node was updated also where whoever verified it died before saying so', () => {
    const { lastUpdate: _lost, ...view } = onNew.view ?? {};
    const { view: viewOf } = planned(worldOf({ ...onNew, view, jobs: [after()] }));
    expect(viewOf('n1')).toMatchObject({ state: 'Soaking', lastUpdate: { from: '1.20.0', to: '1.21.0' } });
  });

  it('is told the node, its policy and both versions', () => {
    const step = planned(worldOf({})).step('n1', 'CreateHook');
    expect(step).toMatchObject({
      hook: 'beforeDrain',
      attempt: 'attempt-n1',
      policyUID: 'uid-bottlerocket',
      program: hook,
      deadlineSeconds: 600,
      variables: {
        CONTAINEROS_NODE: 'n1',
        CONTAINEROS_POLICY: 'bottlerocket',
        CONTAINEROS_OS: 'Bottlerocket',
        CONTAINEROS_FROM_VERSION: '1.20.0',
        CONTAINEROS_TO_VERSION: '1.21.0',
      },
    });
  });

  it('is looked at again at the end of the drain when nothing else happens', () => {
    const { plan } = planned(worldOf({ claim: { at: ago(29 * minute) }, jobs: [aHook('n1')] }));
    expect(plan.wakeAt).toBe(noon + minute);
  });
});

const onNew: World = {
  claim: { at: ago(10 * minute), order: anOrder('n1', 5 * minute) },
  node: { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0'), readySince: noon - 2 * minute },
  entry: { phase: 'Soaking', until: ahead(20 * second) },
  view: {
    version: '1.21.0',
    lastUpdate: { from: '1.20.0', to: '1.21.0', at: ago(minute), seconds: { drain: 300, reboot: 240 } },
  },
};
const after = (more: Partial<HookFacts> = {}): HookFacts => aHook('n1', { hook: 'afterUpdate', ...more });
const recorded: Partial<World> = {
  failures: [
    {
      node: 'n1',
      nodeUID: 'uid-n1',
      version: '1.21.0',
      attempt: 'attempt-n1',
      reason: 'HookFailed',
      at: ago(minute),
    },
  ],
  view: {
    ...onNew.view,
    attempts: [
      {
        version: '1.21.0',
        count: 1,
        attempt: 'attempt-n1',
        reason: 'HookFailed',
        message: 'hook afterUpdate failed: exit code 7',
        at: ago(minute),
        notBefore: ahead(minute),
      },
    ],
  },
};
const verified = 'verified on 1.21.0';
const down = { ready: false, readySince: noon - 30 * second };
const wentDown = 'it was verified; the node is not Ready since 2026-03-02T11:59:30Z';
const again = 'annotate it with containeros.dev/retry to run the hook again';
const kept = `Failed: hook afterUpdate failed: exit code 7; it stays cordoned; ${again}`;

describe('afterUpdate', () => {
  it.each<Case>([
    {
      name: 'waits until the node is verified and the ledger says so',
      entry: { phase: 'Reserved' },
      says: `Verifying: ${verified}`,
      steps: [],
    },
    {
      name: 'is started while the node is still cordoned',
      says: `Soaking: ${verified}; hook afterUpdate is started`,
      steps: ['CreateHook'],
    },
    {
      name: 'is waited for',
      jobs: [after({ message: 'its pod has no node: 0/3 nodes are available' })],
      says: `Soaking: ${verified}; hook afterUpdate waits: its pod has no node: 0/3 nodes are available`,
      steps: [],
    },
    {
      name: 'lets the node back once it has succeeded',
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: `Soaking: ${verified}`,
      steps: ['Release and uncordon'],
    },
    {
      name: 'keeps the node cordoned when it fails',
      jobs: [after({ state: 'Failed', message: 'exit code 7', endedAt: noon })],
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'has failed whatever became of its Job',
      ...recorded,
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'has failed where only the policy says so',
      ...recorded,
      view: { ...onNew.view },
      says: `Failed: hook afterUpdate failed; it stays cordoned; ${again}`,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'has failed where a new retry.token emptied the list of failures',
      ...recorded,
      failures: [],
      says: kept,
      steps: [],
    },
    {
      name: 'loses its Job of before to a retry',
      ...recorded,
      node: { ...onNew.node, annotations: { [retryKey]: 'again' } },
      jobs: [after({ state: 'Failed', message: 'exit code 7', endedAt: noon })],
      says: kept,
      steps: ['DeleteHook'],
      failed: 'HookFailed',
    },
    {
      name: 'waits for that Job to be gone',
      ...recorded,
      node: { ...onNew.node, annotations: { [retryKey]: 'again' } },
      jobs: [after({ state: 'Failed', message: 'exit code 7', endedAt: noon, deleting: true })],
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'keeps a retry until its Job of before can be listed',
      ...recorded,
      node: { ...onNew.node, annotations: { [retryKey]: 'again' } },
      more: { hooks: 'Unheard' },
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'is run again by the retry once it is',
      ...recorded,
      node: { ...onNew.node, annotations: { [retryKey]: 'again' } },
      says: `Soaking: ${verified}; hook afterUpdate is started`,
      steps: ['CreateHook'],
    },
    {
      name: 'fails when its Job is refused again and again',
      more: refused('afterUpdate', 5),
      says: `Failed: hook afterUpdate failed: hook afterUpdate was refused: quota; it stays cordoned; ${again}`,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'is left out when it was taken out of the policy, also once it has failed',
      ...recorded,
      hooks: { beforeDrain: hook },
      says: `Soaking: ${verified}`,
      steps: ['Release and uncordon'],
    },
    {
      name: 'is left out where no namespace is left for it',
      jobs: undefined,
      says: `Soaking: ${verified}`,
      steps: ['Release and uncordon'],
    },
    {
      name: 'runs in a paused policy as well: the node is finished',
      spec: { paused: true },
      says: `Soaking: ${verified}; hook afterUpdate is started`,
      steps: ['CreateHook'],
    },
    {
      name: 'does not lift a cordon that a person wants kept',
      node: { ...onNew.node, annotations: { 'containeros.dev/keep-cordoned': 'to look at' } },
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: `Soaking: ${verified}`,
      steps: ['Release'],
    },
    {
      name: 'is not started on a node that went down',
      node: { ...onNew.node, ...down },
      says: `Verifying: ${wentDown}`,
      steps: [],
    },
    {
      name: 'does not let a node back that went down',
      node: { ...onNew.node, ...down },
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: `Verifying: ${wentDown}`,
      steps: [],
    },
    {
      name: 'waits for a node that stays down no longer than for its reboot',
      node: { ...onNew.node, ...down },
      entry: { phase: 'Soaking', until: ago(hour) },
      view: { ...onNew.view, state: 'Verifying', since: ago(hour) },
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: 'Failed: the node is not Ready since 2026-03-02T11:59:30Z, after its reboot; it stays cordoned',
      steps: [],
      failed: 'NotReady',
    },
    {
      name: 'leaves a node alone whose Node shows the boot of before',
      node: { ...onNew.node, bootID: anOrder('n1', 0).bootID, osImage: bottlerocketImage('1.20.0') },
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: 'Verifying: waits for its new boot to show',
      steps: [],
    },
    {
      name: 'does not count for a node that fell back meanwhile',
      node: { ...onNew.node, bootID: 'third-boot', osImage: bottlerocketImage('1.20.0') },
      jobs: [after()],
      says: 'Verifying: is being released: it came back on 1.20.0 instead of 1.21.0',
      steps: ['Release and uncordon'],
      failed: 'FellBack',
    },
    {
      name: 'does not let a node back before its health is met again',
      claim: { ...onNew.claim, health: { conditions: [{ type: 'KernelDeadlock', status: 'False' }] } },
      node: { ...onNew.node, conditions: { KernelDeadlock: { status: 'True', since: noon - minute } } },
      jobs: [after({ state: 'Succeeded', endedAt: noon - second })],
      says: 'Verifying: waits for its health: its condition KernelDeadlock is True instead of False',
      steps: [],
    },
    {
      name: 'is what a node has failed that goes down later',
      ...recorded,
      node: { ...onNew.node, ...down },
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
    {
      name: 'is run again by a retry only on a node that is Ready',
      ...recorded,
      node: { ...onNew.node, ...down, annotations: { [retryKey]: 'again' } },
      says: kept,
      steps: [],
      failed: 'HookFailed',
    },
  ])('$name', ({ says, steps, failed: reason, ...world }) => {
    const { says: told, steps: taken, status } = planned(worldOf({ ...onNew, ...world }));
    expect(told('n1')).toBe(says);
    expect(taken('n1')).toEqual(steps);
    expect(status.failures?.map((one) => one.reason) ?? []).toEqual(reason === undefined ? [] : [reason]);
  });

  it('is told the version that the node really runs', () => {
    const view = { ...onNew.view, version: '1.21.3' };
    const node = { ...onNew.node, osImage: bottlerocketImage('1.21.3') };
    const { variables } = planned(worldOf({ ...onNew, view, node })).step('n1', 'CreateHook');
    expect(variables['CONTAINEROS_TO_VERSION']).toBe('1.21.3');
  });

  it('lets the soak begin when it has ended, and once', () => {
    const jobs = [after({ state: 'Succeeded', endedAt: noon - second })];
    const first = planned(worldOf({ ...onNew, jobs, entry: { phase: 'Soaking', until: ago(5 * minute) } }));
    expect(first.entry('n1')).toMatchObject({ phase: 'Soaking', until: ahead(30 * second) });
    const until = ahead(30 * second);
    const again = planned(
      worldOf({ ...onNew, jobs, entry: { phase: 'Soaking', until }, more: { now: noon + second } }),
    );
    expect(again.entry('n1')?.until).toBe(until);
  });

  it('takes a node that fell back for one that was never updated', () => {
    const node = { ...onNew.node, bootID: 'third-boot', osImage: bottlerocketImage('1.20.0') };
    const { entry, view } = planned(worldOf({ ...onNew, node, jobs: [after()] }));
    expect(entry('n1')).toMatchObject({ phase: 'Reserved', attempt: 'attempt-n1' });
    expect(view('n1').lastUpdate).toBeUndefined();
    expect(view('n1').attempts).toMatchObject([{ version: '1.21.0', reason: 'FellBack', count: 1 }]);
  });

  it('leaves the time of the verification, also where the node booted something newer by itself', () => {
    const node = {
      ...onNew.node,
      bootID: 'third-boot',
      readySince: noon - 10 * second,
      osImage: bottlerocketImage('1.21.3'),
    };
    const jobs = [after({ state: 'Succeeded', endedAt: noon - 10 * second, createdAt: noon - 30 * second })];
    const { view, steps } = planned(worldOf({ ...onNew, node, jobs }));
    expect(steps('n1')).toEqual(['Release and uncordon']);
    expect(view('n1').lastUpdate).toMatchObject({
      to: '1.21.3',
      at: ago(minute),
      seconds: { drain: 300, reboot: 240, afterUpdate: 20 },
    });
  });

  it('records a retry only once the Job of before is gone', () => {
    const node = { ...onNew.node, annotations: { [retryKey]: 'again' } };
    const jobs = [after({ state: 'Failed', message: 'exit code 7', endedAt: noon })];
    const before = planned(worldOf({ ...onNew, ...recorded, node, jobs }));
    expect(before.view('n1').retrySeen).toBeUndefined();
    const gone = planned(worldOf({ ...onNew, ...recorded, node }));
    expect(gone.view('n1')).toMatchObject({ retrySeen: 'again' });
    expect(gone.view('n1').attempts).toBeUndefined();
  });
});

describe('the seconds of an update', () => {
  const done = (name: HookFacts['hook'], seconds: number): HookFacts =>
    aHook('n1', {
      hook: name,
      state: 'Succeeded',
      createdAt: noon - 300 * second,
      endedAt: noon - (300 - seconds) * second,
    });

  it('name beforeDrain beside the drain once the node is verified', () => {
    const world = { ...onNew, entry: { phase: 'Reserved' as const }, view: { version: '1.21.0' } };
    const { view } = planned(worldOf({ ...world, jobs: [done('beforeDrain', 40)] }));
    expect(view('n1').lastUpdate?.seconds).toEqual({ beforeDrain: 40, drain: 260, reboot: 180, verify: 120 });
  });

  it('get those of afterUpdate when the node is put back', () => {
    const { view } = planned(worldOf({ ...onNew, jobs: [done('beforeDrain', 40), done('afterUpdate', 25)] }));
    expect(view('n1').lastUpdate).toMatchObject({
      at: ago(minute),
      seconds: { drain: 300, reboot: 240, beforeDrain: 40, afterUpdate: 25 },
    });
  });
});

describe('hooks without a namespace', () => {
  const one = aNode('n1');
  const snapshot = (hooks: object | undefined): Snapshot =>
    aSnapshot({
      nodes: [one],
      views: [aView(one, staged)],
      policies: [aPolicy({ spec: hooks === undefined ? {} : { hooks } })],
    });

  it('stall the policy, and nothing is started', () => {
    const { condition, says, steps, status } = planned(snapshot(bothHooks));
    expect(condition('Stalled')).toBe('True HooksUnavailable');
    expect(status.message).toBe("spec.hooks cannot run: the chart's value hooks.namespace is not set");
    expect(says('n1')).toMatch(/^Staged: .*spec.hooks cannot run/);
    expect(steps('n1')).toEqual([]);
    expect(status.claims).toEqual([]);
  });

  it.each([undefined, {}])('are none in %j, which goes on', (hooks) => {
    const { condition, entry } = planned(snapshot(hooks));
    expect(condition('Stalled')).toBe('absent');
    expect(entry('n1')).toBeDefined();
  });
});

describe('Jobs of hooks that cannot be listed', () => {
  const one = aNode('n1');
  const unheard = (leadsFor: number, hooks: object = bothHooks): Snapshot =>
    aSnapshot({
      nodes: [one],
      views: [aView(one, staged)],
      policies: [aPolicy({ spec: { hooks } })],
      hooks: 'Unheard',
      leadsSince: noon - leadsFor,
    });

  it('let no node start, and call a person once a first list has had its time', () => {
    const fresh = planned(unheard(59 * second));
    expect(fresh.says('n1')).toMatch(/^Staged: spec.hooks cannot run: the Jobs of hooks cannot be listed/);
    expect(fresh.status.claims).toEqual([]);
    expect(fresh.condition('Stalled')).toBe('absent');
    expect(fresh.plan.wakeAt).toBe(noon + second);
    expect(planned(unheard(minute)).condition('Stalled')).toBe('True HooksUnavailable');
  });

  it('keep no node of a policy without hooks', () => {
    const { entry, condition } = planned(unheard(60 * minute, {}));
    expect(entry('n1')).toBeDefined();
    expect(condition('Stalled')).toBe('absent');
  });

  it('keep a claimed node at its next hook: it is neither drained nor put back', () => {
    const { says, steps } = planned(worldOf({ more: { hooks: 'Unheard' } }));
    expect(says('n1')).toMatch(/^Draining: the Jobs of hooks cannot be listed/);
    expect(steps('n1')).toEqual([]);
  });
});

describe('a Job whose attempt is over', () => {
  const deleted = (snapshot: Snapshot): readonly string[] =>
    planOrphans(snapshot).steps.map((step) => `${titleOf(step)} on ${step.node}`);

  it.each<{ name: string; world: Partial<Snapshot>; node?: NodeFacts; goes: boolean }>([
    { name: 'stays while its claim is there', world: {}, goes: false },
    { name: 'goes when the claim is gone', world: {}, node: aNode('n1'), goes: true },
    {
      name: 'goes when another attempt has begun',
      world: {},
      node: aNode('n1', { claim: aClaim('n1', { attempt: 'next' }) }),
      goes: true,
    },
    {
      name: 'goes when the Node was made anew under its name',
      world: {},
      node: aNode('n1', { uid: 'uid-other', claim: aClaim('n1') }),
      goes: true,
    },
    {
      name: 'stays while the claim cannot be read',
      world: {},
      node: aNode('n1', { annotations: { 'containeros.dev/claim': '{' } }),
      goes: false,
    },
    {
      name: 'stays while the Nodes were not heard since it was made',
      world: { nodesHeard: noon - 29 * second },
      node: aNode('n1'),
      goes: false,
    },
    {
      name: 'is not deleted twice',
      world: { hooks: [aHook('n1', { deleting: true })] },
      node: aNode('n1'),
      goes: false,
    },
  ])('$name', ({ world, node, goes }) => {
    const one = node ?? aNode('n1', { claim: aClaim('n1') });
    const snapshot = { ...aSnapshot({ nodes: [one], hooks: [aHook('n1')] }), ...world };
    expect(deleted(snapshot).filter((step) => step.startsWith('DeleteHook'))).toHaveLength(goes ? 1 : 0);
  });

  it('goes when its Node is gone, and keeps nothing else from being done', () => {
    expect(deleted(aSnapshot({ hooks: [aHook('n1')] }))).toEqual(['DeleteHook on hook-of-n1']);
  });

  it('is looked at again where it had to wait', () => {
    const { wakeAt } = planOrphans(
      aSnapshot({ nodes: [aNode('n1')], hooks: [aHook('n1')], nodesHeard: noon - minute }),
    );
    expect(wakeAt).toBe(noon + 5 * second);
  });
});

describe('a claim whose policy is gone', () => {
  it('is finished without its hooks', () => {
    const snapshot = {
      ...worldOf({ ...onNew, jobs: [aHook('n1', { hook: 'afterUpdate' })] }),
      policies: [],
    };
    expect(planOrphans(snapshot).steps.map(titleOf)).toEqual(['Release and uncordon']);
  });
});
