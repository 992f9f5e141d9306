/** The waits that a step leaves behind; what steps write is shown by the simulation and against a real API server. */
import { describe, expect, it } from '@jest/globals';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { createApplier } from '../../src/control/apply-step.ts';
import { Memory } from '../../src/control/memory.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import type { ClusterWriter } from '../../src/ports/cluster.ts';
import { noon } from '../support/builders.ts';

function anApplier(writer: Partial<ClusterWriter>) {
  const memory = new Memory();
  const apply = createApplier({
    reader: { pods: () => new Map() },
    writer: writer as ClusterWriter,
    memory,
    views: { views: () => new Map() },
    clock: { now: () => noon, monotonic: () => 0 },
    adapters: osAdapters,
    settings: defaultSettings,
    handOver: () => undefined,
    evicted: () => undefined,
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
