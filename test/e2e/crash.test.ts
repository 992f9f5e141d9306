/** The operator dies at each of the ten steps of a node's way, and at each write beside them; the next one finishes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiList, ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import type { Prometheus } from '../prometheus/start.ts';
import { startPrometheus } from '../prometheus/start.ts';
import { type BesideWrite, besideWrites } from './support/beside-writes.ts';
import { openFullRollout } from './support/full-rollout.ts';
import type { Histories } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { Verdict } from './support/fault-proxy.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab } from './support/own-lab.ts';
import type { RolloutScene } from './support/rollout-scene.ts';
import { openRolloutScene } from './support/rollout-scene.ts';
import type { StepNumber } from './support/rollout-steps.ts';
import type { Point } from './support/strike.ts';
import { strikeFirst } from './support/strike.ts';
import { patience } from './support/waits.ts';

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
/** How long the next point may take to come. */
const withinMs = patience(60_000);
const names = ['a', 'b', 'c'];

let own: OwnLab;
let prometheus: Prometheus;
let histories: Histories;
let stage: RolloutScene;
/** One leads. Another has started already and takes its place: so each death costs the lease, and no start. */
let operators: readonly OperatorProcess[];
beforeAll(async () => {
  [own, prometheus] = await Promise.all([openOwnLab(leaseSeconds), startPrometheus()]);
  histories = openHistories(own.lab.client);
  stage = await openRolloutScene(own, names);
  operators = [await stage.start(), await stage.start()];
}, patience(240_000));
afterAll(async () => {
  histories.stop();
  await Promise.all([own.close(), prometheus.close()]);
}, patience(60_000));

/** Kills the operator that leads at the first of these points, and starts one more. Answers the fence of the dead one, too. */
async function killAtFirst(
  points: readonly Point[],
  verdict: () => Promise<Verdict> | Verdict = () => 'Cut',
) {
  const late = new AbortController();
  const never = sleep(withinMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`None of these came: ${points.map(({ side, step }) => `${side} ${step}`).join(', ')}`);
  });
  const { dead, struck } = await Promise.race([
    never,
    ...operators.map(async (one) => ({
      dead: one,
      struck: await strikeFirst(one, stage.reader, points, { act: () => one.process.kill(), verdict }),
    })),
  ]);
  late.abort();
  never.catch(() => undefined);
  const living = operators.filter((one) => one !== dead);
  for (const { proxy } of living) proxy.use({});
  const { fence } = await stage.until(() => true);
  operators = [...living, await stage.start()];
  return { ...struck, fence };
}

/** At the step of a node that is none of these. */
const killAt = (
  step: StepNumber,
  side: 'Before' | 'After',
  spare: readonly string[],
  verdict?: () => Promise<Verdict> | Verdict,
) => killAtFirst([{ step, side, spare }], verdict);

/** Directly before and directly after each of these writes, in whatever order they come; what was struck before it was done comes again. */
async function killAtEach(writes: readonly BesideWrite[]): Promise<void> {
  let before = [...writes];
  let after: BesideWrite[] = [];
  while (before.length + after.length > 0) {
    const { point } = await killAtFirst([
      ...before.map((step) => ({ step, side: 'Before', spare: [] }) as const),
      ...after.map((step) => ({ step, side: 'After', spare: [] }) as const),
    ]);
    const write = writes.find((one) => one === point.step);
    if (write !== undefined && point.side === 'Before') after.push(write);
    if (point.side === 'Before') before = before.filter((one) => one !== write);
    else after = after.filter((one) => one !== write);
  }
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
        await until('all tasks to be gone', noTasks, { withinMs: patience(60_000) });
      } else await stage.until(({ fence }) => fence !== third.fence);
      late.resolve('Pass');
      await until('the late answer', () => third.call.status, { withinMs: patience(30_000) });
      expect(lateAnswers[step]).toContain(third.call.status);
      await until('all tasks to be gone', noTasks, { withinMs: patience(60_000) });
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
    },
    patience(300_000),
  );

  it(
    'directly before and directly after each other write, with windows, waves, zones, a gate, hooks and an approval, is finished',
    async () => {
      const full = await openFullRollout(stage, names, prometheus, histories);
      const killed = killAtEach(besideWrites);
      const [rollout] = await Promise.all([full.begin(), killed]);
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      await until('all tasks to be gone', noTasks, { withinMs: patience(60_000) });
      await full.untilNothingIsLeft();
      const once = [['afterUpdate 1', 'beforeDrain 1']];
      expect(full.hooks()).toEqual(Object.fromEntries(names.map((name) => [name, once])));
      const {
        versionsSeen = [],
        history = [],
        ...status
      } = await stage.until(({ rollout }) => rollout === undefined);
      expect(versionsSeen.filter(({ version }) => version === rollout.version)).toHaveLength(1);
      expect(history[0]).toMatchObject({
        target: rollout.version,
        outcome: 'Complete',
        updated: 3,
        failed: 0,
      });
      expect(history.filter(({ target }) => target === rollout.version)).toHaveLength(1);
      expect(status).toMatchObject({
        gates: [{ name: 'fire', state: 'Open' }],
        waves: [
          { name: 'first', nodes: 1, done: 1 },
          { name: 'rest', nodes: 2, done: 2 },
        ],
        failures: [],
      });
    },
    patience(400_000),
  );

  it(
    'breaks no invariant',
    async () => {
      expect(await own.violations()).toEqual([]);
    },
    patience(120_000),
  );
});

async function noTasks(): Promise<true | undefined> {
  const { items } = await own.lab.client.get<ApiList<ApiObject>>('/api/v1/namespaces/containeros-tasks/pods');
  return items.length === 0 || undefined;
}
