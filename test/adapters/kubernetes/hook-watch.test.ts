import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HookPodRecord, HookRecord, RawHookJob } from '../../../src/adapters/kubernetes/facts/hook.ts';
import { hookPodRecord, hookRecord } from '../../../src/adapters/kubernetes/facts/hook.ts';
import { hookJobName } from '../../../src/adapters/kubernetes/hook-job.ts';
import { createHookWatch } from '../../../src/adapters/kubernetes/hook-watch.ts';
import { aHookJob } from './support/objects.ts';

const made = '2026-03-02T12:00:00Z';
const ended = '2026-03-02T12:00:40Z';
const name = hookJobName(aHookJob());

const aJob = (status: object = { active: 1 }, metadata: object = {}): RawHookJob => ({
  metadata: {
    name,
    uid: 'job-1',
    creationTimestamp: made,
    labels: { 'containeros.dev/hook': 'beforeDrain', 'containeros.dev/node-uid': 'u1' },
    annotations: { 'containeros.dev/attempt': 'a1' },
    ...metadata,
  },
  status,
});
const aPod = (status: object) => ({
  metadata: { ownerReferences: [{ kind: 'Job', uid: 'job-1', controller: true }] },
  status,
});
const container = (state: object) => ({ containerStatuses: [{ state }] });
const ending = (exitCode: number, message: string, reason = 'Error') =>
  aPod({ phase: 'Failed', ...container({ terminated: { exitCode, message, reason } }) });
const complete = {
  completionTime: ended,
  conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ended }],
};
const failed = (reason: string) => ({
  conditions: [{ type: 'Failed', status: 'True', reason, lastTransitionTime: ended }],
});

function aWatch() {
  const jobs = new Map<string, HookRecord>();
  const pods = new Map<string, HookPodRecord>();
  const onChange = jest.fn();
  const watch = createHookWatch({
    clock: { now: () => Date.now(), monotonic: () => Date.now() },
    jobs: () => jobs,
    pods: () => pods,
    onChange,
  });
  return {
    onChange,
    stop: watch.stop,
    job: (job: RawHookJob | undefined) => {
      if (job === undefined) jobs.clear();
      else jobs.set('job', hookRecord(job));
      watch.changed();
    },
    pod: (pod: object | undefined) => {
      if (pod === undefined) pods.clear();
      else pods.set('pod', hookPodRecord(pod));
      watch.changed();
    },
    seen: () => watch.hooks(),
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a hook', () => {
  it('is what its Job says', () => {
    const { job, seen } = aWatch();
    job(aJob());
    const facts = {
      jobName: name,
      jobUID: 'job-1',
      nodeUID: 'u1',
      attempt: 'a1',
      hook: 'beforeDrain',
      deleting: false,
      createdAt: Date.parse(made),
    };
    expect(seen()).toEqual([{ ...facts, state: 'Running', message: '', endedAt: undefined }]);
    job(aJob(complete));
    expect(seen()).toEqual([{ ...facts, state: 'Succeeded', message: '', endedAt: Date.parse(ended) }]);
  });

  it.each<[string, object]>([
    ['of another name', { name: 'before-drain-1' }],
    ['of another node than its name says', { labels: { 'containeros.dev/hook': 'beforeDrain' } }],
    ['of no hook that there is', { labels: { 'containeros.dev/hook': 'other' } }],
  ])('is not a Job %s', (_what, metadata) => {
    const { job, seen } = aWatch();
    job(aJob({}, metadata));
    expect(seen()).toEqual([]);
  });

  it.each<[string, object]>([
    [
      'ErrImagePull: not found',
      aPod(container({ waiting: { reason: 'ErrImagePull', message: 'not\nfound' } })),
    ],
    [
      'CreateContainerConfigError: container has runAsNonRoot and image will run as root',
      aPod(
        container({
          waiting: {
            reason: 'CreateContainerConfigError',
            message: 'container has runAsNonRoot and image will run as root',
          },
        }),
      ),
    ],
    [
      'its pod has no node: 0/3 nodes are available',
      aPod({
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }],
      }),
    ],
    ['', aPod(container({ waiting: { reason: 'ContainerCreating' } }))],
  ])('that cannot start says so: %s', (message, pod) => {
    const watch = aWatch();
    watch.job(aJob());
    watch.pod(pod);
    expect(watch.seen()).toMatchObject([{ state: 'Running', message }]);
    watch.pod(aPod(container({ running: {} })));
    expect(watch.seen()).toMatchObject([{ message: '' }]);
  });

  it('without a Pod after a while names the Job whose events tell why, and wakes somebody up for it', () => {
    const { job, seen, onChange } = aWatch();
    job(aJob({}));
    onChange.mockClear();
    expect(seen()).toMatchObject([{ message: '' }]);
    jest.advanceTimersByTime(15_000);
    expect(onChange).toHaveBeenCalled();
    expect(seen()).toMatchObject([{ message: `it has no pod; see the events of Job ${name}` }]);
  });

  it.each<[string, object]>([
    ['exit code 3: first last', ending(3, 'first\nlast\n')],
    ['exit code 1', ending(1, '')],
    ['killed for want of memory', ending(137, '', 'OOMKilled')],
    [
      'UnexpectedAdmissionError: no',
      aPod({ phase: 'Failed', reason: 'UnexpectedAdmissionError', message: 'no' }),
    ],
  ])('that failed says how: %s', (message, pod) => {
    const watch = aWatch();
    watch.pod(pod);
    watch.job(aJob(failed('BackoffLimitExceeded')));
    expect(watch.seen()).toMatchObject([{ state: 'Failed', message, endedAt: Date.parse(ended) }]);
  });

  it('keeps the end of a long log', () => {
    const watch = aWatch();
    watch.pod(ending(1, `${'noise '.repeat(300)}the reason`));
    watch.job(aJob(failed('BackoffLimitExceeded')));
    const message = watch.seen()[0]?.message ?? '';
    expect(message).toMatch(/^exit code 1: ….*the reason$/);
    expect(message.length).toBeLessThan(700);
  });

  it('has failed a moment later where its last words are still on their way', () => {
    const { job, pod, seen, onChange } = aWatch();
    job(aJob(failed('BackoffLimitExceeded')));
    expect(seen()).toMatchObject([{ state: 'Running', endedAt: undefined }]);
    pod(ending(2, 'late'));
    expect(seen()).toMatchObject([{ state: 'Failed', message: 'exit code 2: late' }]);
    pod(undefined);
    expect(seen()).toMatchObject([{ message: 'exit code 2: late' }]);
    job(undefined);
    job(aJob(failed('BackoffLimitExceeded'), { uid: 'job-2' }));
    onChange.mockClear();
    jest.advanceTimersByTime(2000);
    expect(onChange).toHaveBeenCalled();
    expect(seen()).toMatchObject([{ state: 'Failed', message: '' }]);
  });

  it('that was too slow says what it waited for', () => {
    const { job, pod, seen } = aWatch();
    job(aJob());
    pod(aPod(container({ waiting: { reason: 'ErrImagePull' } })));
    pod(undefined);
    job(aJob(failed('DeadlineExceeded')));
    expect(seen()).toMatchObject([
      { state: 'Failed', message: 'it did not end by its deadline: ErrImagePull' },
    ]);
  });

  it('wakes nobody up when it is not watched any more', () => {
    const { job, stop, onChange } = aWatch();
    job(aJob({}));
    onChange.mockClear();
    stop();
    jest.advanceTimersByTime(60_000);
    expect(onChange).not.toHaveBeenCalled();
  });
});
