/** Forty nodes, a quarter of them at once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SceneNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { patience } from './support/waits.ts';

const count = 40;
let scene: Scene;
beforeAll(async () => {
  scene = await openScene('forty');
  const names = Array.from({ length: count }, (_, index) => `n${String(index + 1).padStart(2, '0')}`);
  // A few kubelets at a time: each start costs a second of CPU.
  for (let from = 0; from < count; from += 10)
    await scene.addNodes(
      Object.fromEntries(names.slice(from, from + 10).map((name): [string, SceneNode] => [name, {}])),
    );
  await scene.deploy('web', { replicas: 40, pdb: { maxUnavailable: '50%' } });
}, patience(400_000));
afterAll(() => scene.close(), patience(120_000));

it(
  'takes a quarter of forty nodes at once, never more, until all run the new version',
  async () => {
    let most = 0;
    await scene.applyPolicy('quarter', {
      rollout: { maxUnavailable: '25%', soak: '0s', prefetch: { maxConcurrent: 20 } },
    });
    const status = await scene.untilStatus(
      'quarter',
      (seen) => {
        most = Math.max(most, seen.claims?.length ?? 0);
        return conditionOf(seen, 'UpToDate') === 'True';
      },
      400_000,
    );

    expect(status).toMatchObject({
      progress: `${count}/${count}`,
      versions: { '1.26.1': count },
      claims: [],
      failures: [],
    });
    expect(most).toBeLessThanOrEqual(10);
    expect(most).toBeGreaterThan(1);
  },
  patience(500_000),
);
