/** The waits that a step leaves behind; what steps write is shown by the simulation and against a real API server. */
import { describe, expect, it } from '@jest/globals';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { createApplier } from '../../src/control/apply-step.ts';
import { Memory } from '../../src/control/memory.ts';
import { observe } from '../../src/control/observe.ts';
import { hookTask } from '../../src/plan/hooks.ts';
import type { HookFacts, PodFacts } from '../../src/plan/facts.ts';
import { told } from '../../src/plan/node-reasons.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { EvictionRefusal } from '../../src/plan/snapshot.ts';
import type { ClusterReader, ClusterWriter } from '../../src/ports/cluster.ts';
import { ConflictError, ForbiddenError } from '../../src/ports/errors.ts';
import { aHook, aPod, noon } from '../support/builders.ts';

function anApplier(writer: Partial<ClusterWriter>, pods: readonly PodFacts[] = []) {
  const memory = new Memory();
  const apply = createApplier({
    reader: { pods: () => new Map([['n1', pods]]) },
    writer: writer as ClusterWriter,
    memory,
    views: { views: () => new Map() },
    clock: { now: () => noon, monotonic: () => 0 },
    adapters: osAdapters,
    settings: defaultSettings,
    handOver: () => undefined,
    evicted: () => undefined,
    evictionsAtOnce: 1,
  });
  return { memory, apply };
}

describe('after a task', () => {
  const deleted = {
    do: 'DeleteTask',
    node: 'n1',
    nodeUID: 'uid-n1',
    podName: 'task-uid-n1',
    podUID: 'pod',
    task: 'Inspect',
    because: 'it answered',
  } as const;

  it.each([
    ['that went well, none', undefined, undefined, undefined],
    ['that failed, the usual', 'busy', undefined, 15_000],
    ['that asks for longer, so long', 'its socket is gone', 45_000, 45_000],
    ['that asks for less, the usual', 'busy', 1000, 15_000],
  ])('%s', async (_name, backOff, wait, want) => {
    const { memory, apply } = anApplier({ deleteTask: async () => undefined });
    await apply({ ...deleted, backOff, ...(wait === undefined ? {} : { wait }) }, () => undefined);
    const notBefore = memory.taskMemory.get('uid-n1')?.notBefore;
    expect(notBefore === undefined ? undefined : notBefore - noon).toBe(want);
  });

  it('whose host gave a reason, that is remembered with its sentence', async () => {
    const { memory, apply } = anApplier({ deleteTask: async () => undefined });
    await apply({ ...deleted, backOff: 'busy', reason: told('UpdaterBusy') }, () => undefined);
    expect(memory.taskMemory.get('uid-n1')).toMatchObject({ because: 'busy', reason: 'UpdaterBusy' });
    await apply({ ...deleted, backOff: 'it ended without a word' }, () => undefined);
    expect(memory.taskMemory.get('uid-n1')?.reason).toBeUndefined();
  });
});

describe('a note of settings', () => {
  const note = {
    os: 'Bottlerocket',
    'version-lock': 'latest',
    'ignore-waves': false,
    pinned: { 'version-lock': ['1.26.1'] },
  } as const;
  const at = { node: 'n1', nodeUID: 'uid-n1', resourceVersion: '7', because: 'x' };

  it('is written and removed with the resourceVersion that was read, and with the guard', async () => {
    const calls: unknown[] = [];
    const guard = (): void => undefined;
    const { apply } = anApplier({ noteSettings: async (...call) => void calls.push(call) });
    const mutable = { ...note, pinned: { 'version-lock': ['1.26.1'] } };
    await apply({ ...at, do: 'Remember', note: mutable }, guard);
    await apply({ ...at, do: 'Forget' }, guard);
    expect(calls).toEqual([
      ['n1', '7', note, guard],
      ['n1', '7', undefined, guard],
    ]);
  });
});

describe('a refused eviction', () => {
  it.each<[EvictionRefusal, number]>([
    [{ kind: 'Budget', pdb: 'web', message: '' }, 30_000],
    [{ kind: 'Webhook', message: '' }, 10_000],
    [{ kind: 'Never', message: '' }, 30_000],
    [{ kind: 'NamespaceTerminating' }, 5000],
    [{ kind: 'Overload', retryAfterSeconds: 7 }, 7000],
    [{ kind: 'Other', message: '' }, 2000],
  ])('%j leaves the Pod in peace for %i ms', async (refusal, wait) => {
    const pod = aPod('p', 'n1');
    const { memory, apply } = anApplier({ evict: async () => ({ kind: 'Refused', refusal }) }, [pod]);
    const step = {
      do: 'Evict',
      node: 'n1',
      nodeUID: 'uid-n1',
      gracePeriodSeconds: undefined,
      because: '',
    } as const;
    await apply({ ...step, pod }, () => undefined);
    expect(memory.evictions.get(pod.uid)).toEqual({
      kind: 'Refused',
      refusal,
      at: noon,
      since: noon,
      notBefore: noon + wait,
    });
  });
});

describe('a release', () => {
  const step = {
    do: 'Release',
    node: 'n1',
    nodeUID: 'uid-n1',
    resourceVersion: '7',
    uncordon: true,
    remove: ['x'],
    because: '',
  } as const;
  const release = async (onlyWithoutTask: boolean, taskExists: boolean) => {
    const calls: unknown[] = [];
    const { apply } = anApplier({
      taskExists: async (uid) => {
        calls.push(['taskExists', uid]);
        return taskExists;
      },
      releaseNode: async (...call) => void calls.push(call),
    });
    const done = apply({ ...step, onlyWithoutTask }, () => undefined);
    return { done, calls };
  };
  const write = ['n1', '7', true, ['x']];

  it('that rests on there being no task asks for one first', async () => {
    const { done, calls } = await release(true, false);
    await done;
    expect(calls).toEqual([['taskExists', 'uid-n1'], write]);
  });

  it('is not written where one is there after all', async () => {
    const { done, calls } = await release(true, true);
    await expect(done).rejects.toThrow(ConflictError);
    expect(calls).toEqual([['taskExists', 'uid-n1']]);
  });

  it('that does not is written at once', async () => {
    const { done, calls } = await release(false, true);
    await done;
    expect(calls).toEqual([write]);
  });
});

describe('a hook', () => {
  const create = {
    do: 'CreateHook',
    node: 'n1',
    nodeUID: 'uid-n1',
    policyUID: 'uid-p',
    attempt: 'a1',
    hook: 'beforeDrain',
    program: { image: 'hook' },
    variables: {},
    deadlineSeconds: 600,
    because: 'hook beforeDrain is started',
  } as const;

  it('whose Job is refused is tried again later, and that is forgotten when it was made', async () => {
    let refuses = true;
    const { memory, apply } = anApplier({
      createHook: async () => {
        if (refuses) throw new ForbiddenError('exceeded quota: jobs');
      },
    });
    await apply(create, () => undefined);
    expect(memory.taskMemory.get('uid-n1')).toMatchObject({
      task: hookTask('beforeDrain', 'a1'),
      count: 1,
      because: 'hook beforeDrain was refused: exceeded quota: jobs',
      notBefore: noon + 15_000,
    });
    refuses = false;
    await apply(create, () => undefined);
    expect(memory.taskMemory.size).toBe(0);
  });

  it('whose Job is there already is not made twice', async () => {
    const { memory, apply } = anApplier({ createHook: () => Promise.reject(new ConflictError('exists')) });
    await expect(apply(create, () => undefined)).rejects.toThrow(ConflictError);
    expect(memory.taskMemory.size).toBe(0);
  });

  it('that was deleted counts as going away until it is gone', async () => {
    const { memory, apply } = anApplier({ deleteHook: async () => undefined });
    const gone = { do: 'DeleteHook', node: 'n1', nodeUID: 'uid-n1', jobName: 'j', because: 'x' } as const;
    await apply({ ...gone, jobUID: 'job-of-n1' }, () => undefined);
    const seen = (hooks: readonly HookFacts[]) =>
      observe(
        {
          reader: { ...emptyReader, hooks: () => hooks },
          gates: { of: () => new Map() },
          memory,
          views: { views: () => new Map() },
          clock: { now: () => noon, monotonic: () => 0 },
          rules: osAdapters,
          settings: defaultSettings,
          self: { nodeName: undefined, podName: undefined, namespace: undefined, podLabels: {} },
        },
        'orphans',
        { fence: '', leadsSince: 0 },
      ).hooks;
    expect(seen([aHook('n1'), aHook('n2')])).toMatchObject([{ deleting: true }, { deleting: false }]);
    expect(seen([])).toEqual([]);
    expect(memory.deletedHooks.size).toBe(0);
  });
});

const emptyReader: ClusterReader = {
  policies: () => [],
  nodes: () => new Map(),
  views: () => new Map(),
  tasks: () => new Map(),
  hooks: () => undefined,
  pdbs: () => [],
  replicas: () => [],
  pods: () => new Map(),
  nodesHeard: () => noon,
  watchPodsOf: () => undefined,
  exclusive: () => ({ held: false }),
  onChange: () => undefined,
};
