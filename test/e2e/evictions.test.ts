/** Pods that do not leave when they are asked to: each is named, waited for, and nobody else is hit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiObject } from '../lab/api/api-client.ts';
import { isNotFound } from '../lab/api/api-error.ts';
import { until } from '../lab/process/until.ts';
import { applyBound, letGo, podsOf } from './support/bound-workload.ts';
import { evictionsOf } from './support/evictions.ts';
import { openScene, sharedStage } from './support/scene.ts';
import type { Scene } from './support/scene.ts';
import { statefulSetOfOne } from './support/stateful-set.ts';
import {
  addNode,
  applyOwnPolicy,
  endStory,
  expectPutBack,
  expectUpdated,
  isCordoned,
  reboots,
} from './support/story.ts';
import { patience, slow } from './support/waits.ts';
import type { Review, Verdict, Webhook } from './support/webhook.ts';
import { startWebhook } from './support/webhook.ts';

interface Pod extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase: string };
}

const os = 'Bottlerocket';
const storyMs = patience(150_000);
const leaving = 'evictions-leaving';
const role = 'scene.containeros.dev/role';

let scene: Scene;
let webhook: Webhook;
/** What the webhook says about the Pods of a workload, by its name, or of a namespace. */
const verdicts = new Map<string, (review: Review) => Verdict | Promise<Verdict>>();
const judge = (review: Review): Verdict | Promise<Verdict> => {
  const { namespace, name = '' } = review;
  const rule =
    verdicts.get(namespace) ?? [...verdicts].find(([workload]) => name.startsWith(`${workload}-`))?.[1];
  return rule?.(review) ?? 'Allow';
};
const isEviction = ({ subResource }: Review): boolean => subResource === 'eviction';
const evictions = (workload: string) => evictionsOf(sharedStage().auditLog, scene.namespace, `${workload}-`);

beforeAll(async () => {
  scene = await openScene('evictions');
  await scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaving } });
  webhook = await startWebhook({
    scene,
    labNode: sharedStage().programs.labNode,
    namespaces: [scene.namespace, leaving],
    judge,
  });
}, patience(120_000));
afterAll(async () => {
  verdicts.clear();
  await webhook.close();
  await scene.kubectl(['delete', 'namespace', leaving, '--ignore-not-found', '--wait=false']);
  await scene.close();
}, patience(60_000));

describe('a Pod that does not leave', () => {
  it.concurrent(
    'of a StatefulSet: an eviction that comes late does not hit its namesake on another node',
    async () => {
      const bound = { labels: { [role]: 'twin' } };
      await addNode(scene, os, 'twin-a', bound);
      await scene.apply(statefulSetOfOne(scene, 'twin', { [role]: 'twin' }));
      const old = await podOn('twin-0', 'twin-a');
      await addNode(scene, os, 'twin-b', bound);
      // Its namesake has to be there before the operator or the API server gives up waiting.
      await scene.untilNode('twin-b', (node) => (node.spec?.taints ?? []).length === 0);

      const held = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      let asked = 0;
      verdicts.set('twin', async (review) => {
        if (!isEviction(review)) return 'Allow';
        asked += 1;
        if (asked === 1) return { code: 429, message: 'not yet' };
        if (asked === 2) {
          held.resolve();
          await open.promise;
        }
        return 'Allow';
      });
      await applyOwnPolicy(scene, os, 'twin-a');
      await held.promise;
      await scene.client.remove(podPath('twin-0'), { gracePeriodSeconds: 0 });
      const namesake = await until('the namesake', () => namesakeOf(old), { withinMs: patience(30_000) });
      open.resolve();

      await expectUpdated(scene, os, 'twin-a');
      const told = evictions('twin');
      // One that is held too long is asked for once more, still for the Pod that was there.
      expect(new Set(told.map(({ uid }) => uid))).toEqual(new Set([old.metadata.uid]));
      const [first, ...late] = told.map(({ code }) => code);
      expect(first).toBe(429);
      expect(late).toContain(409);
      expect(late).not.toContain(201);
      const now = await pod('twin-0');
      expect(now.metadata).toMatchObject({ uid: namesake.metadata.uid });
      expect(now.metadata.deletionTimestamp).toBeUndefined();
      expect(now.spec.nodeName).toBe(scene.full('twin-b'));
      await endStory(scene, 'twin-a');
    },
    storyMs,
  );

  it.concurrent(
    'because a webhook answers 429: its words are shown, and it is asked again until it lets go',
    async () => {
      await addNode(scene, os, 'moving');
      await scene.deploy('machine', { replicas: 1, on: 'moving' });
      let open = false;
      verdicts.set('machine', (review) =>
        isEviction(review) && !open ? { code: 429, message: 'the machine moves first' } : 'Allow',
      );
      await applyOwnPolicy(scene, os, 'moving');

      const said = 'denied the request: the machine moves first';
      const view = await scene.untilView('moving', ({ because }) => because?.includes(said) === true);
      expect(view.state).toBe('Draining');
      expect(view.because).toMatch(
        /^pod evictions\/machine-\S+ is refused by an admission webhook: admission webhook "pods\.evictions\.containeros\.dev" denied/,
      );
      const status = await scene.untilStatus('moving', ({ message }) => message?.includes(said) === true);
      expect(status.message).toContain(`${scene.full('moving')}: pod evictions/machine-`);
      await until('four requests', () => evictions('machine')[3], { withinMs: patience(60_000) });
      const told = evictions('machine');
      expect(new Set(told.map(({ code }) => code))).toEqual(new Set([429]));
      expect(gaps(told.map(({ at }) => at))).toBeGreaterThanOrEqual(slow ? 9500 : 1900);
      expect(isCordoned(await scene.node('moving'))).toBe(true);

      open = true;
      await expectUpdated(scene, os, 'moving');
      expect(evictions('machine').at(-1)?.code).toBe(201);
      await endStory(scene, 'moving');
    },
    storyMs,
  );

  it.concurrent(
    'because of a finalizer: both are named, and the node waits until the Pod is gone',
    async () => {
      await addNode(scene, os, 'finalized');
      const ledger = { name: 'ledger', namespace: scene.namespace };
      await applyBound(scene, { ...ledger, node: 'finalized', finalizers: ['example.com/last-words'] });
      await applyOwnPolicy(scene, os, 'finalized');

      const view = await scene.untilView(
        'finalized',
        ({ because }) => because?.includes('finalizer') === true,
      );
      expect(view.state).toBe('Draining');
      expect(view.because).toMatch(
        /^pod evictions\/ledger-\S+ should have ended at \S+ and has not, held by finalizer example\.com\/last-words$/,
      );
      const status = await scene.untilStatus(
        'finalized',
        ({ message }) => message?.includes('last-words') === true,
      );
      expect(status.claims).toHaveLength(1);
      expect(await podsOf(scene, ledger)).toContainEqual(
        expect.objectContaining({
          metadata: expect.objectContaining({ deletionTimestamp: expect.any(String) }),
        }),
      );
      expect(reboots(scene, 'finalized').asked).toBe(0);

      await letGo(scene, ledger);
      await expectUpdated(scene, os, 'finalized');
      await endStory(scene, 'finalized');
    },
    storyMs,
  );

  it.concurrent(
    'because it comes back to the cordoned node: it is evicted a few times, named, and the node is given back',
    async () => {
      await addNode(scene, os, 'boomerang');
      await scene.deploy('clingy', {
        replicas: 1,
        on: 'boomerang',
        pod: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
      });
      await applyOwnPolicy(scene, os, 'boomerang');

      const view = await scene.untilView('boomerang', ({ attempts }) => attempts !== undefined, 90_000);
      expect(view.attempts).toMatchObject([{ version: '1.26.1', count: 1, reason: 'DrainTimeout' }]);
      expect(view.attempts?.[0]?.message).toMatch(
        /^it cannot be drained: pod evictions\/clingy-\S+ comes back to the cordoned node each time \(3 evictions\)$/,
      );
      await scene.untilStatus('boomerang', ({ claims }) => claims?.length === 0);
      expectPutBack(await scene.node('boomerang'));
      expect(reboots(scene, 'boomerang').asked).toBe(0);
      const told = evictions('clingy');
      expect(told.every(({ code }) => code === 201)).toBe(true);
      // The one that was there before the cordon, and three that came after it; one may have come in the cordon's own second.
      expect(told.length).toBeGreaterThanOrEqual(4);
      expect(told.length).toBeLessThanOrEqual(5);
      expect(new Set(told.map(({ uid }) => uid)).size).toBe(told.length);

      await sleep(5000);
      expect(evictions('clingy')).toHaveLength(told.length);
      expectPutBack(await scene.node('boomerang'));
      const waiting = await scene.view('boomerang');
      expect(waiting.because).toMatch(/^tries again after \S+ \S+.*clingy-\S+ comes back/);
      await endStory(scene, 'boomerang');
    },
    storyMs,
  );

  it.concurrent(
    'because its namespace is terminating: the node waits for that',
    async () => {
      await addNode(scene, os, 'leaving');
      const guest = { name: 'guest', namespace: leaving };
      await applyBound(scene, { ...guest, node: 'leaving' });
      let open = false;
      verdicts.set(leaving, ({ operation, subResource }) =>
        operation === 'DELETE' && subResource !== 'eviction' && !open
          ? { code: 403, message: 'not yet' }
          : 'Allow',
      );
      await scene.kubectl(['delete', 'namespace', leaving, '--wait=false']);
      await applyOwnPolicy(scene, os, 'leaving');

      const view = await scene.untilView('leaving', ({ because }) => because?.includes('namespace') === true);
      expect(view.state).toBe('Draining');
      expect(view.because).toMatch(
        /^pod evictions-leaving\/guest-\S+ waits for the deletion of its namespace$/,
      );
      const untouched = (await podsOf(scene, guest)).map(({ metadata }) => metadata.deletionTimestamp);
      expect(untouched).toEqual([undefined]);
      expect(isCordoned(await scene.node('leaving'))).toBe(true);

      open = true;
      await expectUpdated(scene, os, 'leaving');
      await endStory(scene, 'leaving');
    },
    storyMs,
  );
});

const podPath = (name: string): string => `/api/v1/namespaces/${scene.namespace}/pods/${name}`;
const pod = (name: string): Promise<Pod> => scene.client.get<Pod>(podPath(name));

async function find(name: string, is: (pod: Pod) => boolean): Promise<Pod | undefined> {
  try {
    const found = await pod(name);
    return is(found) ? found : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const namesakeOf = ({ metadata: { name, uid } }: Pod): Promise<Pod | undefined> =>
  find(name, ({ metadata }) => metadata.uid !== uid);

/** The Pod once it runs on that node. */
async function podOn(name: string, node: string): Promise<Pod> {
  let last: Pod | undefined;
  const isThere = (found: Pod): boolean => {
    last = found;
    const there = found.spec.nodeName === scene.full(node) && found.status.phase === 'Running';
    return there && found.metadata.deletionTimestamp === undefined;
  };
  try {
    return await until(`pod ${name} on ${node}`, () => find(name, isThere), { withinMs: patience(60_000) });
  } catch (error) {
    throw new Error(`last seen: ${JSON.stringify(last)}`, { cause: error });
  }
}

/** The shortest time between two. */
const gaps = (times: readonly number[]): number =>
  Math.min(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
