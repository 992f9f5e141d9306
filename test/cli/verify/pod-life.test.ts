import { describe, expect, it } from '@jest/globals';
import type { RawPod } from '../../../src/adapters/kubernetes/facts/pod.ts';
import { podLife } from '../../../src/cli/verify/pod-life.ts';

describe('the life of a Pod', () => {
  const state = (phase: string, container: object): RawPod => ({
    status: { phase, containerStatuses: [{ state: container }] },
  });

  it('is told once for each change', () => {
    const life = podLife();
    const seen = [
      {},
      { status: { phase: 'Pending' } },
      { status: { phase: 'Pending' } },
      state('Pending', { waiting: { reason: 'ContainerCreating' } }),
      state('Pending', { waiting: { reason: 'ErrImagePull', message: 'no such\nimage' } }),
      state('Running', { running: {} }),
      state('Succeeded', { terminated: { reason: 'Completed', exitCode: 0, message: '{}' } }),
      {
        metadata: { deletionTimestamp: 'now' },
        status: { phase: 'Failed', reason: 'Evicted', message: 'full' },
      },
    ].flatMap((pod) => life.pod(pod));
    expect(seen).toEqual([
      'no phase yet',
      'Pending',
      'Pending; the container waits: ContainerCreating',
      'Pending; the container waits: ErrImagePull: no such image',
      'Running; the container runs',
      'Succeeded; the container ended: Completed, exit code 0',
      'Failed; Evicted: full; being deleted',
    ]);
  });

  it('has events, each once, and again when it happens again', () => {
    const life = podLife();
    const mount = {
      metadata: { uid: 'e1' },
      type: 'Warning',
      reason: 'FailedMount',
      message: 'not a socket',
    };
    const pulled = { metadata: { uid: 'e2' }, type: 'Normal', reason: 'Pulled', message: 'present' };
    expect(life.events([mount])).toEqual(['event Warning FailedMount: not a socket']);
    expect(life.events([mount, pulled])).toEqual(['event Pulled: present']);
    expect(life.events([{ ...mount, count: 2 }, pulled])).toEqual([
      'event Warning FailedMount (2 times): not a socket',
    ]);
  });
});
