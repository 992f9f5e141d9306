/** Objects that others broke or forged: each gets a clear word, is nobody else's trouble, and is put right in the end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import { formatClaim } from '../../src/api/claim.ts';
import { claimKey, holdKey } from '../../src/api/keys.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { holdDrain, letDrain, untilHeld } from './support/held-drain.ts';
import type { Histories } from './support/history.ts';
import { named, openHistories } from './support/history.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { claimOf, expectPutBack, isCordoned, reboots, retry } from './support/story.ts';

const within = 180_000;

let scene: Scene;
let histories: Histories;
beforeAll(async () => {
  scene = await openScene('bad');
  histories = openHistories(scene.client);
}, 60_000);
afterAll(async () => {
  histories.stop();
  await scene.close();
}, 60_000);

/** A node that something is wrong with, and a sound one, under one policy that lets both go at once. */
async function addPair(story: string, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
  const labels = { story };
  await scene.addNodes({ [story]: { labels, annotations }, [`${story}-peer`]: { labels } });
}
const applyToPair = (story: string): Promise<void> =>
  scene.applyPolicy(story, {
    nodeSelector: { matchLabels: { story } },
    rollout: { soak: '1s', maxUnavailable: 2 },
  });
async function endPair(story: string): Promise<void> {
  await scene.deletePolicy(story);
  const nodes = [story, `${story}-peer`].map((name) => scene.full(name));
  await scene.kubectl(['delete', 'node', ...nodes, '--ignore-not-found', '--wait=false']);
}
const untilUpdated = (story: string, upToDate: number): ReturnType<Scene['untilStatus']> =>
  scene.untilStatus(story, (now) => now.upToDate === upToDate && now.claims?.length === 0, 90_000);
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

describe('a claim annotation', () => {
  it.concurrent.each([
    { story: 'words', what: 'that is no JSON', text: 'keep\u001b[31m off', why: 'it is not JSON' },
    {
      story: 'parts',
      what: 'with a part that is wrong',
      text: JSON.stringify({ ...claim, timeouts: { ...claim.timeouts, drain: 'an age' } }),
      why: 'timeouts.drain: must be a duration',
    },
  ])(
    '$what is left to a person to remove, and named; other nodes go on',
    async ({ story, text, why }) => {
      await addPair(story, { [claimKey]: text });
      const history = await histories.record<RawNode>('/api/v1/nodes', named(scene.full(story)));
      await applyToPair(story);

      const view = await scene.untilView(story, ({ state }) => state === 'Held');
      expect(view.reason).toBe('UnreadableClaim');
      expect(view.because).toContain(`its claim cannot be read (${why}`);
      expect(view.because).toContain('; a person must remove the annotation');
      const status = await untilUpdated(story, 1);
      expect(status).toMatchObject({ progress: '1/2', held: 1, failures: [] });
      expect(status.message).toBe(`${scene.full(story)} is held: ${view.because ?? ''}`);
      expect(history().filter(({ object }) => isCordoned(object))).toEqual([]);
      expect((await scene.node(story)).metadata.annotations?.[claimKey]).toBe(text);

      await scene.annotate(story, { [claimKey]: null });
      await untilUpdated(story, 2);
      expectPutBack(await scene.node(story));
      await endPair(story);
    },
    within,
  );

  it.concurrent(
    'of a policy that never was is taken away, and the node is updated in its turn',
    async () => {
      await addPair('nobody', { [claimKey]: formatClaim(claim) });
      const { bootID } = (await scene.node('nobody')).status.nodeInfo;
      await scene.annotate('nobody', { [claimKey]: formatClaim({ ...claim, bootID }) });
      await applyToPair('nobody');

      await scene.untilNode('nobody', (node) => claimOf(node)?.policy !== 'forged');
      expect(await untilUpdated('nobody', 2)).toMatchObject({ failures: [] });
      expect(reboots(scene, 'nobody')).toEqual({ asked: 1, down: 1 });
      expectPutBack(await scene.node('nobody'));
      await endPair('nobody');
    },
    within,
  );

  it.concurrent(
    'that a node forged in the name of its policy costs its own turn only',
    async () => {
      await addPair('forged');
      const { bootID } = (await scene.node('forged')).status.nodeInfo;
      await scene.applyPolicy('forged', {
        nodeSelector: { matchLabels: { story: 'forged' } },
        rollout: { soak: '1s' },
        paused: true,
      });
      const forged = { ...claim, policy: scene.full('forged'), policyUID: await policyUID('forged'), bootID };
      await scene.annotate('forged', { [claimKey]: formatClaim(forged) });
      await applyToPair('forged');

      await scene.untilNode('forged', (node) => claimOf(node)?.attempt !== forged.attempt);
      expect(await untilUpdated('forged', 1)).toMatchObject({ progress: '1/2', failures: [] });
      expect(await scene.view('forged-peer')).toMatchObject({ version: '1.26.1' });
      expect(reboots(scene, 'forged')).toEqual({ asked: 0, down: 0 });
      const view = await scene.untilView('forged', ({ because }) => because?.startsWith('tries') === true);
      expect(view.because).toMatch(/^tries again after \S+Z: it was uncordoned by somebody else$/);

      await retry(scene, 'forged', 'it was not');
      await untilUpdated('forged', 2);
      expectPutBack(await scene.node('forged'));
      await endPair('forged');
    },
    within,
  );
});

describe('a policy status', () => {
  const entry = { node: 'ghost', nodeUID: 'ghost', attempt: 'ghost-1' };
  it.concurrent.each([
    { story: 'wiped', what: 'wipes', status: null },
    {
      story: 'filled',
      what: 'fills with ghosts',
      status: {
        fence: 'somebody/7',
        claims: [{ ...entry, phase: 'Reserved' }],
        failures: [{ ...entry, version: '1.26.1', reason: 'Ghost', at: '2026-01-01T00:00:00Z' }],
        observedGeneration: 77,
      },
    },
  ])(
    'that somebody $what in mid-rollout comes back from the claims on the nodes, and no slot is given twice',
    async ({ story, status: forged }) => {
      const peer = `${story}-peer`;
      await addPair(story);
      await scene.annotate(peer, { [holdKey]: 'the other one goes first' });
      await holdDrain(scene, story);
      await scene.applyPolicy(story, {
        nodeSelector: { matchLabels: { story } },
        rollout: { soak: '1s', maxUnavailable: 1 },
      });
      await untilHeld(scene, story);
      await scene.annotate(peer, { [holdKey]: null });
      await scene.untilView(peer, ({ state }) => state === 'Staged');
      const { attempt } = claimOf(await scene.node(story)) ?? {};
      const nodes = await histories.record<RawNode>('/api/v1/nodes', `labelSelector=story%3D${story}`);

      await scene.kubectl([
        ...['patch', 'containerospolicy', scene.full(story), '--subresource=status', '--type=merge'],
        ...['--patch', JSON.stringify({ status: forged })],
      ]);
      const node = scene.full(story);
      const status = await scene.untilStatus(story, ({ claims = [] }) => claims[0]?.node === node);
      expect(status.claims).toMatchObject([{ node, attempt, phase: 'Reserved' }]);
      const after = await scene.untilStatus(story, ({ updating }) => updating === 1);
      expect(after).toMatchObject({ failures: [], observedGeneration: 1, progress: '0/2' });
      expect(conditionOf(after, 'Stalled')).toBeUndefined();

      await letDrain(scene, story);
      await untilUpdated(story, 2);
      const cordoned = new Set<string>();
      const atOnce = nodes().map(({ object }) => {
        if (isCordoned(object)) cordoned.add(object.metadata.name);
        else cordoned.delete(object.metadata.name);
        return cordoned.size;
      });
      expect(Math.max(...atOnce)).toBe(1);
      for (const name of [story, peer]) expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endPair(story);
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
      await applyToPair('bare');
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
      await endPair('bare');
    },
    within,
  );
});
