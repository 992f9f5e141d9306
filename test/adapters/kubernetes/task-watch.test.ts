import { afterEach, describe, expect, it } from '@jest/globals';
import { taskPodRecord } from '../../../src/adapters/kubernetes/facts/task-record.ts';
import type { TaskPodRecord } from '../../../src/adapters/kubernetes/facts/task-record.ts';
import { createTaskWatch } from '../../../src/adapters/kubernetes/task-watch.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function aWatch() {
  const time = { now: 1_000_000, ticks: 500 };
  const records = new Map<string, TaskPodRecord>();
  const watch = createTaskWatch({
    clock: { now: () => time.now, monotonic: () => time.ticks },
    records: () => records,
    nodes: () => new Map(),
    missingSocketAfter: 30_000,
    onChange: () => undefined,
  });
  stops.push(watch.stop);
  const show = (podUID: string): void => {
    const before = records.get('task-u1');
    const after = taskPodRecord({ metadata: { name: 'task-u1', uid: podUID }, spec: { nodeName: 'n1' } });
    records.set('task-u1', after);
    watch.changed(after, before);
  };
  return { time, show, sight: () => watch.tasks().get('u1') };
}

describe('a task Pod', () => {
  it('was first seen at one moment, on both clocks, however the time of day is set afterwards', () => {
    const { time, show, sight } = aWatch();
    show('pod-1');
    time.now -= 3_600_000;
    time.ticks += 60_000;
    show('pod-1');
    expect(sight()).toMatchObject({ firstSeen: 1_000_000, firstSeenTicks: 500 });
  });

  it('of the same name is first seen anew when it is another one', () => {
    const { time, show, sight } = aWatch();
    show('pod-1');
    time.now += 60_000;
    time.ticks += 60_000;
    show('pod-2');
    expect(sight()).toMatchObject({ podUID: 'pod-2', firstSeen: 1_060_000, firstSeenTicks: 60_500 });
  });
});
