/** What policies own, and what stops a rollout in its middle: claims without an order are released, those with one finish. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdKey } from '../../src/api/keys.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
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
} from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(240_000);

let scene: Scene;
let histories: Histories;
beforeAll(async () => {
  scene = await openScene('policies');
  histories = openHistories(scene.client);
}, patience(60_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

interface Stop {
  readonly story: string;
  readonly how: string;
  /** What stops the rollout of `story`. */
  readonly act: (story: string) => Promise<unknown>;
  /** Why the released node is not started again; absent where nobody owns it any more. */
  readonly because?: string;
  /** The policy's sentence once nothing moves any more; absent where there is no policy. */
  readonly message?: string;
  readonly resume: (story: string) => Promise<unknown>;
}

const apply = (story: string, spec: object = {}): Promise<void> =>
  scene.applyPolicy(story, {
    nodeSelector: { matchLabels: { story } },
    ...spec,
    rollout: { soak: '1s', maxUnavailable: 2 },
  });

const stops: readonly Stop[] = [
  {
    story: 'pause',
    how: 'spec.paused',
    act: (story) => apply(story, { paused: true }),
    because: 'paused by spec.paused',
    message: 'paused by spec.paused',
    resume: (story) => apply(story),
  },
  {
    story: 'plan',
    how: 'mode Plan',
    act: (story) => apply(story, { mode: 'Plan' }),
    because: 'mode is Plan: nothing is changed; it would be the only one',
    message: 'mode is Plan: 1 of 2 nodes would be updated',
    resume: (story) => apply(story),
  },
  {
    story: 'selector',
    how: 'a selector that matches no more',
    act: (story) => apply(story, { nodeSelector: { matchLabels: { story: 'none' } } }),
    message: 'no node of this operating system is selected',
    resume: (story) => apply(story),
  },
  {
    story: 'deletion',
    how: 'the deletion of the policy',
    act: (story) => scene.deletePolicy(story),
    resume: (story) => apply(story),
  },
  {
    story: 'halt',
    how: 'a halt',
    // Its host refuses the reboot: one failure is all that the policy takes.
    act: (story) => scene.annotate(`${story}-fails`, { [holdKey]: null }),
    because: 'halted: 1 failed',
    message:
      'halted by rollout.maxFailures: policies-halt-fails (RebootRefused); set a new spec.retry.token, or annotate the nodes with containeros.dev/retry',
    resume: async (story) => {
      await scene.setHost(`${story}-fails`, { faults: {} });
      await apply(story, { retry: { token: 'the host was repaired' } });
    },
  },
];

describe('a rollout that is stopped in its middle', () => {
  it.concurrent.each(stops)(
    'by $how releases the node that drains, finishes the one whose reboot is ordered, starts nothing, and goes on later',
    async ({ story, act, because, message, resume }) => {
      const labels = { story };
      const drains = `${story}-drains`;
      const boots = `${story}-boots`;
      const fails = story === 'halt' ? [`${story}-fails`] : [];
      await scene.addNodes({
        [drains]: { labels },
        [boots]: { labels, host: { reboot: 'NeverBack' } },
        ...Object.fromEntries(
          fails.map((name) => [
            name,
            {
              labels,
              annotations: { [holdKey]: 'fails later' },
              host: { faults: { rebootRefused: 'not now' } },
            },
          ]),
        ),
      });
      await holdDrain(scene, drains);
      await scene.applyPolicy(story, {
        nodeSelector: { matchLabels: labels },
        rollout: { soak: '1s', maxUnavailable: story === 'halt' ? 3 : 2 },
      });
      await untilHeld(scene, drains);
      await scene.untilNode(boots, (node) => claimOf(node)?.order !== undefined, 90_000);

      await act(story);
      const released = await scene.untilNode(drains, (node) => claimOf(node) === undefined);
      expectPutBack(released);
      const others = await histories.record<RawNode>('/api/v1/nodes', named(scene.full(drains)));
      const ordered = await scene.node(boots);
      expect({ cordoned: isCordoned(ordered), claimed: claimOf(ordered)?.order !== undefined }).toEqual({
        cordoned: true,
        claimed: true,
      });
      if (story === 'pause')
        await scene.untilStatus(
          story,
          (now) =>
            now.message?.startsWith(`paused; still on their way: ${scene.full(boots)} Rebooting; `) === true,
        );

      await scene.setHost(boots, { reboot: 'Fast' });
      const finished = await scene.untilNode(boots, (node) => claimOf(node) === undefined, 90_000);
      expectPutBack(finished);
      expect(finished.status.nodeInfo.osImage).toContain('1.26.1');
      expect(reboots(scene, boots)).toEqual({ asked: 1, down: 1 });
      if (message === undefined) {
        await scene.untilView(boots, (view) => Object.keys(view).length === 0);
      } else {
        const status = await scene.untilStatus(
          story,
          (now) => now.claims?.length === 0 && now.message?.replace(/, done by about \S+Z$/, '') === message,
        );
        expect(conditionOf(status, 'Stalled')).toBe(story === 'halt' ? 'True' : undefined);
        expect(conditionOf(status, 'Paused')).toBe(story === 'pause' ? 'True' : 'False');
        expect(status.failures?.map(({ node, reason }) => ({ node, reason }))).toEqual(
          fails.map((name) => ({ node: scene.full(name), reason: 'RebootRefused' })),
        );
      }
      const view = await scene.untilView(drains, (now) => now.because === because);
      expect(view.attempts).toBeUndefined();
      expect(others().filter(({ object }) => isCordoned(object) || claimOf(object) !== undefined)).toEqual(
        [],
      );
      expect(reboots(scene, drains)).toEqual({ asked: 0, down: 0 });

      await letDrain(scene, drains);
      await resume(story);
      const nodes = 2 + fails.length;
      await scene.untilStatus(story, (now) => now.upToDate === nodes && now.claims?.length === 0, 90_000);
      for (const name of [drains, boots, ...fails]) {
        expectPutBack(await scene.node(name));
        expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      }
      await endStory(scene, story);
    },
    within,
  );
});

const stalledOf = ({ conditions = [] }: PolicyStatus): object | undefined => {
  const one = conditions.find(({ type }) => type === 'Stalled');
  return one === undefined ? undefined : { status: one.status, reason: one.reason, message: one.message };
};

describe('two policies over one node', () => {
  it.concurrent(
    'of the same priority both say so by name and leave it alone, until one comes first',
    async () => {
      const nodeSelector = { matchLabels: { story: 'tied' } };
      await scene.applyPolicy('even', { nodeSelector, priority: 5 });
      await scene.applyPolicy('tied', { nodeSelector, priority: 5, rollout: { soak: '1s' } });
      // Only now: with one of them alone it would go.
      await addNode(scene, 'Bottlerocket', 'tied', { labels: { story: 'tied' } });

      const names = `${scene.full('even')} and ${scene.full('tied')}`;
      const message = `node ${scene.full('tied')} is selected with the same priority by policies ${names}`;
      for (const policy of ['even', 'tied']) {
        const status = await scene.untilStatus(policy, (now) => stalledOf(now) !== undefined);
        expect(stalledOf(status)).toEqual({ status: 'True', reason: 'Overlap', message });
        expect(status).toMatchObject({ message, held: 1, claims: [], progress: '0/0' });
        expect(conditionOf(status, 'UpToDate')).toBe('False');
      }
      const view = await scene.untilView('tied', ({ state }) => state === 'Held');
      expect(view).toMatchObject({
        policy: `${scene.full('even')},${scene.full('tied')}`,
        reason: 'Overlap',
        because: `policies ${names} select it with the same priority`,
      });
      expectPutBack(await scene.node('tied'));
      expect(reboots(scene, 'tied')).toEqual({ asked: 0, down: 0 });

      await scene.applyPolicy('tied', { nodeSelector, priority: 6, rollout: { soak: '1s' } });
      const loser = await scene.untilStatus('even', (now) => conditionOf(now, 'Stalled') === undefined);
      expect(loser).toMatchObject({ nodes: 0, held: 0 });
      await expectUpdated(scene, 'Bottlerocket', 'tied');
      expect(await scene.view('tied')).toMatchObject({ policy: scene.full('tied') });
    },
    within,
  );

  it.concurrent(
    'of different priority leave it to the higher one, which takes it over from the lower',
    async () => {
      await addNode(scene, 'Bottlerocket', 'ranked', { labels: { story: 'ranked' } });
      await holdDrain(scene, 'ranked');
      const nodeSelector = { matchLabels: { story: 'ranked' } };
      await scene.applyPolicy('lower', { nodeSelector, rollout: { soak: '1s' } });
      await untilHeld(scene, 'ranked');
      const history = await histories.record<RawNode>('/api/v1/nodes', named(scene.full('ranked')));

      await applyOwnPolicy(scene, 'Bottlerocket', 'ranked', { priority: 1 });
      const lower = await scene.untilStatus(
        'lower',
        ({ nodes, claims }) => nodes === 0 && claims?.length === 0,
      );
      expect(lower.message).toBe('no node of this operating system is selected');
      expect(conditionOf(lower, 'Ready')).toBe('True');
      expect(conditionOf(lower, 'Stalled')).toBeUndefined();
      await letDrain(scene, 'ranked');
      await expectUpdated(scene, 'Bottlerocket', 'ranked');
      const claims = history().map(({ object }) => claimOf(object)?.policy);
      const inTurn = claims.filter((policy, i) => policy !== claims[i - 1]);
      expect(inTurn).toEqual([scene.full('lower'), undefined, scene.full('ranked'), undefined]);
    },
    within,
  );
});

describe('a policy that selects no node', () => {
  it.concurrent(
    'is Ready and not UpToDate, and says that there is none',
    async () => {
      await scene.applyPolicy('empty', { nodeSelector: { matchLabels: { story: 'nobody' } } });
      const status = await scene.untilStatus('empty', ({ conditions }) => conditions !== undefined);
      expect(status).toMatchObject({
        message: 'no node of this operating system is selected',
        progress: '0/0',
        nodes: 0,
        versions: {},
      });
      expect(status.conditions?.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)).toEqual([
        'Ready=True NoNodes',
        'UpToDate=False NoNodes',
        'Progressing=False NoNodes',
        'Paused=False NotPaused',
        'Degraded=False NoFailures',
      ]);
    },
    within,
  );
});
