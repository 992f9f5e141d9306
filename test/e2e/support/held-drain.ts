/** A drain that stays in its middle until a scene lets it go on. */
import type { Scene } from './scene.ts';

/**
 * Two Pods on one node and a budget of one: the second may leave only once the first is back, which it cannot be on a cordoned
 * node. Before the cordon nothing is in the way.
 */
export async function holdDrain(scene: Scene, node: string): Promise<void> {
  await scene.deploy(node, { replicas: 2, on: node, pdb: { maxUnavailable: 1 } });
}

/** The budget lets both Pods go. */
export async function letDrain(scene: Scene, node: string): Promise<void> {
  const path = `/apis/policy/v1/namespaces/${scene.namespace}/poddisruptionbudgets/${node}`;
  await scene.client.patch(path, 'merge', { spec: { maxUnavailable: 2 } });
}

/** Waits until the node is drained as far as it goes, and answers why it goes no further. */
export async function untilHeld(scene: Scene, node: string): Promise<string> {
  const { because = '' } = await scene.untilView(
    node,
    ({ state, because: why }) => state === 'Draining' && why?.includes('does not let pod') === true,
    90_000,
  );
  return because;
}
