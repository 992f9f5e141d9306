import { describe, expect, it } from '@jest/globals';
import { claimKey, holdKey } from '../../src/api/keys.ts';
import type { NodeFacts, NodeView, PolicyFacts, TaskFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPod,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  hour,
  minute,
  noon,
  second,
  staged,
  ticksAt,
} from '../support/builders.ts';
import { planned } from './planned.ts';

interface Case {
  readonly name: string;
  readonly node?: Partial<NodeFacts> & { readonly claim?: ReturnType<typeof aClaim> };
  /** Left out: inspected an hour ago and up to date. `null`: never seen. */
  readonly view?: Partial<NodeView['status']> | null;
  readonly task?: Partial<TaskFacts>;
  readonly policy?: Parameters<typeof aPolicy>[0];
  readonly more?: Partial<Pick<Snapshot, 'pods' | 'previews' | 'taskMemory' | 'now'>>;
  readonly says: string;
  readonly steps?: readonly string[];
}

const booted = { bootID: 'boot-n1-2', osImage: 'Bottlerocket OS 1.21.0 (aws-k8s-1.34)' };
const inLedger = (more: object = {}): Parameters<typeof aPolicy>[0] => ({
  status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1', more)] },
});
const noPrefetch = { spec: { rollout: { prefetch: { enabled: false } } } };

/** One node `n1` of the default policy. */
function worldOf({ node, view, task, policy, more }: Case): Snapshot {
  const one = aNode('n1', node);
  const policies: PolicyFacts[] = [aPolicy(policy)];
  const views = view === null ? [] : [aView(aNode('n1'), view)];
  return aSnapshot({
    nodes: [one],
    views,
    tasks: task === undefined ? [] : [aTask(one, task)],
    policies,
    ...more,
  });
}

describe('a node is', () => {
  it.each<Case>([
    {
      name: 'Unknown before its first inspection, which is sent',
      view: null,
      says: 'Unknown: waits for its first inspection',
      steps: ['Inspect task'],
    },
    {
      name: 'Unknown while it is inspected',
      view: null,
      task: {},
      says: 'Unknown: its Inspect task is running',
    },
    {
      name: 'Unknown and not inspected while NotReady',
      view: null,
      node: { ready: false },
      says: 'Unknown: waits to be inspected until the node is Ready',
    },
    {
      name: 'Unknown after a boot that nobody inspected',
      node: { bootID: 'boot-n1-2' },
      says: 'Unknown: it was booted since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'Unknown when its image changed under the same boot id',
      node: { osImage: booted.osImage },
      says: 'Unknown: it was booted since its last inspection; waits to be inspected again',
      steps: ['Inspect task'],
    },
    {
      name: 'Unknown without a boot id, and left alone',
      view: null,
      node: { bootID: '' },
      says: 'Unknown: its Node object shows no boot id yet',
    },
    {
      name: 'Unknown until a wait after a task without an answer is over',
      view: null,
      more: {
        taskMemory: new Map([
          [
            'uid-n1',
            { task: 'Inspect', count: 1, because: 'its image cannot be pulled', notBefore: noon + minute },
          ],
        ]),
      },
      says: 'Unknown: its image cannot be pulled; the next Inspect comes after 2026-03-02T12:01:00Z',
    },
    ...(['Inspect', 'Stage'] as const).map((task) => ({
      name: `saying why its ${task} gave no answer while that is still going away`,
      view: task === 'Inspect' ? null : { available: '1.21.0' },
      task: { task, deleting: true },
      more: {
        taskMemory: new Map([
          ['uid-n1', { task, count: 1, because: 'it was killed by signal 9', notBefore: noon + minute }],
        ]),
      },
      says: `${task === 'Inspect' ? 'Unknown' : 'Staging'}: it was killed by signal 9; the next ${task} comes after 2026-03-02T12:01:00Z`,
    })),
    {
      name: 'Unsupported by the table of its adapter',
      view: null,
      node: { osImage: 'Bottlerocket (EKS Auto, Standard) 2026.1.1 (aws-k8s-1.34-standard)' },
      says: 'Unsupported: EKS Auto Mode manages this node and replaces it by itself',
    },
    {
      name: 'Unsupported as a control-plane node',
      node: { labels: { 'node-role.kubernetes.io/control-plane': '' } },
      view: null,
      says: 'Unsupported: it is a control-plane node, and spec.includeControlPlane is false',
    },
    {
      name: 'inspected as a control-plane node where the policy includes them',
      node: { labels: { 'node-role.kubernetes.io/control-plane': '' } },
      policy: { spec: { includeControlPlane: true } },
      view: null,
      says: 'Unknown: waits for its first inspection',
      steps: ['Inspect task'],
    },
    {
      name: 'Unsupported where the node itself said so',
      view: { unsupported: { reason: 'SecureBoot', message: 'Secure Boot needs another image' } },
      says: 'Unsupported: Secure Boot needs another image',
    },
    {
      name: 'UpToDate when it is offered nothing newer',
      says: 'UpToDate: 1.20.0 is the newest that the node is offered',
    },
    {
      name: 'UpToDate when it is offered something older',
      view: { available: '1.19.5' },
      says: 'UpToDate: 1.20.0 is the newest that the node is offered',
    },
    {
      name: 'UpToDate and inspected again after checkInterval',
      view: { inspectedAt: ago(6 * hour) },
      says: 'UpToDate: 1.20.0 is the newest that the node is offered',
      steps: ['Inspect task'],
    },
    {
      name: 'Outdated with something newer, which is staged ahead',
      view: { available: '1.21.0' },
      says: 'Outdated: 1.21.0 is available; waits for its turn to be staged',
      steps: ['Stage task'],
    },
    {
      name: 'Outdated and a candidate where nothing is staged ahead',
      view: { available: '1.21.0' },
      policy: noPrefetch,
      says: 'Outdated: its turn has come',
    },
    {
      name: 'Staging while its Stage task runs',
      view: { available: '1.21.0' },
      task: { task: 'Stage' },
      says: 'Staging: its Stage task is running',
    },
    {
      name: 'Staging in its slot where nothing is staged ahead',
      view: { available: '1.21.0' },
      policy: { ...noPrefetch, ...inLedger() },
      says: 'Staging: its turn has come',
      steps: ['Stage task'],
    },
    { name: 'Staged, and takes the free slot', view: staged, says: 'Staged: its turn has come' },
    {
      name: 'Staged, and has its Pods looked at first',
      view: staged,
      more: { previews: new Map() },
      says: 'Staged: its turn has come; looks at its pods',
      steps: ['Preview'],
    },
    {
      name: 'Cordoning with a slot of the ledger',
      view: staged,
      policy: inLedger(),
      says: 'Cordoning: its turn has come',
      steps: ['Claim'],
    },
    {
      name: 'Draining with a claim and Pods',
      node: { claim: aClaim('n1') },
      view: staged,
      policy: inLedger(),
      more: { pods: new Map([['n1', [aPod('p', 'n1')]]]) },
      says: 'Draining: 1 pod has to leave',
      steps: ['Evict p'],
    },
    {
      name: 'Draining until its Pods are known',
      node: { claim: aClaim('n1') },
      view: staged,
      policy: inLedger(),
      more: { pods: new Map() },
      says: 'Draining: lists its pods',
    },
    {
      name: 'Rebooting once it is drained',
      node: { claim: aClaim('n1') },
      view: staged,
      policy: inLedger(),
      says: 'Rebooting: drained; the reboot is ordered',
      steps: ['Order'],
    },
    {
      name: 'Rebooting with an order, whose Pod is made',
      node: { claim: aClaim('n1', { order: anOrder('n1', second) }) },
      view: staged,
      policy: inLedger(),
      says: 'Rebooting: the reboot is ordered',
      steps: ['Reboot task'],
    },
    {
      name: 'Rebooting while it is Ready on the old boot',
      node: { claim: aClaim('n1', { order: anOrder('n1', minute) }) },
      view: staged,
      task: { task: 'Reboot', answer: anAnswer(aNode('n1')) },
      policy: inLedger(),
      says: 'Rebooting: the reboot was ordered at 2026-03-02T11:59:00Z',
    },
    {
      name: 'Rebooting while it is down',
      node: {
        claim: aClaim('n1', { order: anOrder('n1', minute) }),
        ready: false,
        readySince: noon - second,
      },
      view: staged,
      task: { task: 'Reboot', answer: anAnswer(aNode('n1')) },
      policy: inLedger(),
      says: 'Rebooting: the node went down; waits for it to come back',
    },
    {
      name: 'Rebooting on a new boot that is not Ready',
      node: {
        claim: aClaim('n1', { order: anOrder('n1', minute) }),
        ...booted,
        ready: false,
        readySince: noon - second,
      },
      view: staged,
      policy: inLedger(),
      says: 'Rebooting: it has rebooted; the node is not Ready since 2026-03-02T11:59:59Z',
    },
    {
      name: 'Verifying when Ready on a new boot with the target',
      node: { claim: aClaim('n1', { order: anOrder('n1', minute) }), ...booted },
      view: staged,
      policy: inLedger(),
      says: 'Verifying: verified on 1.21.0',
    },
    {
      name: 'Verifying until DaemonSet Pods are Ready again',
      node: {
        claim: aClaim('n1', { order: anOrder('n1', minute), ready: ['kube-system/agent'] }),
        ...booted,
      },
      view: staged,
      policy: inLedger(),
      says: 'Verifying: waits for the pod of DaemonSet kube-system/agent to be Ready again',
    },
    {
      name: 'Soaking in the ledger while its claim goes',
      node: { claim: aClaim('n1', { order: anOrder('n1', minute) }), ...booted },
      view: staged,
      policy: inLedger({ phase: 'Soaking', until: ago(-30 * second) }),
      says: 'Soaking: verified on 1.21.0',
      steps: ['Release and uncordon'],
    },
    {
      name: 'Soaking without a claim until its time is over',
      node: { ...booted },
      view: { version: '1.21.0', inspectedBootID: booted.bootID, inspectedImage: booted.osImage },
      policy: inLedger({ phase: 'Soaking', until: ago(-30 * second) }),
      says: 'Soaking: verified; stays healthy until 2026-03-02T12:00:30Z before its slot is free',
    },
    {
      name: 'Failed past retry.limit',
      view: {
        ...staged,
        attempts: [
          {
            version: '1.21.0',
            count: 3,
            attempt: 'a',
            reason: 'FellBack',
            message: 'it came back on 1.20.0',
            at: ago(hour),
            notBefore: ago(minute),
          },
        ],
      },
      says: 'Failed: 3 of 3 attempts failed, the last one: it came back on 1.20.0; annotate the node with containeros.dev/retry to try again',
    },
    {
      name: 'Staged and waiting after a failed attempt',
      view: {
        ...staged,
        attempts: [
          {
            version: '1.21.0',
            count: 1,
            attempt: 'a',
            reason: 'FellBack',
            message: 'it came back on 1.20.0',
            at: ago(minute),
            notBefore: ago(-minute),
          },
        ],
      },
      says: 'Staged: tries again after 2026-03-02T12:01:00Z: it came back on 1.20.0',
    },
    {
      name: 'as it was for failed attempts at another version',
      view: {
        ...staged,
        attempts: [
          {
            version: '1.20.9',
            count: 3,
            attempt: 'a',
            reason: 'FellBack',
            message: '',
            at: ago(hour),
            notBefore: ago(minute),
          },
        ],
      },
      says: 'Staged: its turn has come',
    },
    {
      name: 'Held by its annotation',
      view: staged,
      node: { annotations: { [holdKey]: 'the quarter ends' } },
      says: 'Held: held by annotation containeros.dev/hold: the quarter ends',
    },
    {
      name: 'Held by a cordon of somebody else',
      view: staged,
      node: { unschedulable: true },
      says: 'Held: cordoned by somebody else',
    },
    {
      name: 'UpToDate in spite of hold when it is',
      node: { annotations: { [holdKey]: 'x' } },
      says: 'UpToDate: 1.20.0 is the newest that the node is offered',
    },
    {
      name: 'Held with a claim that cannot be read, which is left alone',
      node: { annotations: { [claimKey]: '{"policy":1}' }, unschedulable: true },
      view: staged,
      policy: inLedger(),
      says: 'Held: its claim cannot be read (policy: Invalid input: expected string, received number); a person must remove the annotation',
    },
  ])('$name', (one) => {
    const plan = planned(worldOf(one));
    expect(plan.says('n1')).toBe(one.says);
    expect(plan.steps('n1')).toEqual(one.steps ?? []);
  });

  it('Staging again on an older staged version once per checkInterval', () => {
    const view = { ...staged, available: '1.22.0' };
    const before = planned(worldOf({ name: '', view, says: '' }));
    expect(before.steps('n1')).toEqual([]);
    expect(before.entry('n1')).toBeDefined();
    const due = planned(worldOf({ name: '', view: { ...view, checkedAt: ago(6 * hour) }, says: '' }));
    expect(due.steps('n1')).toEqual(['Stage task']);
    expect(due.entry('n1')).toBeUndefined();
  });

  it('a candidate all the same when staging again has failed', () => {
    const attempts = [
      {
        version: '1.22.0',
        count: 1,
        attempt: 'a',
        reason: 'PrepareFailed',
        message: 'broke off',
        at: ago(minute),
        notBefore: ago(-minute),
      },
    ];
    const view = { ...staged, available: '1.22.0', checkedAt: ago(6 * hour), attempts };
    expect(planned(worldOf({ name: '', view, says: '' })).entry('n1')).toBeDefined();
  });

  it('tied between two policies when both have the same priority', () => {
    const node = aNode('n1');
    const policies = [aPolicy(), aPolicy({ name: 'other' })];
    const plan = planned(aSnapshot({ nodes: [node], policies }));
    expect(plan.says('n1')).toBe('Held: policies bottlerocket and other select it with the same priority');
    expect(plan.condition('Stalled')).toBe('True Overlap');
    const other = planned(aSnapshot({ nodes: [node], policies }), 'uid-other');
    expect(other.condition('Stalled')).toBe('True Overlap');
    expect(other.plan.views).toEqual([]);
  });

  it('blocked by a task Pod of an earlier Node of its name', () => {
    const node = aNode('n1');
    const stray = aTask({ ...node, uid: 'uid-before' });
    const plan = planned(aSnapshot({ nodes: [node], tasks: [stray] }));
    expect(plan.says('n1')).toBe(
      'Unknown: task Pod task-uid-before, made for an earlier Node of this name, is still there',
    );
    expect(plan.steps('n1')).toEqual([]);
  });
});

describe('tasks', () => {
  const views = [aView(aNode('n1'))];

  it.each([
    {
      name: 'put on by hours',
      firstSeen: noon - 5 * hour,
      age: minute,
      steps: [],
      wakeAt: noon + 4 * minute,
    },
    { name: 'put back by hours', firstSeen: noon + 5 * hour, age: 5 * minute, steps: ['DeleteTask'] },
  ])('keep their deadline when the time of day is $name', ({ firstSeen, age, steps, wakeAt }) => {
    const node = aNode('n1');
    const task = aTask(node, { firstSeen, firstSeenTicks: ticksAt(noon - age) });
    const result = planned(aSnapshot({ nodes: [node], views, tasks: [task] }));
    expect(result.steps('n1')).toEqual(steps);
    if (wakeAt !== undefined) expect(result.plan.wakeAt).toBe(wakeAt);
  });

  const aged = (task: 'Inspect' | 'Stage', age: number) => {
    const node = aNode('n1');
    return planned(
      aSnapshot({ nodes: [node], views, tasks: [aTask(node, { task, firstSeen: noon - age })] }),
    );
  };

  it.each([
    { task: 'Inspect', limit: 5 * minute },
    { task: 'Stage', limit: 20 * minute },
  ] as const)('of kind $task are deleted after $limit ms, and not before', ({ task, limit }) => {
    const late = aged(task, limit);
    expect(late.steps('n1')).toEqual(['DeleteTask']);
    expect(late.step('n1', 'DeleteTask').backOff).toMatch(/^no answer within/);
    const yet = aged(task, limit - 1);
    expect(yet.steps('n1')).toEqual([]);
    expect(yet.plan.wakeAt).toBe(noon + 1);
    expect(yet.plan.wakeAt).toBe(noon + 1);
  });

  it('are deleted after their answer is written, which is urgent', () => {
    const node = aNode('n1');
    const answer = anAnswer(node, { available: '1.21.0' });
    const plan = planned(aSnapshot({ nodes: [node], tasks: [aTask(node, { answer })] }));
    expect(plan.steps('n1')).toEqual(['DeleteTask']);
    expect(plan.plan.views).toMatchObject([
      { urgent: true, status: { available: '1.21.0', inspectedBootID: 'boot-n1-1' } },
    ]);
    expect(plan.step('n1', 'DeleteTask').backOff).toBeUndefined();
  });

  it('of more than 25 nodes wait for each other', () => {
    const nodes = Array.from({ length: 30 }, (_, i) => aNode(`n${i}`));
    const running = nodes.slice(0, 3).map((node) => aTask(node));
    const plan = planned(aSnapshot({ nodes, tasks: running }));
    expect(plan.plan.steps).toHaveLength(22);
  });

  it('count while they are being made, before their Pods show', () => {
    const nodes = Array.from({ length: 30 }, (_, i) => aNode(`n${i}`));
    const tasks = nodes.slice(0, 3).map((node) => aTask(node));
    // Of n0 the Pod is there, and something else is under way.
    const busy = new Set(['n0', 'n5', 'n6']);
    const plan = planned(aSnapshot({ nodes, tasks, busy }));
    expect(plan.plan.steps).toHaveLength(20);
    expect(plan.plan.steps.filter(({ node }) => busy.has(node))).toEqual([]);
  });

  it('stage ahead only maxConcurrent at once, those that are being made counted', () => {
    const nodes = Array.from({ length: 6 }, (_, i) => aNode(`n${i}`));
    const policies = [aPolicy({ spec: { rollout: { prefetch: { maxConcurrent: 3 } } } })];
    const all = nodes.map((node) => aView(node, { available: '1.21.0' }));
    const one = nodes.slice(0, 1).map((node) => aTask(node, { task: 'Stage' }));
    const plan = planned(
      aSnapshot({ nodes, views: all, tasks: one, policies, busy: new Set(['n1', 'other']) }),
    );
    expect(plan.plan.steps.map(({ node }) => node)).toEqual(['n2']);
  });

  it('stage ahead only maxConcurrent at once', () => {
    const nodes = Array.from({ length: 6 }, (_, i) => aNode(`n${i}`));
    const policies = [aPolicy({ spec: { rollout: { prefetch: { maxConcurrent: 3 } } } })];
    const all = nodes.map((node) => aView(node, { available: '1.21.0' }));
    const one = nodes.slice(0, 1).map((node) => aTask(node, { task: 'Stage' }));
    const plan = planned(aSnapshot({ nodes, views: all, tasks: one, policies }));
    expect(plan.plan.steps.map(({ node }) => node)).toEqual(['n1', 'n2']);
  });
});
