/** Some worlds want one version, up or down, or ignore waves. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;
const oldest = '1.19.0';

interface Wish {
  readonly spec: object;
  /** Some machines must be told to ignore waves. */
  readonly gates: boolean;
}

const wishes: readonly Wish[] = [
  { spec: { target: { version: '1.21.0' } }, gates: false },
  { spec: { target: { version: oldest } }, gates: false },
  { spec: { target: { version: '1.21.0' }, bottlerocket: { ignoreWaves: true } }, gates: true },
  { spec: { bottlerocket: { ignoreWaves: true } }, gates: true },
];

export function withTargets(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'targets');
  const ours = scenario.machines.filter(({ os }) => os === 'Bottlerocket');
  if (ours.length === 0 || !random.chance(0.5)) return scenario;
  const wish = random.pick(wishes);
  return {
    ...scenario,
    machines: scenario.machines.map((machine) =>
      machine.os === 'Bottlerocket'
        ? {
            ...machine,
            offer: '1.21.0',
            older: [oldest],
            ...(wish.gates && random.chance(0.5) ? { gated: true } : {}),
            ...(random.chance(0.2) ? { lock: random.pick(['1.20.0', 'v1.20.0', '1.18.0']) } : {}),
          }
        : machine,
    ),
    policies: scenario.policies.map(({ name, spec, ...more }) => {
      const wants =
        'os' in spec && spec.os === 'Bottlerocket' && (name === 'bottlerocket' || random.chance(0.5));
      return { name, spec: wants ? { ...spec, ...wish.spec } : spec, ...more };
    }),
    deeds: [...scenario.deeds, ...drawDeeds(random, scenario)].toSorted((a, b) => a.at - b.at),
  };
}

function drawDeeds(random: Random, { calmAt, machines, policies }: Scenario): Deed[] {
  const deeds: Deed[] = [];
  for (let i = random.pick([0, 0, 1, 3]); i > 0; i--) {
    const at = random.int(1000, calmAt - minute);
    const policy = policies.find(({ spec }) => 'os' in spec && spec.os === 'Bottlerocket')?.name ?? '';
    const edit = (version: string): Deed['what'] => ({
      do: 'edit',
      policy,
      spec: { target: { version } },
    });
    const choices: (() => void)[] = [
      () => void deeds.push({ at, what: edit(random.pick([oldest, '1.21.0', '1.20.0', '1.30.0'])) }),
      () => void deeds.push({ at, what: edit('Latest') }),
      () => {
        const node = random.pick(machines.filter(({ os }) => os === 'Bottlerocket')).name;
        deeds.push({ at, what: { do: 'lock', node, version: random.pick(['latest', '1.20.0', '1.18.0']) } });
      },
      () => void deeds.push({ at, what: { do: 'deletePolicy', policy } }),
    ];
    random.pick(choices)();
  }
  return deeds;
}
