/** The operator dies directly before and directly after each of the ten steps of a node's way; the next one finishes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab } from './support/own-lab.ts';
import type { RolloutScene } from './support/rollout-scene.ts';
import { openRolloutScene } from './support/rollout-scene.ts';
import type { StepNumber } from './support/rollout-steps.ts';
import { follow, strike } from './support/strike.ts';

const steps: readonly (readonly [StepNumber, string])[] = [
  [1, 'the slot is reserved'],
  [2, 'the node is cordoned and claimed'],
  [3, 'the first pod is evicted'],
  [4, 'the pods are listed for the last time'],
  [5, 'the reboot is ordered'],
  [6, 'the Reboot Pod is made'],
  [7, 'the node shows its new boot'],
  [8, 'the slot is soaking'],
  [9, 'the node is uncordoned'],
  [10, 'the slot is free'],
];
const rows = steps.flatMap(([step, title]) => [
  { side: 'Before', step, title, nth: step % 2 === 0 ? 1 : 2 } as const,
  { side: 'After', step, title, nth: step % 2 === 0 ? 2 : 1 } as const,
]);

let own: OwnLab;
let stage: RolloutScene;
let operator: OperatorProcess;
beforeAll(async () => {
  own = await openOwnLab();
  stage = await openRolloutScene(own);
  operator = await own.start();
  follow(operator, stage.reader);
}, 240_000);
afterAll(() => own.close(), 60_000);

describe('the operator is killed', () => {
  it.each(rows)(
    '$side ($step) $title, of the node that is number $nth: the next one finishes',
    async ({ side, step, nth }) => {
      const rollout = await stage.begin();
      const { fence } = await stage.until(({ fence: held }) => held !== undefined);
      const dead = operator;
      const died = strike(dead, stage.reader, { step, side, nth }, { act: () => dead.process.kill() });
      await died;
      operator = await own.start();
      follow(operator, stage.reader);
      await dead.end();

      const status = await rollout.finished();
      expect(status.fence).not.toBe(fence);
    },
    180_000,
  );
});
