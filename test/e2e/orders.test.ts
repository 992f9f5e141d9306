/** Reboot orders end by facts: a late one is refused at the node, and a node that was released is never rebooted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OsName } from '../../src/api/os.ts';
import type { RebootOrder } from '../../src/api/claim.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { hangKubelet, runKubelet } from './support/kubelet.ts';
import { addSlowPod } from './support/slow-pod.ts';
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
  versions,
} from './support/story.ts';
import { patience, slow } from './support/waits.ts';

const bothSystems = [
  { os: 'Bottlerocket', b: 'b' },
  { os: 'ContainerOptimizedOS', b: 'c' },
] as const;
const within = patience(180_000);

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('orders');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

describe('a Reboot Pod that its kubelet starts late', () => {
  it.concurrent.each(bothSystems)(
    'refuses on $os after notAfter, and the node is released without a reboot',
    async ({ os, b }) => {
      const name = `late-${b}`;
      const order = await orderUnderHungKubelet(os, name);

      await sleep(Math.max(0, Date.parse(order.notAfter) - Date.now()) + 300);
      expect(isCordoned(await scene.node(name))).toBe(true);
      await runKubelet(scene, name);

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([{ count: 1, reason: 'OrderVoid' }]);
      expect(view.attempts?.[0]?.message).toContain(
        `The reboot was ordered for no later than ${order.notAfter}, the host's clock says`,
      );
      await expectReleasedUnrebooted(name);
      await expectNextOrderWorks(os, name);
    },
    within,
  );

  it.concurrent.each(bothSystems)(
    'goes away unstarted on $os once the order is void, and the node stays claimed until then',
    async ({ os, b }) => {
      const name = `void-${b}`;
      await orderUnderHungKubelet(os, name);

      await scene.untilView(
        name,
        ({ because }) => because === 'the order is void; its Reboot task is going away',
      );
      await sleep(2000);
      const node = await scene.node(name);
      expect({ cordoned: isCordoned(node), claimed: claimOf(node) !== undefined }).toEqual({
        cordoned: true,
        claimed: true,
      });
      await runKubelet(scene, name);

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'OrderVoid', message: 'the reboot was ordered and never came' },
      ]);
      await expectReleasedUnrebooted(name);
      await expectNextOrderWorks(os, name);
    },
    within,
  );

  it.concurrent(
    'does not reboot a Bottlerocket that has rebooted by itself meanwhile, into its old version',
    async () => {
      const name = 'self-b';
      await orderUnderHungKubelet('Bottlerocket', name);

      await scene.annotate(name, { 'lab.containeros.dev/reboot-now': 'power cut' });

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'FellBack', message: 'it came back on 1.25.0 instead of 1.26.1' },
      ]);
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 1 });
      await runKubelet(scene, name);
      await retry(scene, name, 'again');
      await expectUpdated(scene, 'Bottlerocket', name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 2 });
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent(
    'does not reboot a ContainerOptimizedOS that has rebooted by itself meanwhile: any reboot enters what is staged',
    async () => {
      const name = 'self-c';
      await orderUnderHungKubelet('ContainerOptimizedOS', name);

      const { bootID } = (await scene.node(name)).status.nodeInfo;
      await scene.annotate(name, { 'lab.containeros.dev/reboot-now': 'power cut' });
      await scene.untilNode(name, (node) => node.status.nodeInfo.bootID !== bootID);
      await runKubelet(scene, name);

      await expectUpdated(scene, 'ContainerOptimizedOS', name);
      const { attempts, lastUpdate } = await scene.view(name);
      expect(attempts).toBeUndefined();
      expect(lastUpdate).toMatchObject(versions.ContainerOptimizedOS);
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 1 });
      await endStory(scene, name);
    },
    within,
  );
});

// A host may put a reboot off for orderVoidAfter that was asked for at the last moment: so this is never too long.
const rebootDelayMs = slow ? 240_000 : 5000;

describe('a reboot that the host accepts and delays', () => {
  it.concurrent.each([
    ...bothSystems.map((one) => ({ ...one, how: 'and says so', name: 'delayed', faults: {} })),
    ...bothSystems.map((one) => ({
      ...one,
      how: 'and leaves its answer owing',
      name: 'owing',
      faults: { rebootHangUp: true },
    })),
  ])(
    'on $os, $how, finds the node still claimed and cordoned',
    async ({ os, b, name: title, faults }) => {
      const name = `${title}-${b}`;
      await addNode(scene, os, name, { host: { faults: { rebootDelayMs, ...faults } } });
      const { bootID } = (await scene.node(name)).status.nodeInfo;
      await applyOwnPolicy(scene, os, name);

      await scene.untilNode(name, isOrdered);
      const released: RawNode[] = [];
      await scene.untilNode(name, (node) => {
        const rebooted = node.status.nodeInfo.bootID !== bootID;
        if (!rebooted && !(isOrdered(node) && isCordoned(node))) released.push(node);
        return rebooted;
      });
      expect(released).toEqual([]);
      await expectUpdated(scene, os, name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endStory(scene, name);
    },
    within,
  );
});

const isOrdered = (node: RawNode): boolean => claimOf(node)?.order !== undefined;

/** A node whose reboot is ordered while its kubelet starts nothing. */
async function orderUnderHungKubelet(os: OsName, name: string): Promise<RebootOrder> {
  await addNode(scene, os, name);
  const pod = await addSlowPod(scene, name);
  await applyOwnPolicy(scene, os, name, { drain: { force: true } });
  await pod.untilEvicted();
  await hangKubelet(scene, name);
  await pod.removeByForce();
  const node = await scene.untilNode(name, isOrdered);
  const order = claimOf(node)?.order;
  if (order === undefined) throw new Error(`${name} has no order`);
  return order;
}

async function expectReleasedUnrebooted(name: string): Promise<void> {
  expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
  const status = await scene.untilStatus(
    name,
    ({ claims, failures }) => claims?.length === 0 && failures?.length === 1,
  );
  expect(status.failures).toMatchObject([{ node: scene.full(name), reason: 'OrderVoid' }]);
  expect(status.message).toContain(`halted by rollout.maxFailures: ${scene.full(name)} (OrderVoid)`);
  expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
}

/** What was in the way is gone: a retry clears the halt, and one order makes one reboot. */
async function expectNextOrderWorks(os: OsName, name: string): Promise<void> {
  await retry(scene, name, 'again');
  await expectUpdated(scene, os, name);
  expect((await scene.view(name)).lastUpdate).toMatchObject(versions[os]);
  expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
  await endStory(scene, name);
}
