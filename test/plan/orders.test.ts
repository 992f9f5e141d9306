import { describe, expect, it } from '@jest/globals';
import type { TaskAnswer } from '../../src/api/task.ts';
import type { NodeFacts, TaskFacts } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ahead,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  minute,
  noon,
  second,
} from '../support/builders.ts';
import { planned } from './planned.ts';

interface Case {
  readonly name: string;
  /** How long ago the order was given. */
  readonly age: number;
  readonly node?: Partial<NodeFacts>;
  readonly task?: Partial<TaskFacts> | undefined;
  readonly answer?: Partial<TaskAnswer>;
  readonly more?: Partial<Pick<Snapshot, 'taskMemory'>>;
  readonly says: string | RegExp;
  readonly steps: readonly string[];
  readonly failed?: string;
}

const notAccepted = { outcome: 'Failed', reason: 'RebootRefused', message: 'logind said no' } as const;
const lost = { cause: 'ContainerStatusUnknown', sentence: 'the kubelet lost sight of it' } as const;

function worldOf({ age, node, task, answer, more }: Case): Snapshot {
  const one = aNode('n1', { claim: aClaim('n1', { order: anOrder('n1', age) }), ...node });
  const facts = task === undefined && answer === undefined ? undefined : { task: 'Reboot' as const, ...task };
  const full = answer === undefined ? facts : { ...facts, answer: anAnswer(aNode('n1'), answer) };
  return aSnapshot({
    nodes: [one],
    tasks: full === undefined ? [] : [aTask(aNode('n1'), full)],
    policies: [aPolicy({ status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } })],
    ...more,
  });
}

describe('an order on the old boot', () => {
  it.each<Case>([
    { name: 'gets its Pod', age: second, says: 'Rebooting: the reboot is ordered', steps: ['Reboot task'] },
    {
      name: 'gets its Pod again within notAfter',
      age: 119 * second,
      says: 'Rebooting: the reboot is ordered',
      steps: ['Reboot task'],
    },
    {
      name: 'gets no Pod after notAfter',
      age: 120 * second,
      says: /^Rebooting: the reboot was ordered at/,
      steps: [],
    },
    {
      name: 'gets no Pod on a NotReady node',
      age: second,
      node: { ready: false, readySince: noon - second },
      says: 'Rebooting: the node is not Ready since 2026-03-02T11:59:59Z',
      steps: [],
    },
    {
      name: 'gets no Pod while one like it was refused just now',
      age: second,
      more: {
        taskMemory: new Map([
          ['uid-n1', { task: 'Reboot', count: 1, because: 'admission said no', notBefore: noon + minute }],
        ]),
      },
      says: 'Rebooting: admission said no; the next Reboot comes after 2026-03-02T12:01:00Z',
      steps: [],
    },
    {
      name: 'is over when its Pod says Failed on the old boot',
      age: second,
      answer: notAccepted,
      says: 'Verifying: is being released: its reboot was not accepted: logind said no',
      steps: ['Release and uncordon', 'DeleteTask'],
      failed: 'RebootRefused',
    },
    {
      name: 'is over when its Pod says Retry on the old boot',
      age: second,
      answer: { outcome: 'Retry', reason: 'UpdaterBusy', message: 'busy' },
      says: 'Verifying: is being released: its reboot was not accepted: busy',
      steps: ['Release and uncordon', 'DeleteTask'],
      failed: 'UpdaterBusy',
    },
    {
      name: 'is not over when its Pod says Done',
      age: 5 * minute,
      answer: { outcome: 'Done' },
      says: /order not yet void/,
      steps: [],
    },
    {
      name: 'is not over when its Pod left no answer',
      age: minute,
      task: { terminal: true, noAnswer: lost },
      says: 'Rebooting: the kubelet lost sight of it; order not yet void (2026-03-02T12:07:00Z)',
      steps: [],
    },
    {
      name: 'is not over by the answer that an earlier attempt was given',
      age: second,
      task: { attempt: 'earlier' },
      answer: notAccepted,
      says: /^Rebooting:/,
      steps: ['DeleteTask'],
    },
    {
      name: 'is not over by an answer from another boot',
      age: second,
      answer: { ...notAccepted, bootID: 'boot-n1-0' },
      says: /^Rebooting:/,
      steps: [],
    },
    {
      name: 'is not void before notAfter and 6 min',
      age: 8 * minute - 1,
      says: /order not yet void/,
      steps: [],
    },
    {
      name: 'is void then, and released only if no Pod is there by a consistent read',
      age: 8 * minute,
      says: 'Verifying: is being released: the reboot was ordered and never came',
      steps: ['Release and uncordon'],
      failed: 'OrderVoid',
    },
    {
      name: 'is not released while its Pod object is there, which goes first',
      age: 8 * minute,
      answer: { outcome: 'Done' },
      says: 'Rebooting: the order is void; its Reboot task is removed',
      steps: ['DeleteTask'],
    },
    {
      name: 'is not released while its Pod is going',
      age: 8 * minute,
      task: { deleting: true },
      says: 'Rebooting: the order is void; its Reboot task is going away',
      steps: [],
    },
    {
      name: 'is not void while the node is NotReady',
      age: 9 * minute,
      node: { ready: false, readySince: noon - 9 * minute },
      says: 'Rebooting: the node went down; waits for it to come back',
      steps: [],
    },
    {
      name: 'is a failure that keeps the node when it is NotReady at reboot.timeout',
      age: 20 * minute,
      node: { ready: false, readySince: noon - 19 * minute },
      says: 'Failed: the node is not Ready since 2026-03-02T11:41:00Z, still on the boot from before the order; it stays cordoned',
      steps: [],
      failed: 'NotReady',
    },
  ])('$name', (one) => {
    const plan = planned(worldOf(one));
    expect(plan.says('n1')).toMatch(one.says);
    expect(plan.steps('n1')).toEqual(one.steps);
    expect(plan.status.failures?.map(({ reason }) => reason)).toEqual(
      one.failed === undefined ? [] : [one.failed],
    );
    expect(plan.entry('n1')?.phase).toBe('Reserved');
  });

  it('that is void by time is released only after a consistent read', () => {
    const plan = planned(worldOf({ name: '', age: 8 * minute, says: '', steps: [] }));
    expect(plan.step('n1', 'Release').onlyWithoutTask).toBe(true);
    const refused = planned(worldOf({ name: '', age: second, answer: notAccepted, says: '', steps: [] }));
    expect(refused.step('n1', 'Release').onlyWithoutTask).toBe(false);
  });

  it('carries the boot id and 2 min to its Pod', () => {
    const plan = planned(worldOf({ name: '', age: 0, says: '', steps: [] }));
    expect(plan.step('n1', 'CreateTask')).toMatchObject({
      attempt: 'attempt-n1',
      request: {
        task: 'Reboot',
        target: '1.21.0',
        order: { bootID: 'boot-n1-1', notAfter: ahead(2 * minute) },
      },
    });
  });

  it('wakes when it is void', () => {
    const plan = planned(worldOf({ name: '', age: 3 * minute, says: '', steps: [] }));
    expect(plan.plan.wakeAt).toBe(noon + 5 * minute);
  });
});
