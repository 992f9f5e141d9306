import { describe, expect, it } from '@jest/globals';
import { osKey, retryKey } from '../../src/api/keys.ts';
import type { Claim } from '../../src/api/claim.ts';
import type { Attempts, NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { Failure, LedgerEntry } from '../../src/api/policy-status.ts';
import type { NodeFacts, TaskFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPod,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  bottlerocketImage,
  hour,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { type Planned, planned } from './planned.ts';

interface World {
  readonly node?: Partial<NodeFacts> & { readonly claim?: Claim };
  readonly view?: NodeViewStatus;
  readonly task?: Partial<TaskFacts>;
  readonly spec?: object;
  readonly entry?: Partial<LedgerEntry> | null;
  readonly failures?: readonly Failure[];
  readonly more?: Partial<Pick<Snapshot, 'pods'>>;
}

function worldOf({ node, view, task, spec, entry, failures = [], more }: World): Snapshot {
  const one = aNode('n1', node);
  const status = {
    observedGeneration: 1,
    fence: 'me/1',
    claims: entry === null ? [] : [anEntry('n1', entry)],
    failures: [...failures],
  };
  return aSnapshot({
    nodes: [one],
    policies: [aPolicy({ spec: spec ?? {}, status })],
    views: [aView(aNode('n1'), { ...staged, ...view })],
    tasks: task === undefined ? [] : [aTask(aNode('n1'), task)],
    ...more,
  });
}

const order = (age: number): Claim => aClaim('n1', { order: anOrder('n1', age) });
const newBoot = { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
const oldVersion = { bootID: 'boot-n1-2' };
const stuck = { claim: aClaim('n1', { at: ago(30 * minute) }) };
const onePod = { pods: new Map([['n1', [aPod('p', 'n1')]]]) };
const attempts = (count: number, attempt = 'a'): readonly Attempts[] => [
  {
    version: '1.21.0',
    count,
    attempt,
    reason: 'PrepareFailed',
    message: 'broke off',
    at: ago(hour),
    notBefore: ago(minute),
  },
];

interface Case extends World {
  readonly name: string;
  readonly says: RegExp;
  readonly steps: readonly string[];
  /** Reasons in status.failures afterwards. */
  readonly counts: readonly string[];
  readonly spent: number;
}

describe('a failure', () => {
  it.each<Case>([
    {
      name: 'of a Stage leaves the node alone, frees its slot and backs off',
      entry: {},
      view: { staged: '1.20.0' },
      task: {
        task: 'Stage',
        answer: anAnswer(aNode('n1'), {
          outcome: 'Failed',
          reason: 'PrepareFailed',
          message: 'broke off',
          available: '1.21.0',
        }),
      },
      says: /^Outdated: tries again after 2026-03-02T12:10:00Z: broke off/,
      steps: ['DeleteTask'],
      counts: [],
      spent: 1,
    },
    {
      name: 'of a Stage counts after retry.limit',
      entry: null,
      view: { staged: '1.20.0', attempts: [...attempts(2)] },
      task: {
        task: 'Stage',
        answer: anAnswer(aNode('n1'), {
          outcome: 'Failed',
          reason: 'PrepareFailed',
          message: 'broke off',
          available: '1.21.0',
        }),
      },
      says: /^Failed: 3 of 3 attempts failed/,
      steps: ['DeleteTask'],
      counts: ['PrepareFailed'],
      spent: 3,
    },
    {
      name: 'to drain in time releases and does not count with onTimeout Release',
      node: stuck,
      more: onePod,
      says: /^Draining: is being released: it did not drain within 30m: 1 pod has to leave/,
      steps: ['Release and uncordon'],
      counts: [],
      spent: 1,
    },
    {
      name: 'to drain in time releases and counts with onTimeout Fail',
      node: stuck,
      more: onePod,
      spec: { drain: { onTimeout: 'Fail' } },
      says: /^Draining: is being released/,
      steps: ['Release and uncordon'],
      counts: ['DrainTimeout'],
      spent: 1,
    },
    {
      name: 'to come back Ready by reboot.timeout keeps cordon, claim and slot',
      node: { claim: order(20 * minute), ...newBoot, ready: false, readySince: noon - 10 * minute },
      says: /^Failed: the node is not Ready since 2026-03-02T11:50:00Z, after its reboot; it stays cordoned/,
      steps: [],
      counts: ['NotReady'],
      spent: 1,
    },
    {
      name: 'by falling back to the old version releases and counts',
      node: { claim: order(2 * minute), ...oldVersion },
      says: /^Verifying: is being released: it came back on 1.20.0 instead of 1.21.0/,
      steps: ['Release and uncordon'],
      counts: ['FellBack'],
      spent: 1,
    },
    {
      name: 'of health keeps cordon, claim and slot',
      node: { claim: { ...order(20 * minute), ready: ['kube-system/agent'] }, ...newBoot },
      says: /^Failed: the pod of DaemonSet kube-system\/agent was not Ready again in time; it stays cordoned/,
      steps: [],
      counts: ['HealthNotMet'],
      spent: 1,
    },
    {
      name: 'of health during the soak for more than 60 s leaves the node in service and keeps its slot',
      node: { ...newBoot, ready: false, readySince: noon - 61 * second },
      entry: { phase: 'Soaking', until: ahead(second) },
      says: /^Failed: unhealthy during the soak: .*; its slot is kept until it has been healthy for 30s/,
      steps: [],
      counts: ['UnhealthyDuringSoak'],
      spent: 0,
    },
    {
      name: 'of health during the soak for less does not count',
      node: { ...newBoot, ready: false, readySince: noon - 60 * second },
      entry: { phase: 'Soaking', until: ahead(second) },
      says: /^Soaking: unhealthy during the soak/,
      steps: [],
      counts: [],
      spent: 0,
    },
  ])('$name', (one) => {
    const plan = planned(worldOf(one));
    expect(plan.says('n1')).toMatch(one.says);
    expect(plan.steps('n1')).toEqual(one.steps);
    expect(plan.status.failures?.map(({ reason }) => reason)).toEqual(one.counts);
    const spent = plan.view('n1').attempts?.find(({ version }) => version === '1.21.0')?.count ?? 0;
    expect(spent).toBe(one.name.includes('during the soak for more') ? 1 : one.spent);
  });

  it('is written before its node is released, in one pass', () => {
    const plan = planned(worldOf({ node: { claim: order(2 * minute), ...oldVersion } }));
    expect(plan.plan.views).toMatchObject([
      { urgent: true, status: { attempts: [{ attempt: 'attempt-n1' }] } },
    ]);
    expect(plan.entry('n1')).toBeDefined();
  });

  it('is counted once, however often the pass is repeated', () => {
    const world = worldOf({ node: { claim: order(2 * minute), ...oldVersion } });
    const first = planned(world);
    const policies = [aPolicy({ status: first.status })];
    const views = [aView(aNode('n1'), first.view('n1'))];
    const again = planned({
      ...world,
      now: noon + minute,
      policies,
      views: new Map([['n1', views[0] ?? aView(aNode('n1'))]]),
    });
    expect(again.status.failures).toEqual(first.status.failures);
    expect(again.view('n1').attempts).toEqual(first.view('n1').attempts);
  });
});

const failureOf = (node: string, reason: string, attempt = `attempt-${node}`): Failure => ({
  node,
  nodeUID: `uid-${node}`,
  version: '1.21.0',
  attempt,
  reason,
  at: ago(minute),
});

describe('the failure that halts', () => {
  it('is stored without a new slot beside it, and says so at once', () => {
    const world = worldOf({
      node: { claim: order(2 * minute), ...oldVersion },
      spec: { rollout: { maxUnavailable: 5 } },
    });
    const nodes = new Map([...world.nodes, ['n2', aNode('n2')] as const]);
    const views = new Map([...world.views, ['n2', aView(aNode('n2'), staged)] as const]);
    const plan = planned({ ...world, nodes, views });
    expect(plan.status.claims?.map(({ node }) => node)).toEqual(['n1']);
    expect(plan.says('n2')).toBe('Staged: halted: 1 failed');
    expect(plan.condition('Stalled')).toBe('True FailureBudgetExceeded');
  });

  it('is told once in an event about the policy, with the node and what to do', () => {
    const world = worldOf({ node: { claim: order(2 * minute), ...oldVersion } });
    const about = (input: typeof world) =>
      planned(input).plan.announcements.filter(
        ({ regarding, type }) => regarding.kind === 'ContainerOSPolicy' && type === 'Warning',
      );
    expect(about(world)).toMatchObject([
      {
        type: 'Warning',
        reason: 'FailureBudgetExceeded',
        note: expect.stringMatching(/^halted by rollout\.maxFailures: n1 .*retry/),
      },
    ]);
    const { status } = planned(world);
    const stored = world.policies.map((policy) => ({ ...policy, status }));
    expect(about({ ...world, policies: stored })).toEqual([]);
  });
});

describe('a kept claim', () => {
  const health = {
    node: { claim: { ...order(30 * minute), ready: ['kube-system/agent'] }, ...newBoot },
    failures: [failureOf('n1', 'HealthNotMet')],
    view: {
      attempts: [
        {
          ...(attempts(1, 'attempt-n1')[0] as Attempts),
          message: 'the pod of DaemonSet x was not Ready again in time',
        },
      ],
    },
  };
  const agent = aPod('agent', 'n1', {
    namespace: 'kube-system',
    controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' },
  });
  const healed = { pods: new Map([['n1', [agent]]]) };

  it('of a NotReady node ends when it is Ready with the target', () => {
    const plan = planned(
      worldOf({ node: { claim: order(40 * minute), ...newBoot }, failures: [failureOf('n1', 'NotReady')] }),
    );
    expect(plan.entry('n1')?.phase).toBe('Soaking');
    expect(plan.status.failures).toEqual([]);
  });

  it('of an unhealthy node stays though its health is met later, and says why', () => {
    const plan = planned(worldOf({ ...health, more: healed }));
    expect(plan.says('n1')).toBe(
      'Failed: the pod of DaemonSet x was not Ready again in time; it stays cordoned',
    );
    expect(plan.steps('n1')).toEqual([]);
  });

  it('is released by a new retry, which is recorded only once the claim is gone', () => {
    const node = { ...health.node, annotations: { [retryKey]: 'again' } };
    const plan = planned(worldOf({ ...health, node }));
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(plan.view('n1').retrySeen).toBeUndefined();
    expect(plan.status.failures).toHaveLength(1);
    const { claim: _claim, ...free } = node;
    const after = planned(worldOf({ ...health, node: { ...free, bootID: 'boot-n1-2' } }));
    expect(after.view('n1')).toMatchObject({ retrySeen: 'again', state: 'Unknown' });
    expect(after.view('n1').attempts).toBeUndefined();
    expect(after.status.failures).toEqual([]);
    expect(after.entry('n1')).toBeUndefined();
    expect(after.steps('n1')).toEqual(['Inspect task']);
  });

  it('is not released by a retry that was carried out before', () => {
    const node = { ...health.node, annotations: { [retryKey]: 'again' } };
    const plan = planned(worldOf({ ...health, node, view: { ...health.view, retrySeen: 'again' } }));
    expect(plan.steps('n1')).toEqual([]);
  });

  it('of an order that is not void is not released by a retry', () => {
    const plan = planned(
      worldOf({
        node: {
          claim: { ...order(5 * minute), timeouts: { drain: '30m', reboot: '3m', soak: '30s' } },
          ready: false,
          readySince: noon - 4 * minute,
          annotations: { [retryKey]: 'again' },
        },
      }),
    );
    expect(plan.says('n1')).toMatch(/^Failed: .*; it stays cordoned/);
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.view('n1').retrySeen).toBeUndefined();
  });
});

describe('a node that comes back on its target', () => {
  const variant = 'aws-k8s-1.34';
  const acme = { ...newBoot, osImage: 'Acme OS 1.21.0 (aws-k8s-1.34)' };

  it.each<[string, Partial<NodeFacts>]>([
    ['by the name of its image', newBoot],
    ['by a label that vouches for it', { ...acme, labels: { [osKey]: 'Bottlerocket' } }],
    ['although that label went meanwhile', acme],
    [
      'although it was given to another operator meanwhile',
      { ...newBoot, labels: { 'bottlerocket.aws/updater-interface-version': '2.0.0' } },
    ],
  ])('is verified %s, and has not failed', (_name, node) => {
    const plan = planned(
      worldOf({ node: { claim: order(2 * minute), ...node }, view: { version: '1.20.0', variant } }),
    );
    expect(plan.says('n1')).toBe('Verifying: verified on 1.21.0');
    expect(plan.status.failures).toEqual([]);
  });

  it('has failed where another system shows such a version', () => {
    const node = { claim: order(2 * minute), ...newBoot, osImage: 'Some Linux 1.21.0 (Name)' };
    const plan = planned(worldOf({ node, view: { version: '1.20.0', variant } }));
    expect(plan.status.failures).toMatchObject([{ reason: 'FellBack' }]);
  });
});

describe('a slot whose attempt has failed, with the back-off already over', () => {
  it('is freed: what follows is an attempt of its own', () => {
    const over = { attempts: [...attempts(1, anEntry('n1').attempt)] };
    const plan = planned(worldOf({ view: over }));
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.entry('n1')).toBeUndefined();

    const another = planned(worldOf({ view: { attempts: [...attempts(1, 'one before')] } }));
    expect(another.steps('n1')).not.toEqual([]);
    expect(another.entry('n1')).toMatchObject({ attempt: anEntry('n1').attempt });
  });
});

describe('a claim whose attempt has failed before its order', () => {
  const drained = { claim: aClaim('n1', { at: ago(minute) }) };
  const more = { pods: new Map([['n1', []]]) };
  const gaveUp = (attempt: string): NodeViewStatus => ({
    attempts: attempts(1, attempt).map((one) => ({
      ...one,
      reason: 'DrainTimeout',
      message: 'it cannot be drained: x',
    })),
  });

  it('is released, also by a leader who does not know any more why: what failed after it would not count', () => {
    const plan = planned(worldOf({ node: drained, view: gaveUp('attempt-n1'), more }));
    expect(plan.steps('n1')).toEqual(['Release and uncordon']);
    expect(plan.says('n1')).toBe('Draining: is being released: it cannot be drained: x');
    expect(plan.view('n1')).toMatchObject(gaveUp('attempt-n1'));
    expect(plan.status.failures).toEqual([]);
  });

  it('is not released for what an attempt before it did', () => {
    const plan = planned(worldOf({ node: drained, view: gaveUp('one before'), more }));
    expect(plan.steps('n1')).not.toContain('Release and uncordon');
  });
});

describe('a retry', () => {
  const spentView = { attempts: [...attempts(3)] };

  it('of a free node clears attempts and failures, and inspects at once', () => {
    const plan = planned(
      worldOf({
        entry: null,
        view: spentView,
        node: { annotations: { [retryKey]: 'now' } },
        failures: [failureOf('n1', 'FellBack', 'a')],
      }),
    );
    expect(plan.view('n1').attempts).toBeUndefined();
    expect(plan.view('n1').retrySeen).toBe('now');
    expect(plan.status.failures).toEqual([]);
    expect(plan.steps('n1')).toEqual(['Inspect task']);
  });

  it.each([
    ['an Inspect that is running', { task: 'Inspect' }],
    ['an Inspect that has answered', { task: 'Inspect', terminal: true, answer: anAnswer(aNode('n1')) }],
    ['an Inspect that is going away', { task: 'Inspect', deleting: true }],
    ['a Stage that is running', { task: 'Stage' }],
    [
      'a Stage that has failed',
      { task: 'Stage', terminal: true, answer: anAnswer(aNode('n1'), { outcome: 'Failed', message: 'no' }) },
    ],
  ] as const)('waits for %s: it began before, and is not what the retry asks for', (_, task) => {
    const plan = planned(
      worldOf({
        entry: null,
        view: spentView,
        node: { annotations: { [retryKey]: 'now' } },
        task,
      }),
    );
    expect(plan.view('n1').retrySeen).toBeUndefined();
    expect(plan.steps('n1')).not.toContain('Inspect task');
  });

  it('of a node whose left Reboot task is still there does not wait', () => {
    const node = { annotations: { [retryKey]: 'now' } };
    const plan = planned(worldOf({ entry: null, view: spentView, node, task: { task: 'Reboot' } }));
    expect(plan.view('n1').retrySeen).toBe('now');
  });

  it('of a node that is down does not wait for a Pod that is going away: it may do so for ever', () => {
    const node = { annotations: { [retryKey]: 'now' }, ready: false };
    const failures = [failureOf('n1', 'StageFailed', 'a')];
    const down = (task: Partial<TaskFacts>): Planned =>
      planned(worldOf({ entry: null, view: spentView, node, task, failures }));
    const gone = down({ task: 'Stage', deleting: true });
    expect(gone.view('n1').retrySeen).toBe('now');
    expect(gone.status.failures).toEqual([]);
    expect(down({ task: 'Stage' }).view('n1').retrySeen).toBeUndefined();
  });

  it.each(['Inspect', 'Stage'] as const)(
    'by token clears what failed of a node whose own retry waits for its %s: it was told anew in each pass',
    (task) => {
      const node = { annotations: { [retryKey]: 'now' } };
      const plan = planned(
        worldOf({
          entry: null,
          view: spentView,
          node,
          task: { task },
          spec: { retry: { token: 'go' } },
          failures: [failureOf('n1', 'FellBack', 'a')],
        }),
      );
      expect(plan.status.failures).toEqual([]);
      expect(plan.view('n1').attempts).toBeUndefined();
      expect(plan.view('n1').retrySeen).toBeUndefined();
    },
  );

  it('by token clears failures and attempts of all, inspects nobody, and counts once that is stored', () => {
    const spec = { retry: { token: 'go' } };
    const before = planned(
      worldOf({ entry: null, view: spentView, spec, failures: [failureOf('n1', 'FellBack', 'a')] }),
    );
    expect(before.status.failures).toEqual([]);
    expect(before.view('n1').attempts).toBeUndefined();
    expect(before.steps('n1')).toEqual([]);
    expect(before.status.retryToken).toBeUndefined();
    expect(before.entry('n1')).toBeDefined();
    const after = planned(worldOf({ entry: null, spec }));
    expect(after.status.retryToken).toBe('go');
  });
});

describe('failed nodes', () => {
  const fleet = ['n1', 'n2', 'n3', 'n4'].map((name) => aNode(name));
  const views = fleet.map((node) => aView(node, staged));
  const world = (failures: readonly Failure[], maxFailures: number | string): Snapshot =>
    aSnapshot({
      nodes: fleet,
      views,
      policies: [
        aPolicy({
          spec: { rollout: { maxFailures } },
          status: { observedGeneration: 1, fence: 'me/1', failures: [...failures] },
        }),
      ],
    });

  it.each([
    { failed: 1, maxFailures: 1, halted: true },
    { failed: 1, maxFailures: 2, halted: false },
    { failed: 2, maxFailures: '50%', halted: true },
    { failed: 1, maxFailures: '50%', halted: false },
    { failed: 1, maxFailures: '10%', halted: true },
  ])('$failed of maxFailures $maxFailures halt: $halted', ({ failed, maxFailures, halted }) => {
    const failures = fleet.slice(0, failed).map(({ name }) => failureOf(name, 'FellBack', 'x'));
    const plan = planned(world(failures, maxFailures));
    expect(plan.condition('Stalled')).toBe(halted ? 'True FailureBudgetExceeded' : 'absent');
    expect(plan.status.claims).toHaveLength(halted ? 0 : 1);
    expect(plan.condition('Degraded')).toMatch(/^True/);
  });

  it('halt by a percentage of the nodes that can be updated', () => {
    const unsupported = ['c1', 'c2'].map((name) =>
      aNode(name, { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
    );
    const one = world([failureOf('n1', 'FellBack', 'x'), failureOf('n2', 'FellBack', 'x')], '50%');
    const nodes = new Map([...one.nodes, ...unsupported.map((node) => [node.name, node] as const)]);
    expect(planned({ ...one, nodes }).condition('Stalled')).toBe('True FailureBudgetExceeded');
  });

  it('leave the list when their Node is gone, and halt nothing in that pass either', () => {
    const plan = planned(world([failureOf('gone', 'FellBack')], 1));
    expect(plan.status.failures).toEqual([]);
    expect(plan.condition('Stalled')).toBe('absent');
    expect(plan.status.claims).toHaveLength(1);
  });
});
