/** A workload of one Pod that can be on one node only, and, with a finalizer, does not go when it is evicted. */
import type { ApiList, ApiObject } from '../../lab/api/api-client.ts';
import type { Scene } from './scene.ts';
import { kubectlPatience } from './waits.ts';

export interface BoundWorkload {
  readonly name: string;
  readonly namespace: string;
  /** In the scene's own words. */
  readonly node: string;
  readonly finalizers?: readonly string[];
}

/** A Deployment; settles when its Pod runs. */
export async function applyBound(
  scene: Scene,
  { name, namespace, node, finalizers = [] }: BoundWorkload,
): Promise<void> {
  const labels = { app: name };
  await scene.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, finalizers },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': scene.full(node) },
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: 'example.invalid/web:1' }],
        },
      },
    },
  });
  await scene.kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, kubectlPatience(60_000)]);
}

/** Its Pods, also those that are on their way out. */
export async function podsOf(
  scene: Scene,
  { name, namespace }: Pick<BoundWorkload, 'name' | 'namespace'>,
): Promise<readonly ApiObject[]> {
  const list = await scene.client.get<ApiList<ApiObject>>(
    `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`,
  );
  return list.items;
}

/** Lets the Pods go for good. One that took their place would have the finalizers too, so the workload goes first. */
export async function letGo(
  scene: Scene,
  workload: Pick<BoundWorkload, 'name' | 'namespace'>,
): Promise<void> {
  const { name, namespace } = workload;
  await scene.kubectl(['-n', namespace, 'delete', 'deployment', name]);
  for (const { metadata } of await podsOf(scene, workload))
    await scene.client.patch(`/api/v1/namespaces/${namespace}/pods/${metadata.name}`, 'merge', {
      metadata: { finalizers: null },
    });
}
