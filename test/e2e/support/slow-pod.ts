/** A Pod that takes ten minutes to stop: it holds a drain at the point where all that can be evicted was evicted. */
import type { Scene } from './scene.ts';
import { kubectlPatience } from './waits.ts';

export interface SlowPod {
  /** Settles when its eviction was accepted: nothing but this Pod is left between the claim and the order. */
  untilEvicted(): Promise<void>;
  /** What a person can do who does not want to wait. Its kubelet need not be there. */
  removeByForce(): Promise<void>;
}

/** What makes a container of the lab's slow to stop. */
export const slowToStop = {
  terminationGracePeriodSeconds: 600,
  containers: [
    { name: 'main', image: 'example.invalid/web:1', env: [{ name: 'LAB_STOP_SECONDS', value: '600' }] },
  ],
} as const;

/** Has no controller: the policy needs `drain.force`. */
export async function addSlowPod(scene: Scene, node: string): Promise<SlowPod> {
  const name = `${node}-stops-slowly`;
  const kubectl = async (...args: readonly string[]): Promise<void> => {
    await scene.kubectl(['-n', scene.namespace, ...args]);
  };
  await scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: scene.namespace },
    spec: { nodeName: scene.full(node), ...slowToStop },
  });
  await kubectl('wait', `pod/${name}`, '--for=condition=Ready', kubectlPatience(60_000));
  return {
    untilEvicted: () =>
      kubectl('wait', `pod/${name}`, '--for=jsonpath={.metadata.deletionTimestamp}', kubectlPatience(90_000)),
    removeByForce: () => kubectl('delete', 'pod', name, '--force', '--grace-period=0'),
  };
}
