/** What a failure does to the node, its slot and its policy; and that a new `retry` clears it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, isReady, openScene } from './support/scene.ts';
import { runKubelet, stopKubelet } from './support/kubelet.ts';
import { deployAgent } from './support/readiness.ts';
import { slowToStop } from './support/slow-pod.ts';
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

const within = 240_000;
const bottlerocket = { os: 'Bottlerocket', b: 'b' } as const;
const cos = { os: 'ContainerOptimizedOS', b: 'c' } as const;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('failures');
}, 60_000);
afterAll(() => scene.close(), 60_000);

/** The story after a failure: its cause is removed, and a new retry clears all that the failure left. */
async function expectRetryClears(name: string, os: keyof typeof versions): Promise<void> {
  await scene.setHost(name, { faults: {} });
  await retry(scene, name, 'the cause is removed');
  await expectUpdated(scene, os, name);
  expect((await scene.view(name)).attempts).toBeUndefined();
  expect(conditionOf(await scene.status(name), 'Stalled')).toBeUndefined();
  await endStory(scene, name);
}

/** The policy counts the node, stops, and says what to do. */
async function expectHalted(name: string, reason: string): Promise<void> {
  const status = await scene.untilStatus(name, ({ failures }) => failures?.length === 1);
  const halted = await scene.untilStatus(name, (now) => conditionOf(now, 'Stalled') === 'True');
  expect(status.failures).toMatchObject([{ node: scene.full(name), reason }]);
  expect(halted.message).toBe(
    `halted by rollout.maxFailures: ${scene.full(name)} (${reason}); ` +
      'set a new spec.retry.token, or annotate the nodes with containeros.dev/retry',
  );
  expect(conditionOf(halted, 'Degraded')).toBe('True');
}

const expectSlotFree = (name: string): Promise<unknown> =>
  scene.untilStatus(name, ({ claims }) => claims?.length === 0);

/** Cordoned, with its claim, in its slot. */
async function expectKept(name: string, phase: 'Reserved' | 'Soaking' = 'Reserved'): Promise<void> {
  const node = await scene.node(name);
  expect({ cordoned: isCordoned(node), claimed: claimOf(node) !== undefined }).toEqual({
    cordoned: phase === 'Reserved',
    claimed: phase === 'Reserved',
  });
  expect((await scene.status(name)).claims).toMatchObject([{ node: scene.full(name), phase }]);
}

describe('a Stage that fails', () => {
  it.concurrent.each([
    {
      ...bottlerocket,
      faults: { updogFails: { commands: ['prepare'], stderr: 'the other bank is full' } },
      reason: 'PrepareFailed',
      says: 'the other bank is full',
    },
    {
      ...cos,
      faults: { checkError: { code: 60, in: 'UPDATE_STATUS_DOWNLOADING' } },
      reason: 'UpdateFailed',
      says: 'kNotEnoughSpace',
    },
  ])(
    'on $os leaves the node untouched, and counts only after retry.limit',
    async ({ os, b, faults, reason, says }) => {
      const name = `stage-${b}`;
      await addNode(scene, os, name, { host: { faults } });
      await applyOwnPolicy(scene, os, name, { retry: { limit: 2, backoff: '4s' } });

      const once = await scene.untilView(name, ({ attempts }) => attempts?.[0]?.count === 1);
      expect(once.attempts).toMatchObject([{ reason, message: expect.stringContaining(says) }]);
      expect((await scene.status(name)).failures ?? []).toEqual([]);
      const waits = await scene.untilView(
        name,
        ({ because }) => because?.startsWith('tries again after') ?? false,
      );
      expect(waits.because).toContain(says);

      const failed = await scene.untilView(name, ({ state }) => state === 'Failed');
      expect(failed.because).toMatch(/^2 of 2 attempts failed, the last one: /);
      expect(failed.because).toMatch(/; annotate the node with containeros\.dev\/retry to try again$/);
      expect(failed).toMatchObject({ reason, attempts: [{ count: 2 }] });
      await expectHalted(name, reason);
      await expectSlotFree(name);
      expectPutBack(await scene.node(name));
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
      await expectRetryClears(name, os);
    },
    within,
  );
});

describe('a drain that takes longer than drain.timeout', () => {
  it.concurrent.each([
    { ...bottlerocket, onTimeout: 'Release' },
    { ...cos, onTimeout: 'Fail' },
  ])(
    'with onTimeout $onTimeout on $os puts the node back',
    async ({ os, b, onTimeout }) => {
      const name = `drain-${b}`;
      await addNode(scene, os, name);
      await scene.deploy(name, { replicas: 1, on: name, pod: slowToStop });
      await applyOwnPolicy(scene, os, name, { drain: { timeout: '3s', onTimeout } });

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'DrainTimeout', message: 'it did not drain within 3s: 1 pod has to leave' },
      ]);
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      await expectSlotFree(name);
      if (onTimeout === 'Fail') await expectHalted(name, 'DrainTimeout');
      else expect(await scene.status(name)).toMatchObject({ failures: [], message: /tries again after/ });
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });

      // Their controllers first, or they bring a further Pod that stops slowly.
      const remove = ['-n', scene.namespace, 'delete'];
      await scene.kubectl([...remove, 'deployment', name, '--cascade=orphan']);
      await scene.kubectl([...remove, 'replicaset', '-l', `app=${name}`, '--cascade=orphan']);
      await scene.kubectl([...remove, 'pod', '-l', `app=${name}`, '--force', '--grace-period=0']);
      await expectRetryClears(name, os);
    },
    within,
  );
});

describe('a reboot that does not happen', () => {
  it.concurrent.each([
    { ...bottlerocket, says: /^The host refused to reboot \(\d+: .*backup.*\)\./ },
    {
      ...cos,
      says: /^The host refused to reboot \(.*backup.*\)\. 18613\.164\.98 stays staged: any reboot enters it\.$/,
    },
  ])(
    'because $os refuses it puts the node back and counts',
    async ({ os, b, says }) => {
      const name = `refused-${b}`;
      await addNode(scene, os, name, { host: { faults: { rebootRefused: 'inhibited by backup' } } });
      await applyOwnPolicy(scene, os, name);

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'RebootRefused', message: expect.stringMatching(says) },
      ]);
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      await expectHalted(name, 'RebootRefused');
      await expectSlotFree(name);
      await expectRetryClears(name, os);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
    },
    within,
  );

  it.concurrent.each([bottlerocket, cos])(
    'although $os accepted it keeps the claim until the order is void, then puts the node back and counts',
    async ({ os, b }) => {
      const name = `ignored-${b}`;
      await addNode(scene, os, name, { host: { faults: { rebootIgnored: true } } });
      await applyOwnPolicy(scene, os, name);

      const ordered = await scene.untilNode(name, (node) => claimOf(node)?.order !== undefined);
      const order = claimOf(ordered)?.order;
      const released = await scene.untilNode(name, (node) => !isCordoned(node));
      expectPutBack(released);
      expect(Date.now()).toBeGreaterThan(Date.parse(order?.notAfter ?? ''));
      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'OrderVoid', message: 'the reboot was ordered and never came' },
      ]);
      await expectHalted(name, 'OrderVoid');
      await expectSlotFree(name);
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
      await expectRetryClears(name, os);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
    },
    within,
  );
});

const notReadyInTime = async (name: string, os: keyof typeof versions, settleMs: number): Promise<void> => {
  const timings = { prepareMs: 200, bootMs: 500, settleMs };
  await addNode(scene, os, name, { host: { reboot: 'BootIDBeforeReady', timings } });
  await applyOwnPolicy(scene, os, name, { reboot: { timeout: '5s' } });
  const view = await scene.untilView(name, ({ state }) => state === 'Failed');
  expect(view.reason).toBe('NotReady');
  expect(view.because).toMatch(/^the node is not Ready since .*, after its reboot; it stays cordoned$/);
  await expectHalted(name, 'NotReady');
  await expectKept(name);
};

describe('a node that is not Ready on a new boot id by reboot.timeout', () => {
  it.concurrent.each([bottlerocket, cos])(
    'stays claimed on $os until it is Ready, and is then verified as usual',
    async ({ os, b }) => {
      const name = `late-${b}`;
      await notReadyInTime(name, os, 20_000);
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
      await notReadyInTime(name, 'Bottlerocket', 30_000);
      await retry(scene, name, 'put it back');
      const node = await scene.untilNode(name, (now) => !isCordoned(now));
      expect(isReady(node)).toBe(false);
      expectPutBack(node);
      const status = await scene.untilStatus(
        name,
        ({ claims, failures }) => !claims?.length && !failures?.length,
      );
      expect(conditionOf(status, 'Stalled')).toBeUndefined();
      await expectUpdated(scene, 'Bottlerocket', name);
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent(
    'gives its slot back when its Node is deleted',
    async () => {
      const name = 'late-deleted';
      await notReadyInTime(name, 'ContainerOptimizedOS', 120_000);
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
      expectPutBack(await scene.node(name));
      expect((await scene.status(name)).failures).toMatchObject([{ node: scene.full(name), reason }]);
      await expectSlotFree(name);
      await sleep(3000);
      expect(reboots(scene, name)).toEqual({ asked: 2, down: 2 });
      await expectRetryClears(name, os);
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
        await applyOwnPolicy(scene, os, name, { reboot: { timeout: '12s' } });
        await scene.untilNode(name, (node) => claimOf(node) !== undefined);
        agent.set(false);

        const pod = `the pod of DaemonSet ${scene.namespace}/${name}`;
        await scene.untilView(name, ({ because }) => because === `waits for ${pod} to be Ready again`);
        const view = await scene.untilView(name, ({ state }) => state === 'Failed');
        expect(view.because).toBe(`${pod} was not Ready again in time; it stays cordoned`);
        await expectHalted(name, 'HealthNotMet');
        await expectKept(name);
        await expectRetryClears(name, os);
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
      await applyOwnPolicy(scene, os, name, { rollout: { soak: '10s' } });
      await scene.untilView(name, ({ state }) => state === 'Soaking', 90_000);
      await stopKubelet(scene, name);
      await callNotReady(name);

      const view = await scene.untilView(name, ({ state }) => state === 'Failed');
      expect(view).toMatchObject({ reason: 'UnhealthyDuringSoak' });
      expect(view.because).toMatch(
        /^unhealthy during the soak: .* not Ready since .*; its slot is kept until it has been healthy for 10s$/,
      );
      await expectHalted(name, 'UnhealthyDuringSoak');
      await expectKept(name, 'Soaking');

      await runKubelet(scene, name);
      const ready = await scene.untilNode(name, isReady);
      await expectUpdated(scene, os, name);
      expect(Date.now() - readySince(ready)).toBeGreaterThan(10_000);
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
