/** Begins a chain: its two nodes, and a policy over both. */
import type { Scene } from '../support/scene.ts';
import type { Chain } from './row.ts';

export const peerOf = (node: string): string => `${node}-peer`;

export async function startChain(
  scene: Scene,
  { node, os, spec, switches: [first], peer }: Chain,
): Promise<void> {
  const labels = { 'scene.containeros.dev/chain': node };
  const host = { os, ...first?.host, faults: first?.faults ?? {} };
  await scene.addNodes({
    [node]: { labels, host },
    [peerOf(node)]: {
      labels: { ...peer.labels, ...labels },
      host: { ...peer.host, os, faults: peer.faults },
    },
  });
  await scene.applyPolicy(node, {
    os,
    nodeSelector: { matchLabels: labels },
    rollout: { soak: '1s' },
    ...spec,
  });
}
