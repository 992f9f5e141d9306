/** A fleet of both systems, from an applied policy to the new version, in the operator as helm installs it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('fleet');
  const cos = { host: { os: 'ContainerOptimizedOS' } };
  await scene.addNodes({ b1: {}, b2: {}, b3: {}, c1: cos, c2: cos });
  await scene.deploy('web', { replicas: 6, pdb: { maxUnavailable: 1 } });
}, 180_000);
afterAll(() => scene.close(), 60_000);

describe('a fleet of both operating systems', () => {
  it('reaches the newest version, node by node, and is left as it was', async () => {
    await scene.applyPolicy('bottlerocket', { os: 'Bottlerocket', rollout: { soak: '1s' } });
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
      progress: '3/3',
      target: '1.26.1',
      versions: { '1.26.1': 3 },
      claims: [],
      failures: [],
    });
    expect(cos).toMatchObject({
      progress: '2/2',
      target: '18613.164.98',
      versions: { '18613.164.98': 2 },
      claims: [],
      failures: [],
    });
    for (const name of ['b1', 'b2', 'b3', 'c1', 'c2']) {
      const node = await scene.node(name);
      expect(node.spec?.unschedulable ?? false).toBe(false);
      expect(
        Object.keys(node.metadata.annotations ?? {}).filter(
          (key) => !key.startsWith('lab.') && /containeros|autoscaler|karpenter/.test(key),
        ),
      ).toEqual([]);
    }
  }, 400_000);
});
