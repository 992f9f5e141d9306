/** Some policies only plan for a while, from the start or in the middle. Drawn beside everything else, so that all other worlds stay as they are. */
import { randomOf } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;

export function withPlanMode(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'plan mode');
  if (!random.chance(0.2)) return scenario;
  const { name } = random.pick(scenario.policies);
  const mode = (at: number, value: 'Apply' | 'Plan'): Deed => ({
    at,
    what: { do: 'edit', policy: name, spec: { mode: value } },
  });
  const applies = random.int(2, Math.floor(scenario.calmAt / minute) - 1) * minute;
  const fromStart = random.chance(0.5);
  return {
    ...scenario,
    policies: scenario.policies.map((policy) =>
      fromStart && policy.name === name ? { ...policy, spec: { ...policy.spec, mode: 'Plan' } } : policy,
    ),
    deeds: [
      ...scenario.deeds,
      ...(fromStart ? [] : [mode(random.int(1000, applies - 1000), 'Plan')]),
      mode(applies, 'Apply'),
    ].toSorted((a, b) => a.at - b.at),
  };
}
