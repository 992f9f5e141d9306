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
/** Writes that rest on what was read: of a dead operator they must not be taken when another one has written since. */
const conditional: readonly StepNumber[] = [1, 2, 5, 8, 9, 10];
const leaseSeconds = 3;

let own: OwnLab;
let stage: RolloutScene;
let operator: OperatorProcess;
beforeAll(async () => {
  own = await openOwnLab(leaseSeconds);
  stage = await openRolloutScene(own, ['a', 'b', 'c']);
  operator = await own.start();
  follow(operator, stage.reader);
}, 240_000);
afterAll(() => own.close(), 60_000);

/** Kills the operator at the step of a node that is none of these, and starts the next. Answers the fence of the dead one, too. */
async function killAt(
  step: StepNumber,
  side: 'Before' | 'After',
  spare: readonly string[],
  then: () => Promise<Verdict> | Verdict = () => 'Cut',
) {
  const { process } = operator;
  const struck = await strike(
    operator,
    stage.reader,
    { step, side, spare },
    { act: () => process.kill(), then },
  );
  const { fence } = await stage.until(() => true);
  operator = await own.start();
  follow(operator, stage.reader);
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
      if (step === 6) await rollout.finished();
      else await stage.until(({ fence }) => fence !== third.fence);
      late.resolve('Pass');
      await until('the late answer', () => third.call.status ?? (isEvent(step) || undefined), {
        withinMs: 30_000,
      });
      if (conditional.includes(step)) expect(third.call.status).toBe(409);
      // A Reboot Pod that comes so late is refused by its host, and cleared away.
      await until('all tasks to be gone', noTasks, { withinMs: 60_000 });
      await rollout.finished();
    },
    240_000,
  );
});

const isEvent = (step: StepNumber): boolean => step === 7;

async function noTasks(): Promise<true | undefined> {
  const { items } = await own.lab.client.get<ApiList<ApiObject>>('/api/v1/namespaces/containeros-tasks/pods');
  return items.length === 0 || undefined;
}
