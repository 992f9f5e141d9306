/** Which versions are taken: nothing before its approval, never what is denied, what is young in its time; on both systems. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../lab/process/until.ts';
import type { Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { addNode, applyOwnPolicy, endStory, expectPutBack, reboots } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(240_000);
const build = '18613.164.98';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('versions');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

async function awaited(policy: string): Promise<readonly string[]> {
  const list = await scene.kubectl([
    'get',
    'events.events.k8s.io',
    '--namespace=default',
    '-o',
    `jsonpath={range .items[?(@.reason=="AwaitingApproval")]}{.regarding.name} {.note}{"\\n"}{end}`,
  ]);
  return list.split('\n').filter((line) => line.startsWith(`${scene.full(policy)} `));
}

describe('versions', () => {
  it(
    'wait for an approval and for their age; what is denied is not taken, and on COS taken back',
    async () => {
      await Promise.all([
        addNode(scene, 'Bottlerocket', 'bottle', {
          host: { version: '1.25.0', offers: ['1.25.0', '1.26.0', '1.26.1'] },
        }),
        addNode(scene, 'ContainerOptimizedOS', 'cos'),
      ]);
      await applyOwnPolicy(scene, 'Bottlerocket', 'bottle', {
        target: { deny: ['1.26.1'], approval: 'Manual' },
      });
      await applyOwnPolicy(scene, 'ContainerOptimizedOS', 'cos', { target: { approval: 'Manual' } });

      const bottle = await scene.untilView('bottle', ({ reason }) => reason === 'AwaitingApproval');
      expect(bottle).toMatchObject({
        state: 'Outdated',
        because: '1.26.0 is available; spec.target.approvedVersion must name it',
        offers: ['1.26.1', '1.26.0'],
      });
      const cos = await scene.untilView('cos', ({ reason }) => reason === 'AwaitingApproval', 90_000);
      expect(cos).toMatchObject({ available: build, because: expect.stringContaining(build) });
      // Its host had staged it: that is what a check does. It was taken back before anybody could reboot into it.
      for (const view of [bottle, cos]) expect(view).not.toHaveProperty('staged');
      const status = await scene.untilStatus(
        'cos',
        ({ message }) => message?.includes('must name it') === true,
      );
      expect(conditionOf(status, 'UpToDate')).toBe('False');
      expect(status.versionsSeen?.map(({ version }) => version)).toEqual([build]);
      const told = await until(
        'the event',
        async () => {
          const events = await awaited('cos');
          return events.length > 0 ? events : undefined;
        },
        { withinMs: patience(30_000) },
      );
      expect(told).toHaveLength(1);

      await Promise.all([
        applyOwnPolicy(scene, 'Bottlerocket', 'bottle', {
          target: { deny: ['1.26.1'], approval: 'Manual', approvedVersion: '1.26.0' },
        }),
        applyOwnPolicy(scene, 'ContainerOptimizedOS', 'cos', {
          target: { approval: 'Manual', approvedVersion: build },
        }),
      ]);
      const updated = ({ state }: { readonly state?: string }): boolean => state === 'UpToDate';
      expect(await scene.untilView('bottle', updated, 120_000)).toMatchObject({
        version: '1.26.0',
        because: '1.26.0 is the newest allowed; 1.26.1 is denied by spec.target.deny',
      });
      expect(await scene.untilView('cos', updated, 120_000)).toMatchObject({ version: build });

      // Seen since the first inspection, which is not long ago.
      await applyOwnPolicy(scene, 'Bottlerocket', 'bottle', { target: { minimumAge: '24h' } });
      const young = await scene.untilView('bottle', ({ reason }) => reason === 'TooYoung');
      expect(young.because).toMatch(/^1\.26\.1 is too young: allowed from 2\d{3}-/);
      for (const name of ['bottle', 'cos']) expectPutBack(await scene.node(name));
      expect([reboots(scene, 'bottle').down, reboots(scene, 'cos').down]).toEqual([1, 1]);
      for (const name of ['bottle', 'cos']) await endStory(scene, name);
    },
    within,
  );
});
