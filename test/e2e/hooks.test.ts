/** Programs of a policy around the update of a node: real Jobs of the real job controller, whose program really runs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imageRepository, imageTag } from '../lab/image.ts';
import { hooksNamespace } from '../recorder/world/audit.ts';
import { until } from '../lab/process/until.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import {
  addNode,
  applyOwnPolicy,
  endStory,
  expectPutBack,
  expectUpdated,
  versions,
} from './support/story.ts';
import { patience } from './support/waits.ts';

const os = 'Bottlerocket';
const { from, to } = versions[os];

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('hooks');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

/** The one image whose programs the lab really runs. */
const running = (script: string, wanted = ''): object => ({
  image: `${imageRepository}:${imageTag}`,
  command: ['/nodejs/bin/node', '-e', script],
  env: [{ name: 'WANTED', value: wanted }],
});
/** Ends well only where it is told what it should be. */
const told = ['NODE', 'POLICY', 'OS', 'FROM_VERSION', 'TO_VERSION'].map((name) => `CONTAINEROS_${name}`);
const compare = `
  const told = ${JSON.stringify(told)}.map((name) => process.env[name]).join(' ');
  if (told !== process.env.WANTED) { console.error('was told ' + told); process.exit(1); }
`;
const fail =
  "console.log('looks at the database'); console.error('three writes are under way'); process.exit(3)";

describe('hooks', () => {
  it.concurrent(
    'run before the drain and after the update, and are told which update that is',
    async () => {
      const name = 'told';
      await addNode(scene, os, name);
      const hook = running(compare, [scene.full(name), scene.full(name), os, from, to].join(' '));
      await applyOwnPolicy(scene, os, name, { hooks: { beforeDrain: hook, afterUpdate: hook } });
      await expectUpdated(scene, os, name);

      const { lastUpdate } = await scene.view(name);
      expect(Object.keys(lastUpdate?.seconds ?? {}).toSorted()).toEqual([
        'afterUpdate',
        'beforeDrain',
        'drain',
        'reboot',
      ]);
      const { uid } = (await scene.node(name)).metadata;
      const selector = `containeros.dev/node-uid=${uid}`;
      const jobs = (): Promise<string> =>
        scene.kubectl(['get', 'jobs', '-n', hooksNamespace, '-l', selector, '-o', 'name']);
      await until('its Jobs to be gone', async () => (await jobs()) === '' || undefined, {
        withinMs: patience(30_000),
      });
      await endStory(scene, name);
    },
    patience(200_000),
  );

  it.concurrent(
    'that fail put the node back, and kubectl shows their last words',
    async () => {
      const name = 'failing';
      await addNode(scene, os, name);
      await applyOwnPolicy(scene, os, name, {
        hooks: { beforeDrain: running(fail) },
        rollout: { maxFailures: 2 },
        retry: { limit: 1 },
      });
      // A runtime reads the two outputs of a program side by side: what comes first in its log is open.
      const [a, b] = ['looks at the database', 'three writes are under way'];
      const words = new RegExp(`hook beforeDrain failed: exit code 3: (${a} ${b}|${b} ${a});`);
      const failed = await scene.untilView(name, ({ state }) => state === 'Failed', 90_000);
      expect(failed).toMatchObject({ reason: 'HookFailed', version: from });
      expect(await scene.kubectl(['get', 'cosn', scene.full(name)])).toMatch(words);
      expectPutBack(await scene.node(name));
      const { failures } = await scene.untilStatus(name, (status) => status.failures?.length === 1);
      expect(failures).toMatchObject([{ reason: 'HookFailed' }]);
      await endStory(scene, name);
    },
    patience(200_000),
  );
});
