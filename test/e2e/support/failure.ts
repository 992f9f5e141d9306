/** What a failure leaves behind, in the words of the policy's status and of the Node. */
import { expect } from '@jest/globals';
import type { OsName } from '../../../src/api/os.ts';
import type { Scene } from './scene.ts';
import { conditionOf } from './scene.ts';
import { claimOf, endStory, expectUpdated, isCordoned, retry } from './story.ts';

/** The story after a failure: its cause is removed, and a new retry clears all that the failure left. */
export async function expectRetryClears(scene: Scene, name: string, os: OsName): Promise<void> {
  await scene.setHost(name, { faults: {} });
  await retry(scene, name, 'the cause is removed');
  // A node that came back on the newest version is up to date before that.
  await scene.untilStatus(name, ({ failures = [] }) => failures.length === 0);
  await expectUpdated(scene, os, name);
  expect((await scene.view(name)).attempts).toBeUndefined();
  expect(conditionOf(await scene.status(name), 'Stalled')).toBeUndefined();
  await endStory(scene, name);
}

/** The policy counts the node, stops, and says what to do. */
export async function expectHalted(scene: Scene, name: string, reason: string): Promise<void> {
  const status = await scene.untilStatus(name, ({ failures }) => failures?.length === 1);
  const halted = await scene.untilStatus(name, (now) => conditionOf(now, 'Stalled') === 'True');
  expect(status.failures).toMatchObject([{ node: scene.full(name), reason }]);
  expect(halted.message).toBe(
    `halted by rollout.maxFailures: ${scene.full(name)} (${reason}); ` +
      'set a new spec.retry.token, or annotate the nodes with containeros.dev/retry',
  );
  expect(conditionOf(halted, 'Degraded')).toBe('True');
}

export const expectSlotFree = (scene: Scene, name: string): Promise<unknown> =>
  scene.untilStatus(name, ({ claims }) => claims?.length === 0);

/** Cordoned, with its claim, in its slot. */
export async function expectKept(
  scene: Scene,
  name: string,
  phase: 'Reserved' | 'Soaking' = 'Reserved',
): Promise<void> {
  const node = await scene.node(name);
  expect({ cordoned: isCordoned(node), claimed: claimOf(node) !== undefined }).toEqual({
    cordoned: phase === 'Reserved',
    claimed: phase === 'Reserved',
  });
  expect((await scene.status(name)).claims).toMatchObject([{ node: scene.full(name), phase }]);
}
