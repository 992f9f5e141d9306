/** What a failure before the boot does to the node, its slot and its policy; and that a new `retry` clears it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectHalted, expectRetryClears, expectSlotFree } from './support/failure.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { slowToStop } from './support/slow-pod.ts';
import { addNode, applyOwnPolicy, claimOf, expectPutBack, isCordoned, reboots } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(240_000);
const bottlerocket = { os: 'Bottlerocket', b: 'b' } as const;
const cos = { os: 'ContainerOptimizedOS', b: 'c' } as const;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('failures');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

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
      await applyOwnPolicy(scene, os, name, { retry: { limit: 2, backoff: '8s' } });

      const once = await scene.untilView(
        name,
        ({ attempts, because }) =>
          attempts?.[0]?.count === 1 && because?.startsWith('tries again after') === true,
      );
      expect((await scene.status(name)).failures ?? []).toEqual([]);
      expect(once.attempts).toMatchObject([{ reason, message: expect.stringContaining(says) }]);
      expect(once.because).toContain(says);
      expect(once.reason).toBe(reason);

      const failed = await scene.untilView(name, ({ state }) => state === 'Failed');
      expect(failed.because).toMatch(/^2 of 2 attempts failed, the last one: /);
      expect(failed.because).toMatch(/; annotate the node with containeros\.dev\/retry to try again$/);
      expect(failed).toMatchObject({ reason, attempts: [{ count: 2 }] });
      await expectHalted(scene, name, reason);
      await expectSlotFree(scene, name);
      expectPutBack(await scene.node(name));
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
      await expectRetryClears(scene, name, os);
    },
    within,
  );
});

describe('a drain that takes longer than drain.timeout', () => {
  it.concurrent.each([
    { ...bottlerocket, onTimeout: 'Release', counted: 0, says: /tries again after/ },
    { ...cos, onTimeout: 'Fail', counted: 1, says: /^halted by rollout\.maxFailures: .* \(DrainTimeout\);/ },
  ])(
    'with onTimeout $onTimeout on $os puts the node back and counts $counted failures',
    async ({ os, b, onTimeout, counted, says }) => {
      const name = `drain-${b}`;
      await addNode(scene, os, name);
      await scene.deploy(name, { replicas: 1, on: name, pod: slowToStop });
      await applyOwnPolicy(scene, os, name, { drain: { timeout: '3s', onTimeout } });

      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'DrainTimeout', message: 'it did not drain within 3s: 1 pod has to leave' },
      ]);
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      await expectSlotFree(scene, name);
      const { failures } = await scene.untilStatus(name, ({ message }) => says.test(message ?? ''));
      expect(failures).toHaveLength(counted);
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });

      // Their controllers first, or they bring a further Pod that stops slowly.
      const remove = ['-n', scene.namespace, 'delete'];
      await scene.kubectl([...remove, 'deployment', name, '--cascade=orphan']);
      await scene.kubectl([...remove, 'replicaset', '-l', `app=${name}`, '--cascade=orphan']);
      await scene.kubectl([...remove, 'pod', '-l', `app=${name}`, '--force', '--grace-period=0']);
      await expectRetryClears(scene, name, os);
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
      await expectHalted(scene, name, 'RebootRefused');
      await expectSlotFree(scene, name);
      await expectRetryClears(scene, name, os);
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
      await expectHalted(scene, name, 'OrderVoid');
      await expectSlotFree(scene, name);
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
      await expectRetryClears(scene, name, os);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
    },
    within,
  );
});
