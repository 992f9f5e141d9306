/** A fleet of twelve, eight nodes of one system and four of the other, from an applied policy to the new version. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { patience } from './support/waits.ts';

const bottlerocketNodes = ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8'];
const cosNodes = ['c1', 'c2', 'c3', 'c4'];

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('fleet');
  const cos = { host: { os: 'ContainerOptimizedOS' } };
  await scene.addNodes(Object.fromEntries(bottlerocketNodes.map((name) => [name, {}])));
  await scene.addNodes(Object.fromEntries(cosNodes.map((name) => [name, cos])));
  await scene.deploy('web', { replicas: 12, pdb: { maxUnavailable: 2 } });
}, patience(240_000));
afterAll(() => scene.close(), patience(60_000));

describe('a fleet of twelve nodes of both operating systems', () => {
  it(
    'reaches the newest version, node by node, and is left as it was',
    async () => {
      await scene.applyPolicy('bottlerocket', {
        os: 'Bottlerocket',
        rollout: { soak: '1s', maxUnavailable: 2 },
      });
      await scene.applyPolicy('cos', { os: 'ContainerOptimizedOS', rollout: { soak: '1s' } });

      const bottlerocket = await scene.untilStatus(
        'bottlerocket',
        (status) => conditionOf(status, 'UpToDate') === 'True',
        180_000,
      );
      const cos = await scene.untilStatus(
        'cos',
        (status) => conditionOf(status, 'UpToDate') === 'True',
        180_000,
      );

      expect(bottlerocket).toMatchObject({
        progress: '8/8',
        target: '1.26.1',
        versions: { '1.26.1': 8 },
        claims: [],
        failures: [],
      });
      expect(cos).toMatchObject({
        progress: '4/4',
        target: '18613.164.98',
        versions: { '18613.164.98': 4 },
        claims: [],
        failures: [],
      });
      for (const name of [...bottlerocketNodes, ...cosNodes]) {
        const node = await scene.node(name);
        expect(node.spec?.unschedulable ?? false).toBe(false);
        expect(
          Object.keys(node.metadata.annotations ?? {}).filter(
            (key) => !key.startsWith('lab.') && /containeros|autoscaler|karpenter/.test(key),
          ),
        ).toEqual([]);
      }
    },
    patience(400_000),
  );
});
