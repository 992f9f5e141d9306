import { describe, expect, it } from '@jest/globals';
import { taskKinds, type TaskRequest, taskRequest } from '../../src/api/task.ts';
import { runTask, TaskStopped, type TaskWorld } from '../../src/node-task/run-task.ts';
import type { NodeTasks, TaskContext } from '../../src/ports/node-tasks.ts';
import { steppedTime } from '../adapters/os/fast-time.ts';

const order = { bootID: 'boot-1', notAfter: '2026-03-01T12:02:00Z' };

function aRequest(parts: Partial<TaskRequest> = {}): TaskRequest {
  return taskRequest.parse({ protocol: 1, task: 'Inspect', os: 'Bottlerocket', ...parts });
}

function aWorld(tasks: Partial<NodeTasks>, parts: Partial<TaskWorld> = {}): TaskWorld {
  const done = async () => ({ outcome: 'Done', message: 'done' }) as const;
  const all: NodeTasks = { inspect: done, stage: done, reboot: done, ...tasks };
  return {
    tasks: { Bottlerocket: all, ContainerOptimizedOS: all },
    ...steppedTime(),
    readBootID: async () => 'boot-1',
    log: () => undefined,
    signal: new AbortController().signal,
    ...parts,
  };
}

describe('runTask', () => {
  it.each(taskKinds)('runs %s and says where, when and how long', async (task) => {
    const sleeping = async ({ sleep }: TaskContext) => {
      await sleep(1500);
      return { outcome: 'NothingToDo', version: '1.26.0', message: task } as const;
    };
    const answer = await runTask(
      aRequest({ task, order }),
      aWorld({ inspect: sleeping, stage: sleeping, reboot: sleeping }),
    );
    expect(answer).toEqual({
      protocol: 1,
      os: 'Bottlerocket',
      outcome: 'NothingToDo',
      version: '1.26.0',
      message: task,
      bootID: 'boot-1',
      now: '2026-03-01T12:00:01.500Z',
      seconds: 1.5,
    });
  });

  it('never starts a Reboot that the guard refuses', async () => {
    let started = false;
    const reboot = async () => {
      started = true;
      return { outcome: 'Done', message: '' } as const;
    };
    const request = aRequest({ task: 'Reboot', order: { ...order, bootID: 'boot-0' } });
    expect(await runTask(request, aWorld({ reboot }))).toMatchObject({
      outcome: 'Failed',
      reason: 'WrongBoot',
    });
    expect(started).toBe(false);
  });

  it.each(['Terminated', 'DeadlineExceeded'] as const)(
    'answers Retry when it is %s in a wait',
    async (reason) => {
      const stop = new AbortController();
      const stage = async ({ sleep }: TaskContext) => {
        stop.abort(new TaskStopped(reason, 'told so'));
        await sleep(1000);
        throw new Error('The wait did not end.');
      };
      expect(
        await runTask(aRequest({ task: 'Stage' }), aWorld({ stage }, { signal: stop.signal })),
      ).toMatchObject({
        outcome: 'Retry',
        reason,
        message: 'told so',
      });
    },
  );

  it('lets an answer stand that was found after a SIGTERM', async () => {
    const stop = new AbortController();
    const reboot = async () => {
      stop.abort(new TaskStopped('Terminated', 'told so'));
      return { outcome: 'Done', message: 'accepted' } as const;
    };
    const request = aRequest({ task: 'Reboot', order });
    expect(await runTask(request, aWorld({ reboot }, { signal: stop.signal }))).toMatchObject({
      outcome: 'Done',
    });
  });

  it('says nothing when nothing is known', async () => {
    const broken = () => Promise.reject(new Error('broken'));
    await expect(runTask(aRequest({ task: 'Reboot', order }), aWorld({ reboot: broken }))).rejects.toThrow(
      'broken',
    );
  });
});
