/** The operator is not alone on a node: what other controllers write there meanwhile stays as they wrote it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { doNotDisruptKey, scaleDownDisabledKey } from '../../src/api/keys.ts';
import type { Histories, History } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { Neighbour } from './support/neighbour.ts';
import { marksOn, startNeighbour } from './support/neighbour.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { claimOf } from './support/story.ts';
import { patience } from './support/waits.ts';

const cos = { host: { os: 'ContainerOptimizedOS' } };
const names = ['b1', 'b2', 'c1'];

let scene: Scene;
let histories: Histories;
let history: History<RawNode>;
let neighbours: ReadonlyMap<string, Neighbour>;
beforeAll(async () => {
  scene = await openScene('neighbours');
  await scene.addNodes({ b1: { annotations: { [scaleDownDisabledKey]: 'true' } }, b2: {}, c1: cos });
  await scene.deploy('web', { replicas: 3, pdb: { maxUnavailable: 1 } });
  const selector = `labelSelector=${encodeURIComponent('scene.containeros.dev/name=neighbours')}`;
  histories = openHistories(scene.client);
  history = await histories.record<RawNode>('/api/v1/nodes', selector);
  neighbours = new Map(names.map((name) => [name, startNeighbour(scene.client, scene.full(name))]));
}, patience(180_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

describe('beside a controller that writes taints, labels and annotations on every node all the time', () => {
  it(
    'the nodes are updated all the same, and nothing of what it wrote is lost',
    async () => {
      for (const os of ['Bottlerocket', 'ContainerOptimizedOS'])
        await scene.applyPolicy(os.toLowerCase(), { os, rollout: { soak: '1s' } });
      for (const os of ['bottlerocket', 'containeroptimizedos'])
        await scene.untilStatus(os, (status) => conditionOf(status, 'UpToDate') === 'True', 180_000);
      await scene.untilStatus('bottlerocket', ({ claims }) => claims?.length === 0);

      for (const [name, neighbour] of neighbours) {
        const expected = await neighbour.stop();
        expect({ name, losses: neighbour.losses() }).toEqual({ name, losses: [] });
        expect({ name, marks: marksOn(await scene.node(name)) }).toEqual({ name, marks: expected });
        // Else it was no busy neighbour.
        expect(neighbour.writes()).toBeGreaterThan(60);
      }
    },
    patience(400_000),
  );

  it("an autoscaler's annotation that was there before is not taken for ours, and stays", async () => {
    expect(added('b1')).toEqual([[doNotDisruptKey]]);
    expect(added('b2')).toEqual([[doNotDisruptKey, scaleDownDisabledKey].toSorted()]);
    const { metadata: kept } = await scene.node('b1');
    expect(kept.annotations).toMatchObject({ [scaleDownDisabledKey]: 'true' });
    expect(kept.annotations).not.toHaveProperty([doNotDisruptKey]);
    const { metadata: bare } = await scene.node('b2');
    expect(bare.annotations).not.toHaveProperty([scaleDownDisabledKey]);
    expect(bare.annotations).not.toHaveProperty([doNotDisruptKey]);
  });
});

/** What the claims of the node listed as set by us, one entry for each claim. */
function added(name: string): readonly (readonly string[])[] {
  const claims = history()
    .filter(({ object }) => object.metadata.name === scene.full(name))
    .flatMap(({ object }) => claimOf(object) ?? []);
  const byAttempt = new Map(claims.map((claim) => [claim.attempt, claim.added.toSorted()]));
  return [...byAttempt.values()];
}
