/** Some policies have gates, some want more of a node than Ready. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;
const queries = ['alerts', 'latency'] as const;

export function withGates(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'gates and health');
  if (!random.chance(0.5)) return scenario;
  const gated = random.chance(0.7);
  const conditions = random.chance(0.5);
  const pods = scenario.workloads.some(({ daemon }) => daemon === true) && random.chance(0.5);
  const names = random.chance(0.3) ? queries : queries.slice(0, 1);
  const health = {
    ...(gated ? { gates: names.map((name) => gateOf(random, name)) } : {}),
    ...(conditions ? { nodeConditions: [{ type: 'DiskPressure', status: 'False' }] } : {}),
    ...(pods ? { pods: { matchLabels: { app: 'agent' } } } : {}),
  };
  return {
    ...scenario,
    machines: conditions
      ? scenario.machines.map((machine) => ({ ...machine, conditions: { DiskPressure: 'False' } }))
      : scenario.machines,
    policies: scenario.policies.map(({ spec, ...more }) => ({
      ...more,
      spec: random.chance(0.8) ? { ...spec, health } : spec,
    })),
    deeds: [...scenario.deeds, ...drawDeeds(random, scenario, gated, conditions)].toSorted(
      (a, b) => a.at - b.at,
    ),
  };
}

const gateOf = (random: Random, name: string): object => ({
  name,
  prometheus: { url: 'http://prometheus', query: name },
  stalledAfter: random.pick(['1m', '10m', '1h']),
});

function drawDeeds(
  random: Random,
  { calmAt, machines }: Scenario,
  gated: boolean,
  conditions: boolean,
): Deed[] {
  const deeds: Deed[] = [];
  const push = (at: number, what: Deed['what']): void => {
    if (at < calmAt) deeds.push({ at, what });
  };
  if (gated)
    for (let i = random.int(1, 6); i > 0; i--) {
      const at = random.int(0, calmAt - minute);
      const query = random.pick(queries);
      push(at, { do: 'gate', query, state: random.pick(['Closed', 'Unknown']) });
      push(at + random.int(2000, 600_000), { do: 'gate', query, state: 'Open' });
    }
  if (conditions)
    for (let i = random.int(0, 3); i > 0; i--) {
      const at = random.int(1000, calmAt - minute);
      const node = random.pick(machines).name;
      push(at, { do: 'condition', node, type: 'DiskPressure', status: 'True' });
      push(at + random.int(2000, 600_000), { do: 'condition', node, type: 'DiskPressure', status: 'False' });
    }
  return deeds;
}
