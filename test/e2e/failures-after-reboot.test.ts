/** What a failure after the boot does to the node, its slot and its policy; and what ends it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OsName } from '../../src/api/os.ts';
import { until } from '../lab/process/until.ts';
import { expectHalted, expectKept, expectRetryClears, expectSlotFree } from './support/failure.ts';
import { runKubelet, stopKubelet } from './support/kubelet.ts';
import { deployAgent } from './support/readiness.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, isReady, openScene } from './support/scene.ts';
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

const within = patience(240_000);
const bottlerocket = { os: 'Bottlerocket', b: 'b' } as const;
const cos = { os: 'ContainerOptimizedOS', b: 'c' } as const;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('failures-after');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

/** It stays so until `becomesReady`, however long it takes to see that. */
const notReadyInTime = async (name: string, os: OsName): Promise<void> => {
  const timings = { prepareMs: 200, bootMs: 500, settleMs: 600_000 };
  await addNode(scene, os, name, { host: { reboot: 'BootIDBeforeReady', timings } });
  await applyOwnPolicy(scene, os, name, { reboot: { timeout: '5s' } });
  const says = /^the node is not Ready since .*, after its reboot; it stays cordoned$/;
  const view = await scene.untilView(name, ({ because = '' }) => says.test(because), 90_000);
  expect(view).toMatchObject({ state: 'Failed', reason: 'NotReady' });
  await expectHalted(scene, name, 'NotReady');
  await expectKept(scene, name);
};
const becomesReady = (name: string): Promise<void> =>
  scene.setHost(name, { timings: { prepareMs: 200, bootMs: 500, settleMs: 0 } });

describe('a node that is not Ready on a new boot id by reboot.timeout', () => {
  it.concurrent.each([bottlerocket, cos])(
    'stays claimed on $os until it is Ready, and is then verified as usual',
    async ({ os, b }) => {
      const name = `late-${b}`;
      await notReadyInTime(name, os);
      await becomesReady(name);
      await expectUpdated(scene, os, name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent.each([bottlerocket, cos])(
    'or has not come back at all, stays claimed on $os and is verified when it does',
    async ({ os, b }) => {
      const name = `gone-${b}`;
      await addNode(scene, os, name, { host: { reboot: 'NeverBack' } });
      await applyOwnPolicy(scene, os, name, { reboot: { timeout: '5s' } });
      await until(`${name} to go down`, () => reboots(scene, name).down === 1 || undefined, {
        withinMs: patience(90_000),
      });
      await callNotReady(name);

      const view = await scene.untilView(name, ({ state }) => state === 'Failed');
      expect(view.because).toMatch(
        /^the node is not Ready since .*, still on the boot from before the order; it stays cordoned$/,
      );
      await expectHalted(scene, name, 'NotReady');
      await expectKept(scene, name);
      await scene.setHost(name, { reboot: 'Fast' });
      await expectUpdated(scene, os, name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent(
    'is put back by a new retry',
    async () => {
      const name = 'late-retried';
      await notReadyInTime(name, 'Bottlerocket');
      await retry(scene, name, 'put it back');
      const node = await scene.untilNode(name, (now) => !isCordoned(now));
      expect(isReady(node)).toBe(false);
      expectPutBack(node);
      await scene.untilStatus(name, ({ claims, failures }) => !claims?.length && !failures?.length);
      await scene.untilStatus(name, (status) => conditionOf(status, 'Stalled') === undefined);
      await becomesReady(name);
      await expectUpdated(scene, 'Bottlerocket', name);
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent(
    'gives its slot back when its Node is deleted',
    async () => {
      const name = 'late-deleted';
      await notReadyInTime(name, 'ContainerOptimizedOS');
      await scene.kubectl(['delete', 'node', scene.full(name)]);
      const status = await scene.untilStatus(name, ({ nodes }) => nodes === 0);
      expect(status).toMatchObject({ claims: [], failures: [] });
      await endStory(scene, name);
    },
    within,
  );
});

describe('a node that comes back on the old version', () => {
  it.concurrent.each([
    { ...bottlerocket, reason: 'FellBack', says: 'it came back on 1.25.0 instead of 1.26.1' },
    { ...cos, reason: 'NotApplied', says: 'it came back on 18613.164.4 instead of 18613.164.98' },
  ])(
    'is put back on $os, and the version is not tried past retry.limit',
    async ({ os, b, reason, says }) => {
      const name = `back-${b}`;
      await addNode(scene, os, name, { host: { faults: { bootFallsBack: true } } });
      await applyOwnPolicy(scene, os, name, {
        retry: { limit: 2, backoff: '1s' },
        rollout: { maxFailures: 2 },
      });

      const view = await scene.untilView(name, ({ state }) => state === 'Failed', 90_000);
      expect(view.because).toBe(
        `2 of 2 attempts failed, the last one: ${says}; annotate the node with containeros.dev/retry to try again`,
      );
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      const { failures } = await scene.untilStatus(name, (status) => status.failures?.length === 1);
      expect(failures).toMatchObject([{ node: scene.full(name), reason }]);
      await expectSlotFree(scene, name);
      await sleep(3000);
      expect(reboots(scene, name)).toEqual({ asked: 2, down: 2 });
      await expectRetryClears(scene, name, os);
    },
    within,
  );
});

describe('a node whose DaemonSet Pod is not Ready again', () => {
  it.concurrent.each([bottlerocket, cos])(
    'stays claimed on $os after reboot.timeout, until a new retry',
    async ({ os, b }) => {
      const name = `health-${b}`;
      await addNode(scene, os, name);
      const agent = await deployAgent(scene, name, name);
      try {
        // Long enough to come back, and to be inspected, before it is over.
        await applyOwnPolicy(scene, os, name, { reboot: { timeout: '45s' } });
        await scene.untilNode(name, (node) => claimOf(node) !== undefined);
        agent.set(false);

        const pod = `the pod of DaemonSet ${scene.namespace}/${name}`;
        await scene.untilView(name, ({ because }) => because === `waits for ${pod} to be Ready again`);
        const view = await scene.untilView(name, ({ state }) => state === 'Failed');
        expect(view.because).toBe(`${pod} was not Ready again in time; it stays cordoned`);
        await expectHalted(scene, name, 'HealthNotMet');
        await expectKept(scene, name);
        await expectRetryClears(scene, name, os);
      } finally {
        await agent.close();
      }
    },
    within,
  );
});

describe('a node that is unhealthy for long during its soak', () => {
  it.concurrent.each([bottlerocket, cos])(
    'keeps its slot on $os until it has been healthy for the whole soak',
    async ({ os, b }) => {
      const name = `soak-${b}`;
      await addNode(scene, os, name);
      await applyOwnPolicy(scene, os, name, { rollout: { soak: '20s' } });
      await scene.untilView(name, ({ state }) => state === 'Soaking', 90_000);
      // One that is not back in service yet would have to be Ready first.
      await scene.untilNode(name, (node) => !isCordoned(node) && claimOf(node) === undefined);
      await stopKubelet(scene, name);
      await callNotReady(name);

      const view = await scene.untilView(name, ({ state }) => state === 'Failed');
      expect(view).toMatchObject({ reason: 'UnhealthyDuringSoak' });
      expect(view.because).toMatch(
        /^unhealthy during the soak: .* not Ready since .*; its slot is kept until it has been healthy for 20s$/,
      );
      await expectHalted(scene, name, 'UnhealthyDuringSoak');
      await expectKept(scene, name, 'Soaking');

      await runKubelet(scene, name);
      const ready = await scene.untilNode(name, isReady);
      await expectUpdated(scene, os, name);
      expect(Date.now() - readySince(ready)).toBeGreaterThan(20_000);
      await endStory(scene, name);
    },
    within,
  );
});

/** What the node controller writes of a node that it has not heard from for 40 s. */
async function callNotReady(name: string): Promise<void> {
  const now = new Date().toISOString();
  const condition = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    lastTransitionTime: now,
  };
  await scene.client.patch(`/api/v1/nodes/${scene.full(name)}/status`, 'strategic-merge', {
    status: { conditions: [condition] },
  });
}

const readySince = (node: RawNode): number =>
  Date.parse(node.status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
