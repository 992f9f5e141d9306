/** Some worlds have windows, and people who cannot wait for them. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;

interface Wish {
  readonly schedule: object;
  /** It is open often and long enough for a rollout to end; else people lift it in the end. */
  readonly enough?: boolean;
}

const windows = (...list: readonly (readonly [start: string, duration: string])[]): object => ({
  windows: list.map(([start, duration]) => ({ start, duration })),
});
/** Minutes after noon, when runs begin. */
const blackout = (from: number, to: number): object => {
  const at = (minutes: number): string => new Date(Date.UTC(2026, 2, 2, 12, minutes)).toISOString();
  return { from: at(from), to: at(to), reason: 'a launch' };
};

const wishes: readonly Wish[] = [
  { schedule: windows(['0 */2 * * *', '100m']), enough: true },
  {
    schedule: { ...windows(['30 */2 * * *', '90m'], ['0 */2 * * *', '10m']), timeZone: 'Asia/Kolkata' },
    enough: true,
  },
  { schedule: { blackouts: [blackout(5, 15), blackout(15, 32)] }, enough: true },
  { schedule: windows(['*/20 * * * *', '12m']) },
  {
    schedule: {
      ...windows(['5 13-15 * * *', '35m']),
      timeZone: 'Europe/Berlin',
      blackouts: [blackout(10, 20)],
    },
  },
  { schedule: windows(['0 22 * * *', '6h']) },
  { schedule: windows(['0 0 30 2 *', '6h']) },
];

export function withSchedules(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'schedules');
  if (!random.chance(0.4)) return scenario;
  const wish = random.pick(wishes);
  return {
    ...scenario,
    policies: scenario.policies.map(({ name, spec, rightSpec }) => {
      if (random.chance(0.2)) return { name, spec, ...(rightSpec === undefined ? {} : { rightSpec }) };
      const right = wish.enough === true ? rightSpec : { ...rightSpec, schedule: null };
      return {
        name,
        spec: { ...spec, schedule: wish.schedule },
        ...(right === undefined ? {} : { rightSpec: right }),
      };
    }),
    deeds: [...scenario.deeds, ...drawDeeds(random, scenario)].toSorted((a, b) => a.at - b.at),
  };
}

function drawDeeds(random: Random, { calmAt, machines, policies }: Scenario): Deed[] {
  const deeds: Deed[] = [];
  for (let i = random.pick([0, 1, 2, 4]); i > 0; i--) {
    const at = random.int(1000, calmAt - minute);
    const later = at + random.int(2000, 600_000);
    const node = random.pick(machines).name;
    const policy = random.pick(policies).name;
    const choices: (() => void)[] = [
      () => void deeds.push({ at, what: { do: 'updateNow', node } }),
      () =>
        void deeds.push(
          { at, what: { do: 'cordon', node } },
          { at: at + 5000, what: { do: 'updateNow', node } },
        ),
      () =>
        void deeds.push({ at, what: { do: 'updateNow', node } }, { at: later, what: { do: 'notNow', node } }),
      () => {
        const { schedule } = random.pick(wishes);
        deeds.push({ at, what: { do: 'edit', policy, spec: { schedule: null } } });
        deeds.push({ at: at + 1, what: { do: 'edit', policy, spec: { schedule } } });
      },
      () => void deeds.push({ at, what: { do: 'edit', policy, spec: { schedule: null } } }),
    ];
    random.pick(choices)();
  }
  return deeds;
}
