/** What is read in the Pods that a real kubelet left. */
import { describe, expect, it } from '@jest/globals';
import { taskFacts } from '../../../../src/adapters/kubernetes/facts/task.ts';
import { taskPodRecord } from '../../../../src/adapters/kubernetes/facts/task-record.ts';
import type { NoAnswerCause, TaskFacts } from '../../../../src/plan/facts.ts';
import type { PodStory } from './kubelet-pods.ts';
import { podStories, readPod } from './kubelet-pods.ts';

const read = (story: PodStory): TaskFacts =>
  taskFacts(taskPodRecord(readPod(story)), {
    ticks: 30_000,
    firstSeen: 0,
    firstSeenTicks: 0,
    nodeReady: true,
    missingSocketAfter: 30_000,
  });

type Left =
  | { readonly cause: NoAnswerCause; readonly says: string | RegExp; readonly terminal: boolean }
  | { readonly outcome: string; readonly reason?: string; readonly says: string | RegExp };

const stories: Readonly<Record<PodStory, Left>> = {
  done: { outcome: 'Done', says: 'Runs 1.25.0; 1.26.1 is offered' },
  failed: {
    cause: 'InvalidMessage',
    says: 'it failed with exit code 1: Error: no socket',
    terminal: true,
  },
  killed: { cause: 'Killed', says: 'it was killed by signal 9', terminal: true },
  'too-long': { cause: 'InvalidMessage', says: /^its message is not JSON: m{300,400}…$/, terminal: true },
  'no-message': { cause: 'NoMessage', says: 'it ended with exit code 0 and left no message', terminal: true },
  'no-json': { cause: 'InvalidMessage', says: 'its message is not JSON: everything is fine', terminal: true },
  full: { cause: 'OutOfPods', says: 'node is full, 1 of 1', terminal: true },
  stopping: { cause: 'Terminated', says: 'the node shut down under it', terminal: true },
  'shut-down': { outcome: 'Retry', reason: 'Terminated', says: 'The Stage task was told to stop.' },
  'shutting-down': { cause: 'NodeShutdown', says: 'the node was shutting down', terminal: true },
  kept: { cause: 'Killed', says: 'it was killed by signal 9', terminal: true },
  lost: {
    cause: 'ContainerStatusUnknown',
    says: 'the node lost track of it, as at a reboot',
    terminal: true,
  },
  'lost-terminated': {
    cause: 'ContainerStatusUnknown',
    says: 'the node lost track of it, as at a reboot',
    terminal: true,
  },
  deleted: { cause: 'Killed', says: 'it was killed by signal 15', terminal: true },
  deadline: { cause: 'DeadlineExceeded', says: 'it took longer than its deadline', terminal: true },
  image: { cause: 'ImagePull', says: 'its image cannot be pulled: registry is on fire', terminal: false },
  socket: {
    cause: 'MissingSocket',
    says: 'the socket /run/api.sock is not there on the node',
    terminal: false,
  },
  'after-boot': {
    outcome: 'Failed',
    reason: 'WrongBoot',
    says: /^The reboot was ordered for boot \S+, this is boot \S+\.$/,
  },
};

describe('the Pod that a kubelet left', () => {
  it.each(podStories)('in the story %s is read', (story) => {
    const left = stories[story];
    const { answer, noAnswer, terminal } = read(story);
    const says = typeof left.says === 'string' ? left.says : expect.stringMatching(left.says);
    if ('cause' in left) {
      expect({ answer, noAnswer, terminal }).toEqual({
        answer: undefined,
        noAnswer: { cause: left.cause, sentence: says },
        terminal: left.terminal,
      });
    } else {
      expect({ noAnswer, terminal }).toEqual({ noAnswer: undefined, terminal: true });
      expect([answer?.outcome, answer?.reason, answer?.message]).toEqual([left.outcome, left.reason, says]);
    }
  });
});
