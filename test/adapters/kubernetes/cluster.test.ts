/** Reads and writes against a real API server, as an account with exactly the operator's rights. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { Cluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { claimKey, restoreKey } from '../../../src/api/keys.ts';
import type { NodeFacts, PodFacts, PolicyFacts } from '../../../src/plan/facts.ts';
import type { Change } from '../../../src/ports/cluster.ts';
import { ConflictError, InvalidError, NotFoundError, StaleError } from '../../../src/ports/errors.ts';
import { until } from '../../lab/process/until.ts';
import { aBudget, aClaim, aHookJob, aNode, aPod, aPolicy, aTask } from './support/objects.ts';
import { hooksNamespace, ownNamespace, startRealCluster } from './support/real-cluster.ts';
import type { RealCluster } from './support/real-cluster.ts';
import { systemClock } from './support/system-clock.ts';
import { waitUntil } from './support/wait-until.ts';

let real: RealCluster;
let cluster: Cluster;
const stop = new AbortController();
const changes: Change[] = [];
const errors: unknown[] = [];
const freely = (): void => {};
const never = (): void => {
  throw new StaleError('too late');
};

beforeAll(async () => {
  real = await startRealCluster();
  cluster = createCluster({
    api: real.api,
    clock: systemClock,
    random: Math.random,
    namespace: ownNamespace,
    podLabels: { app: 'operator' },
    task: {
      image: 'registry.example/operator:1',
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: ['pull'],
      limits: { memory: '128Mi' },
    },
    hooks: { namespace: hooksNamespace, serviceAccount: 'containeros-hooks' },
    instance: 'test',
    waits: { missingSocketAfter: 200 },
    onError: (_where, error) => errors.push(error),
  });
  cluster.reader.onChange((change) => changes.push(change));
  cluster.start(stop.signal);
  await cluster.synced();
}, 600_000);

afterAll(async () => {
  await cluster.stop();
  await real.stop();
});

const kubectl = (...args: string[]): Promise<string> => real.plane.kubectl(args);
const json = async (...args: string[]): Promise<unknown> =>
  JSON.parse(await kubectl('get', ...args, '-o', 'json'));
const node = (name: string): NodeFacts => must(cluster.reader.nodes().get(name));
const policy = (name: string): PolicyFacts =>
  must(cluster.reader.policies().find((one) => one.name === name));
function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}
async function newNode(name: string): Promise<NodeFacts> {
  await real.apply(aNode(name));
  await waitUntil(`node ${name} is seen`, () => cluster.reader.nodes().has(name));
  return node(name);
}
async function newPod(name: string, on: string, app = name): Promise<PodFacts> {
  await real.apply(aPod(name, on, app));
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await kubectl(
    'patch',
    'pod',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  );
  return must((await cluster.writer.listPodsOf(on)).find((pod) => pod.name === name));
}

/** The node controller writes to a new and to a cordoned Node a moment later: a conflict is read and tried anew, as the operator does. */
async function again(write: () => Promise<void>): Promise<void> {
  const tried = async (): Promise<true | undefined> => {
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return undefined;
      throw error;
    }
  };
  await until('the write goes through', tried, { withinMs: 30_000 });
}

describe('a policy', () => {
  it('is seen with its defaults, and its status is written and read back at once', async () => {
    await real.apply(aPolicy('one'));
    await waitUntil('it is seen', () => cluster.reader.policies().some(({ name }) => name === 'one'));
    const before = policy('one');
    expect(before.spec).toMatchObject({ os: 'Bottlerocket', mode: 'Apply' });
    expect(before.status.observedGeneration).toBe(-1);
    const status = { observedGeneration: before.generation, fence: 'me/1', message: 'all is well' };
    await cluster.writer.putPolicyStatus(before, status, freely);
    expect(policy('one').status).toEqual(status);
    expect(policy('one').resourceVersion).not.toBe(before.resourceVersion);
    await expect(
      cluster.writer.putPolicyStatus(before, { ...status, fence: 'other/1' }, freely),
    ).rejects.toThrow(ConflictError);
  });

  it('is not written to when nothing would change, nor against the guard', async () => {
    const before = policy('one');
    await cluster.writer.putPolicyStatus(before, before.status, never);
    await expect(cluster.writer.putPolicyStatus(before, { observedGeneration: 9 }, never)).rejects.toThrow(
      StaleError,
    );
    expect(await json('cosp', 'one')).toMatchObject({
      metadata: { resourceVersion: before.resourceVersion },
    });
  });

  it('that was deleted meanwhile is a conflict', async () => {
    await real.apply(aPolicy('gone'));
    await waitUntil('it is seen', () => cluster.reader.policies().some(({ name }) => name === 'gone'));
    const before = policy('gone');
    await kubectl('delete', 'cosp', 'gone');
    await expect(cluster.writer.putPolicyStatus(before, { observedGeneration: 9 }, freely)).rejects.toThrow(
      ConflictError,
    );
    await waitUntil(
      'the deletion is seen',
      () => !cluster.reader.policies().some(({ name }) => name === 'gone'),
    );
  });
});

describe('a node', () => {
  it('is claimed, ordered and released, each in one write, and each is visible at once', async () => {
    await newNode('n1');
    const claim = aClaim({ added: ['karpenter.sh/do-not-disrupt'] });
    const added = { 'karpenter.sh/do-not-disrupt': 'true' };
    await again(() => cluster.writer.claimNode('n1', node('n1').resourceVersion, claim, added, freely));
    expect(node('n1').unschedulable).toBe(true);
    expect(JSON.parse(node('n1').annotations[claimKey] ?? '')).toEqual(claim);
    const order = { at: '2026-11-23T10:01:00Z', bootID: 'boot-1', notAfter: '2026-11-23T10:03:00Z' };
    await again(() => cluster.writer.orderReboot('n1', node('n1').resourceVersion, claim, order, freely));
    expect(JSON.parse(node('n1').annotations[claimKey] ?? '')).toEqual({ ...claim, order });
    await again(() => cluster.writer.releaseNode('n1', node('n1').resourceVersion, true, claim.added));
    expect(node('n1')).toMatchObject({ unschedulable: false, annotations: {} });
    await expect(json('node', 'n1')).resolves.not.toHaveProperty('spec.unschedulable');
  });

  it('is given a note of its settings, which goes again, and nothing else changes', async () => {
    await newNode('n9');
    const note = {
      os: 'Bottlerocket',
      'version-lock': 'latest',
      'ignore-waves': false,
      pinned: { 'version-lock': ['1.26.1'] },
    } as const;
    const mutable = { ...note, pinned: { 'version-lock': ['1.26.1'] } };
    await again(() => cluster.writer.noteSettings('n9', node('n9').resourceVersion, mutable, freely));
    expect(node('n9').unschedulable).toBe(false);
    expect(JSON.parse(node('n9').annotations[restoreKey] ?? '')).toEqual(note);
    const old = node('n9').resourceVersion;
    await again(() => cluster.writer.noteSettings('n9', node('n9').resourceVersion, undefined, freely));
    expect(node('n9').annotations).toEqual({});
    await expect(cluster.writer.noteSettings('n9', old, mutable, freely)).rejects.toThrow(ConflictError);
  });

  it('keeps its cordon where the release is told to leave it', async () => {
    await newNode('n2');
    await again(() => cluster.writer.claimNode('n2', node('n2').resourceVersion, aClaim(), {}, freely));
    await again(() => cluster.writer.releaseNode('n2', node('n2').resourceVersion, false, []));
    expect(node('n2')).toMatchObject({ unschedulable: true, annotations: {} });
  });

  it('is not claimed when it changed since, nor against the guard', async () => {
    const before = await newNode('n3');
    await kubectl('label', 'node', 'n3', 'changed=yes');
    await expect(
      cluster.writer.claimNode('n3', before.resourceVersion, aClaim(), {}, freely),
    ).rejects.toThrow(ConflictError);
    await expect(
      cluster.writer.claimNode('n3', node('n3').resourceVersion, aClaim(), {}, never),
    ).rejects.toThrow(StaleError);
    expect(node('n3').unschedulable).toBe(false);
  });

  it('has a view that is made, written, made anew for another Node of its name, and deleted', async () => {
    const first = await newNode('n4');
    await cluster.writer.putView(first, undefined, { state: 'Unknown', because: 'not yet asked' });
    const view = must(cluster.reader.views().get('n4'));
    expect(view).toMatchObject({ nodeUID: first.uid, status: { state: 'Unknown' } });
    await cluster.writer.putView(first, view, { state: 'UpToDate' });
    expect(cluster.reader.views().get('n4')?.status).toEqual({ state: 'UpToDate' });
    const second = { ...first, uid: '11111111-2222-3333-4444-555555555555' };
    await cluster.writer.putView(second, cluster.reader.views().get('n4'), { state: 'Held' });
    const anew = must(cluster.reader.views().get('n4'));
    expect(anew).toMatchObject({ nodeUID: second.uid, status: { state: 'Held' } });
    await cluster.writer.deleteView(anew);
    await cluster.writer.deleteView(anew);
    await waitUntil('it is gone', () => !cluster.reader.views().has('n4'));
  });
});

describe('evictions', () => {
  const evict = (pod: PodFacts) => cluster.writer.evict(pod, 0, freely);

  it('answer what became of them', async () => {
    await newNode('e1');
    const [free, guarded, twice] = [
      await newPod('free', 'e1'),
      await newPod('guarded', 'e1'),
      await newPod('twice', 'e1'),
    ];
    await real.apply(
      aBudget('keep', 'guarded', 1),
      aBudget('two-a', 'twice', 0),
      aBudget('two-b', 'twice', 0),
    );
    await waitUntil(
      'the budgets are known',
      () => cluster.reader.pdbs().filter(({ current }) => current).length === 3,
    );
    await expect(evict({ ...free, uid: 'another' })).resolves.toEqual({ kind: 'Gone' });
    await expect(evict(free)).resolves.toEqual({ kind: 'Accepted' });
    await expect(evict({ ...free, name: 'nobody' })).resolves.toEqual({ kind: 'Gone' });
    await expect(evict(guarded)).resolves.toMatchObject({
      kind: 'Refused',
      refusal: { kind: 'Budget', pdb: 'keep' },
    });
    await expect(evict(twice)).resolves.toMatchObject({ kind: 'Refused', refusal: { kind: 'Never' } });
    await expect(cluster.writer.evict(guarded, undefined, never)).rejects.toThrow(StaleError);
  }, 30_000);

  it('are seen by the watch of the node, which is let go again', async () => {
    await newNode('e2');
    const pod = await newPod('leaving', 'e2');
    changes.length = 0;
    cluster.reader.watchPodsOf(new Set(['e2']));
    await waitUntil('the list is there', () => cluster.reader.pods().has('e2'));
    expect(cluster.reader.pods().get('e2')).toEqual([pod]);
    expect(changes).toContainEqual({ kind: 'Pods', node: 'e2' });
    await evict(pod);
    await waitUntil(
      'it is going',
      () =>
        cluster.reader.pods().get('e2')?.[0]?.deletionTimestamp !== undefined ||
        cluster.reader.pods().get('e2')?.length === 0,
    );
    cluster.reader.watchPodsOf(new Set());
    expect(cluster.reader.pods().size).toBe(0);
  });
});

describe('a task Pod', () => {
  it('is made once, is seen at once with all it was made for, and is deleted only if it is the same', async () => {
    const { uid } = await newNode('t1');
    expect(await cluster.writer.taskExists(uid)).toBe(false);
    await cluster.writer.createTask(aTask('t1', uid), freely);
    expect(cluster.reader.tasks().get(uid)).toMatchObject({
      podName: `task-${uid}`,
      nodeName: 't1',
      policyUID: 'p-uid',
      task: 'Reboot',
      attempt: 'a1',
      terminal: false,
    });
    expect(await cluster.writer.taskExists(uid)).toBe(true);
    await expect(cluster.writer.createTask(aTask('t1', uid), freely)).rejects.toThrow(ConflictError);
    await cluster.writer.deleteTask(`task-${uid}`, 'another');
    expect(await cluster.writer.taskExists(uid)).toBe(true);
    await cluster.writer.deleteTask(`task-${uid}`, must(cluster.reader.tasks().get(uid)).podUID);
    // No kubelet is here to confirm: it stays until somebody forces it.
    await waitUntil('it is going', () => cluster.reader.tasks().get(uid)?.deleting !== false);
  });

  it('tells of a missing socket when its time has come, without any event', async () => {
    const { uid } = await newNode('t2');
    const status = {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-23T10:00:00Z' }],
    };
    await kubectl(
      'patch',
      'node',
      't2',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
    await cluster.writer.createTask(aTask('t2', uid), freely);
    const started = { status: { startTime: '2026-11-23T10:00:00Z' } };
    await kubectl(
      '-n',
      'containeros-tasks',
      'patch',
      'pod',
      `task-${uid}`,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify(started),
    );
    changes.length = 0;
    await waitUntil('it is told', () => cluster.reader.tasks().get(uid)?.noAnswer !== undefined);
    expect(cluster.reader.tasks().get(uid)?.noAnswer).toEqual({
      cause: 'MissingSocket',
      sentence: 'the socket /run/api.sock is not there on the node',
    });
  });

  it('that admission refuses is told with its words', async () => {
    const { uid } = await newNode('t3');
    await kubectl('label', 'ns', 'containeros-tasks', 'pod-security.kubernetes.io/enforce=restricted');
    await expect(cluster.writer.createTask(aTask('t3', uid), freely)).rejects.toThrow(/violates PodSecurity/);
    await expect(cluster.writer.createTask(aTask('t3', uid), freely)).rejects.toThrow(InvalidError);
    await kubectl('label', 'ns', 'containeros-tasks', 'pod-security.kubernetes.io/enforce-');
    await expect(
      cluster.writer.createTask(aTask('t3', uid, { deadlineSeconds: -1 }), freely),
    ).rejects.toThrow(InvalidError);
  });
});

describe('a hook', () => {
  const seen = () => {
    const hooks = cluster.reader.hooks();
    return hooks === undefined || hooks === 'Unheard' ? [] : hooks;
  };

  it('is made once, is seen at once, and is deleted only if it is the same', async () => {
    const job = aHookJob();
    await expect(cluster.writer.createHook(job, never)).rejects.toThrow(StaleError);
    await cluster.writer.createHook(job, freely);
    const made = seen();
    expect(made).toMatchObject([{ nodeUID: 'u1', attempt: 'a1', hook: 'beforeDrain', state: 'Running' }]);
    await expect(cluster.writer.createHook(job, freely)).rejects.toThrow(ConflictError);
    const { jobName, jobUID } = must(made[0]);
    await cluster.writer.deleteHook(jobName, 'another');
    await kubectl('get', 'job', '-n', hooksNamespace, jobName);
    await cluster.writer.deleteHook(jobName, jobUID);
    await waitUntil('it is gone', () => seen().length === 0);
    await cluster.writer.deleteHook(jobName, jobUID);
  });
});

describe('the exclusive lease', () => {
  const holding = () => cluster.reader.exclusive();

  it('is taken by one node at a time and given back by that node only', async () => {
    holding();
    await waitUntil('it is known to be free', () => holding().held === false);
    await cluster.writer.takeExclusive('node-a', freely);
    expect(holding()).toEqual({ held: true, holder: 'node-a' });
    await cluster.writer.takeExclusive('node-a', freely);
    await expect(cluster.writer.takeExclusive('node-b', freely)).rejects.toThrow(ConflictError);
    await cluster.writer.dropExclusive('node-b');
    expect(holding()).toEqual({ held: true, holder: 'node-a' });
    cluster.forget();
    await waitUntil('it is known again', () => holding().held === true);
    await cluster.writer.dropExclusive('node-a');
    await cluster.writer.dropExclusive('node-a');
    expect(holding()).toEqual({ held: false });
  });
});

interface Said {
  readonly items: readonly { readonly regarding: { readonly kind: string }; readonly note: string }[];
}

describe('an event', () => {
  it('about a policy is one event, however often it is said', async () => {
    const { name, uid } = policy('one');
    const regarding = { kind: 'ContainerOSPolicy', name, uid } as const;
    const said = {
      regarding,
      type: 'Normal',
      reason: 'Testing',
      action: 'Test',
      note: 'said twice',
    } as const;
    cluster.writer.announce(said);
    cluster.writer.announce(said);
    cluster.writer.announce({ ...said, regarding: { kind: 'Node', name: 'n1', uid: node('n1').uid } });
    const kinds = async (): Promise<readonly string[]> => {
      const list: Said = JSON.parse(await kubectl('get', 'events.events.k8s.io', '-o', 'json'));
      return list.items.filter(({ note }) => note === 'said twice').map(({ regarding: { kind } }) => kind);
    };
    await until('both are there', async () => ((await kinds()).length === 2 ? true : undefined), {
      withinMs: 30_000,
    });
    expect((await kinds()).toSorted()).toEqual(['ContainerOSPolicy', 'Node']);
  });
});

describe('as a whole', () => {
  it('asked for nothing that its rights refuse', () => {
    const refused = readFileSync(real.plane.auditLog, 'utf8')
      .split('\n')
      .filter(
        (line) =>
          line.includes('"username":"operator"') && line.includes('"authorization.k8s.io/decision":"forbid"'),
      );
    expect(refused).toEqual([]);
  });

  it('comes back after a restart of the API server, and notices what happened meanwhile', async () => {
    await newNode('r1');
    await real.plane.restartApiServer();
    await kubectl('delete', 'node', 'r1');
    await real.apply(aNode('r2'));
    const since = performance.now();
    await waitUntil(
      'both are seen',
      () => cluster.reader.nodes().has('r2') && !cluster.reader.nodes().has('r1'),
      60_000,
    );
    expect(performance.now() - since).toBeLessThan(10_000);
  }, 120_000);

  it('is told of what is missing by NotFoundError', async () => {
    await expect(cluster.writer.releaseNode('nobody', '1', true, [])).rejects.toThrow(NotFoundError);
  });
});
