/** People at the nodes: what they cordon, uncordon and ask for by annotation is respected, before, during and after an update. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimKey, holdKey, keepCordonedKey } from '../../src/api/keys.ts';
import { holdDrain, letDrain, untilHeld } from './support/held-drain.ts';
import type { Histories } from './support/history.ts';
import { named, openHistories } from './support/history.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import {
  addNode,
  applyOwnPolicy,
  claimOf,
  endStory,
  expectPutBack,
  expectUpdated,
  isCordoned,
  reboots,
  retry,
} from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(180_000);

let scene: Scene;
let histories: Histories;
beforeAll(async () => {
  scene = await openScene('people');
  histories = openHistories(scene.client);
}, patience(60_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

const cordon = (name: string): Promise<string> => scene.kubectl(['cordon', scene.full(name)]);
const uncordon = (name: string): Promise<string> => scene.kubectl(['uncordon', scene.full(name)]);

/** Two nodes under one policy that lets one go at a time. */
async function addPair(story: string, names: readonly [string, string]): Promise<void> {
  const labels = { story };
  await scene.addNodes({ [names[0]]: { labels }, [names[1]]: { labels } });
}
const applyToPair = (story: string, soak: string): Promise<void> =>
  scene.applyPolicy(story, { nodeSelector: { matchLabels: { story } }, rollout: { soak } });
const untilBothUpdated = (story: string): Promise<unknown> =>
  scene.untilStatus(story, ({ upToDate, claims }) => upToDate === 2 && claims?.length === 0, 90_000);

describe('a node that a person cordons', () => {
  it.concurrent(
    'before its turn is left alone and takes a place of the budget, until the person uncordons it',
    async () => {
      await addPair('before', ['before', 'waiting']);
      await cordon('before');
      const { bootID } = (await scene.node('before')).status.nodeInfo;
      await applyToPair('before', '1s');

      const { message } = await scene.untilStatus(
        'before',
        ({ message: text }) => text?.startsWith('budget used by') === true,
      );
      expect(message).toBe(`budget used by ${scene.full('before')}, cordoned by somebody else`);
      const held = await scene.untilView('before', ({ state }) => state === 'Held');
      expect(held).toMatchObject({ reason: 'ForeignCordon', because: 'cordoned by somebody else' });
      await scene.untilView(
        'waiting',
        ({ because }) => because === 'waits for its turn: the one slot of rollout.maxUnavailable is in use',
      );
      const node = await scene.node('before');
      expect(node.status.nodeInfo.bootID).toBe(bootID);
      expect({ cordoned: isCordoned(node), claim: claimOf(node) }).toEqual({ cordoned: true });
      expectPutBack(await scene.node('waiting'));

      await uncordon('before');
      await untilBothUpdated('before');
      expectPutBack(await scene.node('before'));
      expectPutBack(await scene.node('waiting'));
      await endStory(scene, 'before');
    },
    within,
  );

  it.concurrent(
    'after its update stays cordoned, and the next one waits until the person uncordons it',
    async () => {
      await addPair('after', ['after-1', 'after-2']);
      // Time to cordon it in; the next one need not soak so long.
      await applyToPair('after', '16s');
      const { claims: [soaking] = [] } = await scene.untilStatus(
        'after',
        ({ claims }) => claims?.[0]?.phase === 'Soaking',
        90_000,
      );
      const first = soaking?.node.endsWith('1') === true ? 'after-1' : 'after-2';
      const second = first === 'after-1' ? 'after-2' : 'after-1';
      await scene.untilNode(first, (node) => !isCordoned(node) && claimOf(node) === undefined);
      await cordon(first);
      const history = await histories.record<RawNode>('/api/v1/nodes', named(scene.full(first)));

      const { message } = await scene.untilStatus(
        'after',
        ({ claims, message: text }) => claims?.length === 0 && text?.startsWith('budget used by') === true,
      );
      expect(message).toBe(`budget used by ${scene.full(first)}, cordoned by somebody else`);
      const view = await scene.untilView(first, ({ state }) => state === 'UpToDate');
      expect(view.version).toBe('1.26.1');
      expect(reboots(scene, second)).toEqual({ asked: 0, down: 0 });
      const seen = history().map(({ object }) => isCordoned(object));
      expect(new Set(seen)).toEqual(new Set([true]));

      await applyToPair('after', '1s');
      await uncordon(first);
      await untilBothUpdated('after');
      await endStory(scene, 'after');
    },
    within,
  );
});

describe('a node that a person uncordons', () => {
  it.concurrent(
    'in mid-drain is released, backs off without a spent attempt, and goes at a retry',
    async () => {
      await addNode(scene, 'Bottlerocket', 'lifted');
      await holdDrain(scene, 'lifted');
      await applyOwnPolicy(scene, 'Bottlerocket', 'lifted');
      await untilHeld(scene, 'lifted');

      await uncordon('lifted');
      const view = await scene.untilView('lifted', ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 0, reason: 'UncordonedBySomebodyElse', message: 'it was uncordoned by somebody else' },
      ]);
      const after = await scene.untilView('lifted', ({ because }) => because?.startsWith('tries') === true);
      expect(after.state).toBe('Staged');
      expect(after.because).toMatch(/^tries again after 2\S+Z: it was uncordoned by somebody else$/);
      const status = await scene.untilStatus('lifted', ({ claims }) => claims?.length === 0);
      expect(status.failures).toEqual([]);
      expect(conditionOf(status, 'Degraded')).toBe('False');
      expectPutBack(await scene.node('lifted'));
      expect(reboots(scene, 'lifted')).toEqual({ asked: 0, down: 0 });

      await letDrain(scene, 'lifted');
      await retry(scene, 'lifted', 'now it may');
      await expectUpdated(scene, 'Bottlerocket', 'lifted');
      await endStory(scene, 'lifted');
    },
    within,
  );

  it.concurrent(
    'after the reboot was ordered is verified as usual',
    async () => {
      await addNode(scene, 'Bottlerocket', 'late', { host: { faults: { rebootDelayMs: 9000 } } });
      await applyOwnPolicy(scene, 'Bottlerocket', 'late');
      await scene.untilNode('late', (node) => claimOf(node)?.order !== undefined, 90_000);
      await uncordon('late');
      expect(reboots(scene, 'late').down).toBe(0);

      await expectUpdated(scene, 'Bottlerocket', 'late');
      const view = await scene.view('late');
      expect(view.lastUpdate).toMatchObject({ from: '1.25.0', to: '1.26.1' });
      expect(view.attempts).toBeUndefined();
      expect(reboots(scene, 'late')).toEqual({ asked: 1, down: 1 });
      await endStory(scene, 'late');
    },
    within,
  );
});

describe('the annotation hold', () => {
  it.concurrent(
    'keeps a node from being staged and started; one that comes after the claim does not stop the update',
    async () => {
      await addNode(scene, 'Bottlerocket', 'held', { annotations: { [holdKey]: 'until the\naudit ends ' } });
      await holdDrain(scene, 'held');
      await applyOwnPolicy(scene, 'Bottlerocket', 'held');

      const because = `held by annotation ${holdKey}: until the audit ends`;
      const view = await scene.untilView('held', ({ state }) => state === 'Held');
      expect(view).toMatchObject({ reason: 'Hold', because, available: '1.26.1' });
      const status = await scene.untilStatus('held', ({ held }) => held === 1);
      expect(status).toMatchObject({ message: `${scene.full('held')} is held: ${because}`, progress: '0/1' });
      expect((await scene.view('held')).staged).toBeUndefined();

      await scene.annotate('held', { [holdKey]: null });
      await untilHeld(scene, 'held');
      await scene.annotate('held', { [holdKey]: 'too late' });
      await letDrain(scene, 'held');
      await expectUpdated(scene, 'Bottlerocket', 'held');
      expect(reboots(scene, 'held')).toEqual({ asked: 1, down: 1 });
      await endStory(scene, 'held');
    },
    within,
  );
});

describe('the annotation keep-cordoned', () => {
  it.concurrent(
    'leaves the cordon at every release, and from then on it is the cordon of somebody else',
    async () => {
      await addNode(scene, 'Bottlerocket', 'kept');
      await holdDrain(scene, 'kept');
      await applyOwnPolicy(scene, 'Bottlerocket', 'kept');
      await untilHeld(scene, 'kept');
      await scene.annotate('kept', { [keepCordonedKey]: 'the disk is to be changed' });

      await applyOwnPolicy(scene, 'Bottlerocket', 'kept', { paused: true });
      const released = await scene.untilNode('kept', (node) => claimOf(node) === undefined);
      expect(isCordoned(released)).toBe(true);
      const view = await scene.untilView('kept', ({ state }) => state === 'Held');
      expect(view).toMatchObject({ reason: 'ForeignCordon', because: 'cordoned by somebody else' });

      await uncordon('kept');
      await letDrain(scene, 'kept');
      await applyOwnPolicy(scene, 'Bottlerocket', 'kept', { paused: false });
      await scene.untilStatus(
        'kept',
        ({ upToDate, claims }) => upToDate === 1 && claims?.length === 0,
        90_000,
      );
      const updated = await scene.node('kept');
      expect(updated.metadata.annotations).not.toHaveProperty([claimKey]);
      expect(isCordoned(updated)).toBe(true);
      expect(reboots(scene, 'kept')).toEqual({ asked: 1, down: 1 });

      await scene.annotate('kept', { [keepCordonedKey]: null });
      await uncordon('kept');
      expectPutBack(await scene.untilNode('kept', (node) => !isCordoned(node)));
      await endStory(scene, 'kept');
    },
    within,
  );
});
