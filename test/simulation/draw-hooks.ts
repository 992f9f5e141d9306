/** Some policies have hooks. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;
const hook = { image: 'registry.example/hook:1' };
const wishes = [{ beforeDrain: hook }, { afterUpdate: hook }, { beforeDrain: hook, afterUpdate: hook }];

export function withHooks(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'hooks');
  if (!random.chance(0.35)) return scenario;
  const often = random.pick([0, 0.3, 1, 2]);
  const some = (rate: number): number => (random.chance(0.5) ? rate * often : 0);
  const policies = scenario.policies.map(({ spec, ...more }) => ({
    ...more,
    // A hook has its place in the time of the drain.
    spec: {
      ...spec,
      hooks: random.pick(wishes),
      drain: {
        ...('drain' in spec ? (spec.drain as object) : {}),
        timeout: random.pick(['6m', '10m', '30m']),
      },
    },
  }));
  const deeds: Deed[] = [];
  for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
    const at = random.int(1000, scenario.calmAt - minute);
    const policy = random.pick(policies).name;
    const node = random.pick(scenario.machines).name;
    const choices: readonly Deed['what'][] = [
      { do: 'edit', policy, spec: { hooks: null } },
      { do: 'edit', policy, spec: { hooks: random.pick(wishes) } },
      { do: 'edit', policy, spec: { paused: true } },
      { do: 'retry', node },
      { do: 'deletePolicy', policy },
    ];
    deeds.push({ at, what: random.pick(choices) });
  }
  return {
    ...scenario,
    policies,
    rates: {
      ...scenario.rates,
      hookRefused: some(0.2),
      hookFails: some(0.1),
      hookHangs: some(0.05),
      hookLost: some(0.1),
    },
    deeds: [...scenario.deeds, ...deeds].toSorted((a, b) => a.at - b.at),
  };
}
