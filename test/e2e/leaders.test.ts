/** Two operators: the leader falls asleep in the middle of its work, the other takes over, and the first wakes up still believing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../lab/process/until.ts';
import type { Call } from './support/fault-proxy.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab, usualLeaseSeconds } from './support/own-lab.ts';
import type { RolloutScene } from './support/rollout-scene.ts';
import { openRolloutScene } from './support/rollout-scene.ts';
import type { StepNumber } from './support/rollout-steps.ts';
import { strike } from './support/strike.ts';
import { patience } from './support/waits.ts';

const leaseMs = 1000 * usualLeaseSeconds;
/** Longer than the lease, by more than an order is valid. */
const sleepMs = 2 * leaseMs + 5000;
/** What it would do on waking, it does at once. */
const awakeMs = 1500;

/** A view of a node is no more than that: what is wrong in it is written anew by the one who leads. */
const harmless = /\/(leases|events|containerosnodes)\b/;

const rows: readonly (readonly [StepNumber, string])[] = [
  [3, 'while it drains a node'],
  [4, 'between the last list of the pods and the order'],
  [5, 'between the order and the Reboot Pod'],
];

let own: OwnLab;
let stage: RolloutScene;
let operators: readonly OperatorProcess[];
beforeAll(async () => {
  own = await openOwnLab();
  stage = await openRolloutScene(own, ['a', 'b']);
  operators = [await stage.start(), await stage.start()];
  for (const one of operators)
    await until(`${one.name} to be ready to lead`, () => asksForLease(one), { withinMs: patience(60_000) });
}, patience(240_000));
afterAll(() => own.close(), patience(60_000));

describe('a leader that is stopped and woken', () => {
  it.each(rows)(
    'at step %i, %s: the other has finished its node meanwhile, and it touches no node, Pod or policy any more',
    async (step) => {
      const rollout = await stage.begin();
      const { struck, sleeper } = await Promise.race(
        operators.map(async (one) => ({
          sleeper: one,
          struck: await strike(
            one,
            stage.reader,
            { step, side: 'After', spare: [] },
            {
              act: () => Promise.resolve(one.process.signal('SIGSTOP')),
              // The answer waits in its socket, and is the first thing that it finds when it wakes up.
              verdict: () => 'Pass',
              others: 'Pass',
            },
          ),
        })),
      );
      const first = struck.node;
      const stoppedAt = performance.now();

      const [successor] = operators.filter((one) => one !== sleeper);
      if (successor === undefined) throw new Error('There is no second operator');

      // It is woken at the worst moment: the other is about to order the reboot of the second node.
      let asked = 0;
      let wokenAt = 0;
      await strike(
        successor,
        stage.reader,
        { step: 4, side: 'After', spare: [first] },
        {
          act: async () => {
            await sleep(Math.max(0, sleepMs - (performance.now() - stoppedAt)));
            asked = sleeper.proxy.calls.length;
            wokenAt = Date.now();
            sleeper.process.signal('SIGCONT');
            await sleep(awakeMs);
          },
          verdict: () => 'Pass',
          others: 'Pass',
        },
      );
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);

      const since = sleeper.proxy.calls.slice(asked);
      // A busy computer may cost the other the lease, which it then takes over as it should: not before it has seen it unrenewed so long.
      const leadsAgain = since.findIndex((call) => takesLease(call) && call.at >= wokenAt + leaseMs);
      const written = since
        .slice(0, leadsAgain < 0 ? undefined : leadsAgain)
        .filter(({ method, path }) => method !== 'GET' && !harmless.test(path))
        .map(({ method, path }) => `${method} ${path}`);
      expect(written).toEqual([]);
      // It waits for its turn again, like any other.
      expect(sleeper.process.isRunning()).toBe(true);
    },
    patience(240_000),
  );

  it(
    'breaks no invariant',
    async () => {
      expect(await own.violations()).toEqual([]);
    },
    patience(120_000),
  );
});

const takesLease = ({ method, path, status = 0 }: Call): boolean =>
  method === 'PUT' && path.includes('/leases') && status >= 200 && status < 300;

const asksForLease = ({ proxy }: OperatorProcess): true | undefined =>
  proxy.calls.some(({ path }) => path.includes('/leases')) || undefined;
