/** Some worlds have zones and waves. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, MachineSpec, Scenario } from './scenario.ts';

const minute = 60_000;
export const zoneKey = 'topology.kubernetes.io/zone';

export function withWaves(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'waves');
  if (!random.chance(0.5)) return scenario;
  const zoned = random.chance(0.6);
  const machines = scenario.machines.map((machine, i): MachineSpec => {
    const zone = random.pick(['a', 'b', 'none']);
    // Those that run the operator are there from the beginning.
    const late = i > 1 && !scenario.inCluster && random.chance(0.15);
    return {
      ...machine,
      ...(zoned && zone !== 'none' ? { labels: { ...machine.labels, [zoneKey]: zone } } : {}),
      ...(late ? { joinsAt: random.int(1000, scenario.calmAt - minute) } : {}),
    };
  });
  const policies = scenario.policies.map(({ spec, ...policy }) => ({
    ...policy,
    spec: { ...spec, rollout: { ...rolloutOf(spec), ...drawRollout(random, zoned) } },
  }));
  const deeds = [...scenario.deeds, ...drawDeeds(random, scenario)].toSorted((a, b) => a.at - b.at);
  return { ...scenario, machines, policies, deeds };
}

const rolloutOf = (spec: object): object =>
  'rollout' in spec && typeof spec.rollout === 'object' ? (spec.rollout ?? {}) : {};

function drawRollout(random: Random, zoned: boolean): object {
  return {
    ...(random.chance(0.5) ? { maxUnavailable: random.pick([1, 2, 3, '50%']) } : {}),
    ...(zoned ? { topology: { key: zoneKey, maxUnavailable: random.pick([1, 1, 2, '50%']) } } : {}),
    ...(random.chance(0.75) ? { waves: drawWaves(random) } : {}),
  };
}

function drawWaves(random: Random): object[] {
  const soak = (): string => random.pick(['0s', '30s', '2m', '5m']);
  const all: object[] = [
    { name: 'canary', nodes: 1, soak: soak() },
    { name: 'pool-b', selector: { matchLabels: { pool: 'b' } }, soak: soak() },
    { name: 'half', nodes: '50%', soak: soak() },
    { name: 'rest', soak: soak() },
  ];
  return all.filter(() => random.chance(0.6));
}

function drawDeeds(random: Random, { calmAt, policies, machines }: Scenario): Deed[] {
  const deeds: Deed[] = [];
  for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
    const at = random.int(1000, calmAt - minute);
    const policy = random.pick(policies).name;
    const node = random.pick(machines).name;
    const edit = (rollout: object): Deed['what'] => ({ do: 'edit', policy, spec: { rollout } });
    const what = random.pick([
      (): Deed['what'] => edit({ waves: drawWaves(random) }),
      (): Deed['what'] => edit({ waves: null }),
      (): Deed['what'] => edit({ topology: null }),
      (): Deed['what'] => edit({ maxUnavailable: random.pick([1, 2, '50%']) }),
      (): Deed['what'] => ({ do: 'deleteView', node }),
      (): Deed['what'] => ({ do: 'wipeStatus', policy }),
    ]);
    deeds.push({ at, what: what() });
  }
  return deeds;
}
