/** The operator dies at each of the ten steps of a node's way; the next one finishes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiList, ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import type { Verdict } from './support/fault-proxy.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab } from './support/own-lab.ts';
import type { RolloutScene } from './support/rollout-scene.ts';
import { openRolloutScene } from './support/rollout-scene.ts';
import type { StepNumber } from './support/rollout-steps.ts';
import { strike } from './support/strike.ts';

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
/**
 * What the request of a dead operator may get that arrives when another one leads. What rests on a ledger from before it is not
 * taken. A Node that is as it was read is another matter: the claim or the release is what the ledger says in any case.
 */
const lateAnswers: Readonly<Record<StepNumber, readonly (number | undefined)[]>> = {
  1: [409],
  2: [200, 409],
  3: [201, 404, 409],
  4: [200],
  5: [409],
  // A host refuses to carry out an order of a former boot.
  6: [201],
  7: [200],
  8: [409],
  9: [200, 409],
  10: [409],
};
/** So late that the node is back in service. */
const veryLate: readonly StepNumber[] = [5, 6];
const leaseSeconds = 3;

let own: OwnLab;
let stage: RolloutScene;
let operator: OperatorProcess;
beforeAll(async () => {
  own = await openOwnLab(leaseSeconds);
  stage = await openRolloutScene(own, ['a', 'b', 'c']);
  operator = await stage.start();
}, 240_000);
afterAll(() => own.close(), 60_000);

/** Kills the operator at the step of a node that is none of these, and starts the next. Answers the fence of the dead one, too. */
async function killAt(
  step: StepNumber,
  side: 'Before' | 'After',
  spare: readonly string[],
  verdict: () => Promise<Verdict> | Verdict = () => 'Cut',
) {
  const { process } = operator;
  const struck = await strike(
    operator,
    stage.reader,
    { step, side, spare },
    { act: () => process.kill(), verdict },
  );
  const { fence } = await stage.until(() => true);
  operator = await stage.start();
  return { ...struck, fence };
}

describe('a rollout in which the operator is killed', () => {
  it.each(steps)(
    'directly before, directly after and within step %i, when %s, is finished by the next one',
    async (step) => {
      const rollout = await stage.begin();
      const first = await killAt(step, 'Before', []);
      const second = await killAt(step, 'After', [first.node]);
      // Its request is on its way when it dies, and arrives only after others have gone on.
      const late = Promise.withResolvers<Verdict>();
      const third = await killAt(step, 'Before', [first.node, second.node], () => late.promise);
      if (veryLate.includes(step)) {
        await rollout.outcome();
        await until('all tasks to be gone', noTasks, { withinMs: 60_000 });
      } else await stage.until(({ fence }) => fence !== third.fence);
      late.resolve('Pass');
      await until('the late answer', () => third.call.status, { withinMs: 30_000 });
      expect(lateAnswers[step]).toContain(third.call.status);
      await until('all tasks to be gone', noTasks, { withinMs: 60_000 });
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
    },
    240_000,
  );

  it('breaks no invariant', async () => {
    expect(await own.violations()).toEqual([]);
  }, 120_000);
});

async function noTasks(): Promise<true | undefined> {
  const { items } = await own.lab.client.get<ApiList<ApiObject>>('/api/v1/namespaces/containeros-tasks/pods');
  return items.length === 0 || undefined;
}
