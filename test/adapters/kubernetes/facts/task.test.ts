import { describe, expect, it } from '@jest/globals';
import { noAnswerTexts } from '../../../../src/adapters/kubernetes/facts/no-answer-texts.ts';
import type { RawPod } from '../../../../src/adapters/kubernetes/facts/pod.ts';
import { taskFacts } from '../../../../src/adapters/kubernetes/facts/task.ts';
import { taskPodRecord } from '../../../../src/adapters/kubernetes/facts/task-record.ts';
import type { TaskReading } from '../../../../src/adapters/kubernetes/facts/task-record.ts';
import type { TaskFacts } from '../../../../src/plan/facts.ts';
import { assertDocumented } from '../../../support/documented.ts';

const document = {
  protocol: 1,
  outcome: 'Done',
  os: 'Bottlerocket',
  version: '1.26.0',
  bootID: 'boot-1',
  now: '2026-11-23T10:00:00Z',
  message: 'ok',
  seconds: 3,
};
const metadata = {
  name: 'task-node-uid',
  namespace: 'containeros-tasks',
  uid: 'pod-uid',
  labels: {
    'containeros.dev/task': 'Reboot',
    'containeros.dev/node-uid': 'node-uid',
    'containeros.dev/policy-uid': 'p',
  },
  annotations: {
    'containeros.dev/attempt': 'a1',
    'containeros.dev/asked': '1.26.1',
  },
};
const socket = { hostPath: { path: '/run/api.sock', type: 'Socket' } };
const after30s: TaskReading = {
  ticks: 31_000,
  firstSeen: 0,
  firstSeenTicks: 1_000,
  nodeReady: true,
  missingSocketAfter: 30_000,
};

function read(status: RawPod['status'], reading: Partial<TaskReading> = {}): TaskFacts {
  const pod: RawPod = { metadata, spec: { nodeName: 'n1', volumes: [socket] }, ...(status && { status }) };
  return taskFacts(taskPodRecord(pod), { ...after30s, ...reading });
}
const terminated = (message: string, exitCode = 0, reason = exitCode === 0 ? 'Completed' : 'Error') => ({
  containerStatuses: [{ state: { terminated: { message, exitCode, reason } } }],
});
const waiting = (reason: string, message = '') => ({
  phase: 'Pending',
  startTime: '2026-11-23T10:00:00Z',
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});

describe('a task Pod', () => {
  it('tells what it was made for', () => {
    expect(read({ phase: 'Running', containerStatuses: [{ state: { running: {} } }] })).toEqual({
      podName: 'task-node-uid',
      podUID: 'pod-uid',
      nodeUID: 'node-uid',
      nodeName: 'n1',
      policyUID: 'p',
      task: 'Reboot',
      attempt: 'a1',
      asked: '1.26.1',
      terminal: false,
      deleting: false,
      answer: undefined,
      noAnswer: undefined,
      firstSeen: 0,
      firstSeenTicks: 1_000,
    });
  });

  it.each([
    ['that succeeded', { phase: 'Succeeded', ...terminated(JSON.stringify(document)) }],
    ['whose phase lags behind', { phase: 'Running', ...terminated(JSON.stringify(document)) }],
    [
      'that was ended by its node afterwards',
      { phase: 'Failed', reason: 'Terminated', ...terminated(JSON.stringify(document), 143) },
    ],
  ])('%s has its answer', (_name, status) => {
    expect(read(status)).toMatchObject({
      terminal: true,
      answer: { outcome: 'Done', version: '1.26.0' },
      noAnswer: undefined,
    });
  });

  it('that was told to stop says what for, where its kubelet says it', () => {
    const stopped = { ...document, outcome: 'Retry', reason: 'Terminated', message: 'It was told to stop.' };
    const status = {
      phase: 'Succeeded',
      reason: 'DeadlineExceeded',
      ...terminated(JSON.stringify(stopped)),
    };
    expect(read(status).answer?.message).toBe('it took longer than its deadline: It was told to stop.');
  });

  it.each<{ cause: string; sentence: string; status: RawPod['status'] }>([
    {
      cause: 'OutOfPods',
      sentence: 'node is full, 110 of 110',
      status: {
        phase: 'Failed',
        reason: 'OutOfpods',
        message:
          "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110",
      },
    },
    {
      cause: 'NodeShutdown',
      sentence: 'the node was shutting down',
      status: {
        phase: 'Failed',
        reason: 'NodeShutdown',
        message: 'Pod was rejected: Pod was rejected as the node is shutting down.',
      },
    },
    {
      cause: 'Terminated',
      sentence: 'the node shut down under it',
      status: {
        phase: 'Failed',
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
        ...terminated('some log', 143),
      },
    },
    {
      cause: 'Preempting',
      sentence: 'it had to make room for a critical Pod: Preempted in order to admit critical pod',
      status: { phase: 'Failed', reason: 'Preempting', message: 'Preempted in order to admit critical pod' },
    },
    {
      cause: 'Evicted',
      sentence: 'the node was short of resources: The node was low on resource: memory.',
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
    },
    {
      cause: 'DeadlineExceeded',
      sentence: 'it took longer than its deadline',
      status: {
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      },
    },
    {
      cause: 'ContainerStatusUnknown',
      sentence: 'the node lost track of it, as at a reboot',
      status: {
        phase: 'Failed',
        ...terminated(
          'The container could not be located when the pod was terminated',
          137,
          'ContainerStatusUnknown',
        ),
      },
    },
    {
      cause: 'ContainerStatusUnknown',
      sentence: 'the node lost track of it, as at a reboot',
      status: {
        phase: 'Failed',
        containerStatuses: [
          {
            state: { waiting: { reason: 'ContainerCreating' } },
            lastState: {
              terminated: {
                reason: 'ContainerStatusUnknown',
                exitCode: 137,
                message:
                  'The container could not be located when the pod was deleted.  The container used to be Running',
              },
            },
          },
        ],
      },
    },
    {
      cause: 'NotAdmitted',
      sentence: 'the kubelet refused it (AppArmor): Cannot enforce AppArmor',
      status: { phase: 'Failed', reason: 'AppArmor', message: 'Cannot enforce AppArmor' },
    },
    {
      cause: 'NotAdmitted',
      sentence: 'the node could not start it (StartError): no such type: control_t',
      status: { phase: 'Failed', ...terminated('no such type: control_t', 128, 'StartError') },
    },
    {
      cause: 'Killed',
      sentence: 'it was killed for want of memory',
      status: { phase: 'Failed', ...terminated('half a log', 137, 'OOMKilled') },
    },
    {
      cause: 'Killed',
      sentence: 'it was killed by signal 9',
      status: { phase: 'Failed', ...terminated('', 137) },
    },
    {
      cause: 'NoMessage',
      sentence: 'it ended with exit code 0 and left no message',
      status: { phase: 'Succeeded', ...terminated('') },
    },
    { cause: 'NoMessage', sentence: 'it ended without a word', status: { phase: 'Failed' } },
    {
      cause: 'InvalidMessage',
      sentence: 'it failed with exit code 1: Error: no socket',
      status: { phase: 'Failed', ...terminated('Error: no\nsocket', 1) },
    },
    {
      cause: 'InvalidMessage',
      sentence: 'its message speaks protocol 2, expected 1: {"protocol":2}',
      status: { phase: 'Succeeded', ...terminated('{"protocol":2}') },
    },
  ])('that ended without an answer says: $sentence', ({ cause, sentence, status }) => {
    expect(read(status)).toMatchObject({ terminal: true, answer: undefined, noAnswer: { cause, sentence } });
    expect(() => assertDocumented(cause, sentence, [noAnswerTexts])).not.toThrow();
  });

  it.each<{ cause: string; sentence: string; status: RawPod['status'] }>([
    {
      cause: 'ImagePull',
      sentence: 'its image cannot be pulled: manifest unknown',
      status: waiting('ErrImagePull', 'manifest unknown'),
    },
    {
      cause: 'ImagePull',
      sentence: 'its image cannot be pulled: ImagePullBackOff',
      status: waiting('ImagePullBackOff'),
    },
    {
      cause: 'NotAdmitted',
      sentence: 'the node refuses to start it (CreateContainerError): needs SELinux type control_t',
      status: waiting('CreateContainerError', 'needs SELinux type control_t'),
    },
    {
      cause: 'MissingSocket',
      sentence: 'the socket /run/api.sock is not there on the node',
      status: waiting('ContainerCreating'),
    },
  ])('that cannot start says: $sentence', ({ cause, sentence, status }) => {
    expect(read(status)).toMatchObject({ terminal: false, answer: undefined, noAnswer: { cause, sentence } });
    expect(() => assertDocumented(cause, sentence, [noAnswerTexts])).not.toThrow();
  });

  it.each<{ name: string; status: RawPod['status']; reading?: Partial<TaskReading> }>([
    { name: 'it is too early', status: waiting('ContainerCreating'), reading: { ticks: 30_999 } },
    { name: 'its node is not Ready', status: waiting('ContainerCreating'), reading: { nodeReady: false } },
    { name: 'no kubelet has seen it', status: { phase: 'Pending' } },
    {
      name: 'its sandbox is there, so it pulls its image',
      status: {
        ...waiting('ContainerCreating'),
        conditions: [{ type: 'PodReadyToStartContainers', status: 'True' }],
      },
    },
    { name: 'it runs', status: { phase: 'Running', containerStatuses: [{ state: { running: {} } }] } },
  ])('does not blame the socket while $name', ({ status, reading }) => {
    expect(read(status, reading).noAnswer).toBeUndefined();
  });

  it('of a kind that we do not know, or without labels, is still one by its name', () => {
    const pod: RawPod = {
      metadata: { name: 'task-node-uid', uid: 'pod-uid', labels: { 'containeros.dev/task': 'Dance' } },
    };
    expect(taskFacts(taskPodRecord(pod), after30s)).toMatchObject({
      nodeUID: 'node-uid',
      task: 'Inspect',
      policyUID: '',
    });
  });
});
