/** The reason of a task's wait, as the host or its kubelet gave it: beside its sentence, and nowhere else. */
import { describe, expect, it } from '@jest/globals';
import type { TaskAnswer } from '../../src/api/task.ts';
import type { TaskFacts } from '../../src/plan/facts.ts';
import { told } from '../../src/plan/node-reasons.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot, TaskMemory } from '../../src/plan/snapshot.ts';
import type { Plan } from '../../src/plan/step.ts';
import {
  aClaim,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  minute,
  noon,
} from '../support/builders.ts';
import { type Planned, planned } from './planned.ts';

const node = aNode('n1');
const views = [aView(node, { available: '1.21.0' })];
const remembered = (memory: Omit<TaskMemory, 'count' | 'notBefore'>): Pick<Snapshot, 'taskMemory'> => ({
  taskMemory: new Map([[node.uid, { ...memory, count: 1, notBefore: noon + minute }]]),
});
const said = (plan: Planned): Record<string, unknown> => {
  const { state, reason, because } = plan.view('n1');
  return { state, reason, because };
};

interface Ended {
  readonly name: string;
  readonly task: 'Inspect' | 'Stage';
  readonly answer?: Partial<TaskAnswer>;
  readonly more?: Partial<TaskFacts>;
  readonly reason: string | undefined;
  readonly because: string;
}

const pullFails = { cause: 'ImagePull', sentence: 'its image cannot be pulled: 403' } as const;

describe('a node whose task', () => {
  it.each<Ended>([
    {
      name: 'Stage says Retry',
      task: 'Stage',
      answer: { outcome: 'Retry', reason: 'SettingsNotApplied', message: 'not put in force' },
      reason: 'SettingsNotApplied',
      because: 'not put in force',
    },
    {
      name: 'Inspect says Retry',
      task: 'Inspect',
      answer: { outcome: 'Retry', reason: 'UpdaterBusy', message: 'busy all the time' },
      reason: 'UpdaterBusy',
      because: 'busy all the time',
    },
    {
      name: 'Inspect says Failed',
      task: 'Inspect',
      answer: { outcome: 'Failed', reason: 'UpdateEngineFailed', message: 'the unit has failed' },
      reason: 'UpdateEngineFailed',
      because: 'the unit has failed',
    },
    {
      name: 'Inspect says no more than a reason',
      task: 'Inspect',
      answer: { outcome: 'Retry', reason: 'RollingBack' },
      reason: 'RollingBack',
      because: 'RollingBack',
    },
    {
      name: 'Stage gives no reason',
      task: 'Stage',
      answer: { outcome: 'Retry', message: 'busy' },
      reason: undefined,
      because: 'busy',
    },
    ...(['Inspect', 'Stage'] as const).flatMap((task) => [
      {
        name: `${task} gives no answer`,
        task,
        more: {
          terminal: true,
          noAnswer: { cause: 'Killed', sentence: 'it was killed by signal 9' } as const,
        },
        reason: 'Killed',
        because: 'it was killed by signal 9',
      },
      {
        name: `${task} cannot start in time`,
        task,
        more: { firstSeen: noon - 30 * minute, noAnswer: pullFails },
        reason: 'ImagePull',
        because: 'its image cannot be pulled: 403',
      },
      {
        name: `${task} takes too long`,
        task,
        more: { firstSeen: noon - 30 * minute },
        reason: 'DeadlineExceeded',
        because: task === 'Inspect' ? 'no answer within 5m' : 'no answer within 20m',
      },
    ]),
  ])('$name tells the reason until the next one', ({ task, answer, more, reason, because }) => {
    const seen = task === 'Inspect' ? [] : views;
    const ended = aTask(node, {
      task,
      ...(answer === undefined ? {} : { answer: anAnswer(node, answer) }),
      ...more,
    });
    const deleted = planned(aSnapshot({ nodes: [node], views: seen, tasks: [ended] })).step(
      'n1',
      'DeleteTask',
    );
    expect([deleted.backOff, deleted.reason]).toEqual([because, reason]);

    const memory = remembered({ task, because, reason: deleted.reason });
    const waits = { reason, because: `${because}; the next ${task} comes after 2026-03-02T12:01:00Z` };
    const goingAway = aTask(node, { task, deleting: true });
    expect(said(planned(aSnapshot({ nodes: [node], views: seen, tasks: [goingAway], ...memory })))).toEqual({
      ...waits,
      state: task === 'Inspect' ? 'Unknown' : 'Staging',
    });
    const gone = { nodes: [node], views: seen, ...memory };
    expect(said(planned(aSnapshot(gone)))).toEqual({
      ...waits,
      state: task === 'Inspect' ? 'Unknown' : 'Outdated',
    });
    expect(planned(aSnapshot({ ...gone, now: noon + minute })).view('n1')).not.toHaveProperty('reason');
  });

  it.each(['Inspect', 'Stage'] as const)('%s cannot start yet tells why', (task) => {
    const seen = task === 'Inspect' ? [] : views;
    const starting = aTask(node, { task, noAnswer: pullFails });
    expect(said(planned(aSnapshot({ nodes: [node], views: seen, tasks: [starting] })))).toEqual({
      state: task === 'Inspect' ? 'Unknown' : 'Staging',
      reason: 'ImagePull',
      because: 'its image cannot be pulled: 403',
    });
  });

  it('Reboot gives no answer tells why, while its order is not void', () => {
    const claimed = aNode('n1', {
      claim: aClaim('n1', { order: anOrder('n1', minute) }),
      unschedulable: true,
    });
    const silent = aTask(claimed, { task: 'Reboot', terminal: true, noAnswer: pullFails });
    const policies = [aPolicy({ status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } })];
    expect(said(planned(aSnapshot({ nodes: [claimed], views, tasks: [silent], policies })))).toMatchObject({
      state: 'Rebooting',
      reason: 'ImagePull',
      because: expect.stringMatching(/^its image cannot be pulled: 403; order not yet void/),
    });
  });
});

describe('a reason that a host gives', () => {
  it('gives way to what the plan has to say', () => {
    const held = aNode('n1', { annotations: { 'containeros.dev/hold': 'mine' } });
    const memory = remembered({ task: 'Stage', because: 'busy', reason: told('UpdaterBusy') });
    expect(planned(aSnapshot({ nodes: [held], views, ...memory })).view('n1').reason).toBe('Hold');
  });

  it.each([
    'DrainBlocked',
    'DrainImpossible',
    'OutsideWindow',
    'WindowTooShort',
    'AwaitingApproval',
    'TooYoung',
  ])('decides nothing, though it is called %s', (name) => {
    for (const task of ['Inspect', 'Stage']) {
      const planWith = (reason: string): Plan =>
        planPolicy(
          aSnapshot({
            nodes: [node],
            views: task === 'Inspect' ? [] : views,
            ...remembered({ task, because: 'it says', reason: told(reason) }),
          }),
          'uid-bottlerocket',
        );
      const plan = planWith(name);
      expect(plan.views.map(({ status }) => status.reason)).toEqual([name]);
      expect({ ...plan, views: [] }).toEqual({ ...planWith('UpdaterBusy'), views: [] });
    }
  });
});
