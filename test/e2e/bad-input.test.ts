/** Objects that others broke or forged: each gets a clear word, is nobody else's trouble, and is put right in the end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import { formatClaim } from '../../src/api/claim.ts';
import { claimKey, holdKey } from '../../src/api/keys.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { holdDrain, letDrain, untilHeld } from './support/held-drain.ts';
import type { Histories } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { claimOf, expectPutBack, isCordoned, reboots, retry } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(180_000);

let scene: Scene;
let histories: Histories;
beforeAll(async () => {
  scene = await openScene('bad');
  histories = openHistories(scene.client);
}, patience(60_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

/** The nodes of one story, and a policy that lets all of them go at once unless told otherwise. */
async function addNodes(story: string, names: readonly string[]): Promise<void> {
  const labels = { story };
  await scene.addNodes(Object.fromEntries(names.map((name) => [name, { labels }])));
}
const applyTo = (story: string, maxUnavailable = 3, paused = false): Promise<void> =>
  scene.applyPolicy(story, {
    nodeSelector: { matchLabels: { story } },
    paused,
    rollout: { soak: '1s', maxUnavailable },
  });
async function end(story: string, names: readonly string[]): Promise<void> {
  await scene.deletePolicy(story);
  await scene.kubectl(['delete', 'node', ...names.map((name) => scene.full(name)), '--wait=false']);
}
const untilUpdated = (story: string, upToDate: number): ReturnType<Scene['untilStatus']> =>
  scene.untilStatus(story, (now) => now.upToDate === upToDate && now.claims?.length === 0, 90_000);
const isNamed = ({ metadata }: RawNode, name: string): boolean => metadata.name === scene.full(name);
const policyUID = async (policy: string): Promise<string> => {
  const path = `/apis/containeros.dev/v1alpha1/containerospolicies/${scene.full(policy)}`;
  return (await scene.client.get<ApiObject>(path)).metadata.uid ?? '';
};

const claim: Claim = {
  policy: 'forged',
  policyUID: 'a-policy-that-never-was',
  os: 'Bottlerocket',
  attempt: 'forged-1',
  at: '2026-01-01T00:00:00Z',
  from: '1.25.0',
  target: '1.26.1',
  bootID: 'forged',
  timeouts: { drain: '30m', reboot: '20m', soak: '30s' },
  ready: [],
  added: [],
};

const unreadable = [
  { name: 'words', text: 'keep off', why: 'it is not JSON' },
  {
    name: 'parts',
    text: JSON.stringify({ ...claim, timeouts: { ...claim.timeouts, drain: 'an age' } }),
    why: 'timeouts.drain: must be a duration',
  },
];

describe('a claim annotation', () => {
  it.concurrent(
    'that cannot be read is named and left to a person to remove; other nodes go on',
    async () => {
      const names = ['words', 'parts', 'sound'];
      await addNodes('unreadable', names);
      for (const { name, text } of unreadable) await scene.annotate(name, { [claimKey]: text });
      const history = await histories.record<RawNode>('/api/v1/nodes', 'labelSelector=story%3Dunreadable');
      await applyTo('unreadable');

      const status = await untilUpdated('unreadable', 1);
      expect(status).toMatchObject({ progress: '1/3', held: 2, failures: [] });
      for (const { name, text, why } of unreadable) {
        const view = await scene.untilView(name, ({ state }) => state === 'Held');
        expect(view.reason).toBe('UnreadableClaim');
        expect(view.because).toContain(`its claim cannot be read (${why}`);
        expect(view.because).toMatch(/; a person must remove the annotation$/);
        expect((await scene.node(name)).metadata.annotations?.[claimKey]).toBe(text);
        if (name === 'parts')
          expect(status.message).toBe(`${scene.full(name)} is held: ${view.because ?? ''}`);
      }
      expect(history().filter(({ object }) => isCordoned(object) && !isNamed(object, 'sound'))).toEqual([]);

      for (const { name } of unreadable) await scene.annotate(name, { [claimKey]: null });
      await untilUpdated('unreadable', 3);
      for (const name of names) expectPutBack(await scene.node(name));
      await end('unreadable', names);
    },
    within,
  );

  it.concurrent(
    'that was forged is taken away and costs its own node a turn at most; other nodes go on',
    async () => {
      const names = ['nobody', 'forged', 'honest'];
      await addNodes('forgery', names);
      await applyTo('forgery', 3, true);
      const own = { policy: scene.full('forgery'), policyUID: await policyUID('forgery') };
      const forge = async (name: string, change: Partial<Claim> = {}): Promise<void> => {
        const { bootID } = (await scene.node(name)).status.nodeInfo;
        await scene.annotate(name, { [claimKey]: formatClaim({ ...claim, bootID, ...change }) });
      };
      await forge('nobody');
      await forge('forged', own);
      await applyTo('forgery');

      expect(await untilUpdated('forgery', 1)).toMatchObject({ progress: '1/3', failures: [] });
      for (const name of ['nobody', 'forged']) {
        const view = await scene.untilView(name, ({ because }) => because?.startsWith('tries') === true);
        expect(view.because).toMatch(/^tries again after \S+Z: it was uncordoned by somebody else$/);
        expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
        expectPutBack(await scene.node(name));
        await retry(scene, name, 'it was not');
      }
      await untilUpdated('forgery', 3);
      for (const name of names) {
        expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
        expectPutBack(await scene.node(name));
      }
      await end('forgery', names);
    },
    within,
  );
});

const ghost = {
  node: 'ghost',
  nodeUID: 'ghost',
  attempt: 'ghost-1',
  version: '1.26.1',
  reason: 'Ghost',
  at: '2026-01-01T00:00:00Z',
};

describe('a policy status', () => {
  it.concurrent(
    'that somebody wipes or falsifies in mid-rollout comes back from the nodes, and no slot is given twice',
    async () => {
      const names = ['first', 'second'];
      await addNodes('wiped', names);
      await scene.annotate('second', { [holdKey]: 'the other one goes first' });
      await holdDrain(scene, 'first');
      await applyTo('wiped', 1);
      await untilHeld(scene, 'first');
      await scene.annotate('second', { [holdKey]: null });
      await scene.untilView('second', ({ state }) => state === 'Staged');
      const { attempt } = claimOf(await scene.node('first')) ?? {};
      const nodes = await histories.record<RawNode>('/api/v1/nodes', 'labelSelector=story%3Dwiped');

      for (const status of [null, { fence: null, claims: [], failures: [ghost], observedGeneration: 77 }]) {
        await scene.kubectl([
          ...['patch', 'containerospolicy', scene.full('wiped'), '--subresource=status', '--type=merge'],
          ...['--patch', JSON.stringify({ status })],
        ]);
        const back = await scene.untilStatus(
          'wiped',
          ({ claims, observedGeneration }) => claims?.length === 1 && observedGeneration === 1,
        );
        expect(back.claims).toMatchObject([{ node: scene.full('first'), attempt, phase: 'Reserved' }]);
        expect(back).toMatchObject({ failures: [], updating: 1, progress: '0/2' });
        expect(conditionOf(back, 'Stalled')).toBeUndefined();
      }

      await letDrain(scene, 'first');
      await untilUpdated('wiped', 2);
      const cordoned = new Set<string>();
      const atOnce = nodes().map(({ object }) => {
        if (isCordoned(object)) cordoned.add(object.metadata.name);
        else cordoned.delete(object.metadata.name);
        return cordoned.size;
      });
      expect(Math.max(...atOnce)).toBe(1);
      for (const name of names) expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await end('wiped', names);
    },
    within,
  );
});

describe('a Node without nodeInfo', () => {
  it.concurrent(
    'belongs to no policy until it tells its system, and is not started before it tells its boot; other nodes go on',
    async () => {
      const labels = { story: 'bare' };
      await scene.addNodes({ 'bare-peer': { labels } });
      await scene.apply({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: scene.full('bare'), labels },
      });
      await applyTo('bare');
      expect(await untilUpdated('bare', 1)).toMatchObject({ nodes: 1, progress: '1/1' });
      expect(await scene.view('bare')).toEqual({});

      const nodeInfo = { osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.33)' };
      await scene.client.patch(`/api/v1/nodes/${scene.full('bare')}/status`, 'merge', {
        status: { nodeInfo },
      });
      const view = await scene.untilView('bare', ({ state }) => state !== undefined);
      expect(view).toMatchObject({
        state: 'Unknown',
        version: '1.25.0',
        because: 'its Node object shows no boot id yet',
      });
      const status = await scene.untilStatus('bare', ({ nodes }) => nodes === 2);
      expect(status).toMatchObject({
        progress: '1/2',
        pending: 1,
        message: `${scene.full('bare')}: its Node object shows no boot id yet`,
      });
      expect(isCordoned(await scene.node('bare'))).toBe(false);
      await end('bare', ['bare', 'bare-peer']);
    },
    within,
  );
});
