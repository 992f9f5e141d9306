/** A few worlds have all at once that is drawn alone elsewhere, with operators that die in it. Drawn beside everything else, so that all other worlds stay what they are. */
import { zoneKey } from './draw-waves.ts';
import { randomOf } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;
const hook = { image: 'registry.example/hook:1' };

export function withEverything(scenario: Scenario): Scenario {
  const { seed, calmAt, rates } = scenario;
  const random = randomOf(seed, 'everything');
  if (!random.chance(0.06)) return scenario;
  const hooks = [{ beforeDrain: hook }, { beforeDrain: hook, afterUpdate: hook }];
  const add = {
    schedule: { windows: [{ start: '0 */2 * * *', duration: random.pick(['100m', '3h']) }] },
    hooks: random.pick(hooks),
    health: {
      gates: [
        { name: 'alerts', prometheus: { url: 'http://prometheus', query: 'alerts' }, stalledAfter: '10m' },
      ],
    },
    rollout: {
      waves: [{ name: 'canary', nodes: 1, soak: random.pick(['0s', '2m']) }, { name: 'rest' }],
      topology: { key: zoneKey, maxUnavailable: 1 },
    },
  };
  const at = random.int(0, calmAt - minute);
  const deeds: readonly Deed[] = [
    { at, what: { do: 'gate', query: 'alerts', state: random.pick(['Closed', 'Unknown']) } },
    {
      at: Math.min(calmAt - 1000, at + random.int(2000, 300_000)),
      what: { do: 'gate', query: 'alerts', state: 'Open' },
    },
  ];
  return {
    ...scenario,
    rates: {
      ...rates,
      crashBefore: Math.max(rates.crashBefore, random.pick([0.01, 0.03])),
      crashAfter: Math.max(rates.crashAfter, random.pick([0.01, 0.03])),
    },
    policies: scenario.policies.map(({ spec, ...policy }) => ({
      ...policy,
      spec: {
        ...add,
        ...spec,
        health: { ...add.health, ...partOf(spec, 'health') },
        rollout: { ...add.rollout, ...partOf(spec, 'rollout') },
        // A hook has its place in the time of the drain.
        ...('hooks' in spec ? {} : { drain: { ...partOf(spec, 'drain'), timeout: '10m' } }),
      },
    })),
    deeds: [...scenario.deeds, ...deeds].toSorted((a, b) => a.at - b.at),
  };
}

const partOf = (spec: object, name: string): object => {
  const part: unknown = Object.entries(spec).find(([key]) => key === name)?.[1];
  return typeof part === 'object' && part !== null ? part : {};
};
