/** One version instead of the newest, up and down, and releases ahead of their wave: the host's own settings are changed for it, and put back. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BottlerocketApi, createApi } from '../../src/adapters/os/bottlerocket/api.ts';
import { restoreKey } from '../../src/api/keys.ts';
import { type HostSettings, parseRestore } from '../../src/api/restore.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene, sharedStage } from './support/scene.ts';
import { addNode, applyOwnPolicy, endStory, expectPutBack, reboots } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(240_000);
const os = 'Bottlerocket';
const offers = ['1.24.0', '1.25.0', '1.26.0', '1.26.1'];
const own: HostSettings = { 'version-lock': 'latest', 'ignore-waves': false };

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('pin');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

/** The host's own API, as a person on the host has it. */
const apiOf = (name: string): BottlerocketApi =>
  createApi({ socketPath: join(sharedStage().dir, 'nodes', scene.full(name), 'root/run/api.sock') });

async function settingsOf(name: string): Promise<unknown> {
  const reply = await apiOf(name).readSettings();
  return reply.kind === 'Settings' ? reply.settings : reply;
}

function noteOf({ metadata }: RawNode): unknown {
  const text = metadata.annotations?.[restoreKey];
  return text === undefined ? undefined : parseRestore(text);
}

const isForgotten = (node: RawNode): boolean => noteOf(node) === undefined;

async function expectOn(name: string, version: string): Promise<void> {
  await scene.untilView(name, (view) => view.state === 'UpToDate' && view.version === version, 120_000);
  await scene.untilNode(name, isForgotten);
  expectPutBack(await scene.node(name));
  expect((await scene.node(name)).status.nodeInfo.osImage).toContain(` ${version} `);
}

describe('an exact target', () => {
  it(
    'is reached upwards and downwards, one node at a time, and the settings are what they were',
    async () => {
      const labels = { story: 'both' };
      await scene.addNodes({
        below: { labels, host: { version: '1.25.0', offers } },
        above: { labels, host: { version: '1.26.1', offers } },
        there: { labels, host: { version: '1.26.0', offers } },
      });
      await apiOf('below').writeSettings({ 'version-lock': 'v1.25.0' });
      await scene.deploy('web', { replicas: 1, on: 'above' });
      await scene.applyPolicy('both', {
        nodeSelector: { matchLabels: labels },
        target: { version: '1.26.0' },
        rollout: { soak: '1s' },
      });
      for (const name of ['below', 'above']) await expectOn(name, '1.26.0');
      const status = await scene.untilStatus('both', ({ progress }) => progress === '3/3');
      expect(status).toMatchObject({ target: '1.26.0', versions: { '1.26.0': 3 }, failures: [] });
      expect(conditionOf(status, 'UpToDate')).toBe('True');
      expect(await settingsOf('below')).toEqual({ ...own, 'version-lock': 'v1.25.0' });
      expect(await settingsOf('above')).toEqual(own);
      expect([
        reboots(scene, 'below').down,
        reboots(scene, 'above').down,
        reboots(scene, 'there').down,
      ]).toEqual([1, 1, 0]);
      expect((await scene.view('above')).lastUpdate).toMatchObject({ from: '1.26.1', to: '1.26.0' });
      await scene.deletePolicy('both');
      for (const name of ['below', 'above', 'there'])
        await scene.kubectl(['delete', 'node', scene.full(name), '--wait=false']);
    },
    within,
  );

  it(
    'that waits behind a budget is noted, and is taken back when its policy goes',
    async () => {
      await addNode(scene, os, 'left', { host: { version: '1.25.0', offers } });
      await scene.deploy('stays', { replicas: 1, on: 'left', pdb: { maxUnavailable: 0 } });
      await applyOwnPolicy(scene, os, 'left', { target: { version: '1.24.0' } });
      const view = await scene.untilView('left', ({ reason }) => reason === 'DrainBlocked', 90_000);
      expect(view).toMatchObject({ state: 'Staged', staged: '1.24.0', target: '1.24.0', version: '1.25.0' });
      expect(noteOf(await scene.node('left'))).toEqual({
        note: { os, ...own, pinned: { 'version-lock': ['1.24.0'] } },
      });
      expect(await settingsOf('left')).toEqual({ ...own, 'version-lock': '1.24.0' });
      await scene.deletePolicy('left');
      await scene.untilNode('left', isForgotten);
      expect(await settingsOf('left')).toEqual(own);
      expect(reboots(scene, 'left').down).toBe(0);
      await endStory(scene, 'left');
    },
    within,
  );

  it(
    'leaves a setting alone that a person has changed meanwhile',
    async () => {
      await addNode(scene, os, 'person', { host: { version: '1.25.0', offers } });
      await scene.deploy('keeps', { replicas: 1, on: 'person', pdb: { maxUnavailable: 0 } });
      await applyOwnPolicy(scene, os, 'person', { target: { version: '1.26.0' } });
      await scene.untilView('person', ({ reason }) => reason === 'DrainBlocked', 90_000);
      await apiOf('person').writeSettings({ 'version-lock': '1.26.1' });
      await scene.kubectl(['-n', scene.namespace, 'delete', 'pdb', 'keeps']);
      await expectOn('person', '1.26.0');
      expect(await settingsOf('person')).toEqual({ ...own, 'version-lock': '1.26.1' });
      await endStory(scene, 'person');
    },
    within,
  );

  it(
    'that is not offered is told, and nothing is changed',
    async () => {
      await addNode(scene, os, 'lost', { host: { version: '1.25.0', offers } });
      await applyOwnPolicy(scene, os, 'lost', { target: { version: '1.30.0' } });
      const { because } = await scene.untilView('lost', ({ reason }) => reason === 'NotOffered');
      expect(because).toContain('1.30.0 is not offered to it');
      expect((await scene.untilStatus('lost', ({ target }) => target === '1.30.0')).failures).toEqual([]);
      expect(noteOf(await scene.node('lost'))).toBeUndefined();
      expect(await settingsOf('lost')).toEqual(own);
      await endStory(scene, 'lost');
    },
    within,
  );

  it(
    'on a host that is locked down is impossible, which it says; the newest version is not',
    async () => {
      await addNode(scene, os, 'locked', {
        host: { version: '1.25.0', offers, faults: { lockedDown: true } },
      });
      await applyOwnPolicy(scene, os, 'locked', { target: { version: '1.26.0' } });
      const view = await scene.untilView('locked', ({ state }) => state === 'Unsupported');
      expect([view.reason, view.because]).toEqual(['SettingsLocked', expect.stringContaining('locked down')]);
      await applyOwnPolicy(scene, os, 'locked');
      await expectOn('locked', '1.26.1');
      await endStory(scene, 'locked');
    },
    within,
  );
});

describe('a note that nobody can read', () => {
  it(
    'holds its node until a person removes it',
    async () => {
      const annotations = { [restoreKey]: '{"version-lock":"; reboot"}' };
      await addNode(scene, os, 'forged', { annotations, host: { version: '1.25.0', offers } });
      await applyOwnPolicy(scene, os, 'forged', { target: { version: '1.26.0' } });
      const view = await scene.untilView('forged', ({ reason }) => reason === 'UnreadableRestore');
      expect(view).toMatchObject({ state: 'Held', because: expect.stringContaining('cannot be read') });
      expect((await scene.node('forged')).metadata.annotations).toMatchObject(annotations);
      await scene.annotate('forged', { [restoreKey]: null });
      await expectOn('forged', '1.26.0');
      await endStory(scene, 'forged');
    },
    within,
  );
});

describe('a release whose wave has not come', () => {
  const faults = { waves: { '1.26.1': '2099-01-01T00:00:00Z' } };

  it(
    'is waited for, unless the policy ignores waves',
    async () => {
      await addNode(scene, os, 'early', { host: { version: '1.26.0', offers, faults } });
      await applyOwnPolicy(scene, os, 'early');
      const view = await scene.untilView('early', ({ state }) => state === 'UpToDate');
      expect(view.version).toBe('1.26.0');
      await applyOwnPolicy(scene, os, 'early', { bottlerocket: { ignoreWaves: true } });
      await expectOn('early', '1.26.1');
      expect(await settingsOf('early')).toEqual(own);
      await endStory(scene, 'early');
    },
    within,
  );
});
