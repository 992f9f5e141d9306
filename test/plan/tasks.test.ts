import { describe, expect, it } from '@jest/globals';
import { allowedSeconds, type TaskKind, taskRequest } from '../../src/api/task.ts';
import { defaultSettings, type Settings } from '../../src/plan/settings.ts';
import { createTask } from '../../src/plan/tasks.ts';
import { aNode, hour, minute, second } from '../support/builders.ts';

function requestOf(task: TaskKind, settings: Partial<Settings> = {}) {
  const wish = { os: 'Bottlerocket', policyUID: 'p', options: {}, because: '' } as const;
  const step = createTask(task, aNode('n1'), wish, { ...defaultSettings, ...settings });
  if (step.do !== 'CreateTask') throw new Error(step.do);
  // As the host reads it.
  const { deadlineSeconds, request } = step;
  return { deadlineSeconds, request: taskRequest.parse(JSON.parse(JSON.stringify(request))) };
}

describe('the time that a task has', () => {
  it.each<[TaskKind, Partial<Settings>, number, number]>([
    ['Inspect', {}, 240, 310],
    ['Stage', {}, 1140, 1210],
    ['Reboot', {}, 360, 480],
    ['Inspect', { inspectTimeout: 20 * minute }, 1140, 1210],
    ['Stage', { stageTimeout: 2 * hour }, 7140, 7210],
    ['Inspect', { inspectTimeout: 5 * second }, 4, 15],
    ['Stage', { stageTimeout: minute }, 48, 70],
    ['Stage', { stageTimeout: 99_999 * hour }, 86_400, 359_996_410],
    // The order alone bounds it.
    ['Reboot', { stageTimeout: 2 * hour, inspectTimeout: hour }, 360, 480],
  ])('%s with settings %j: %i s at the host, %i s in all', (task, settings, allowed, whole) => {
    const { deadlineSeconds, request } = requestOf(task, settings);
    expect(allowedSeconds(request)).toBe(allowed);
    expect(deadlineSeconds).toBe(whole);
  });

  it.each([
    ['Inspect', 240],
    ['Stage', 1140],
    ['Reboot', 360],
  ])('of a %s that does not say it is %i s, as in the Pods of an older operator', (task, seconds) => {
    expect(allowedSeconds(taskRequest.parse({ protocol: 1, task, os: 'Bottlerocket' }))).toBe(seconds);
  });
});
