/** Some worlds deny versions, wait for their age or for an approval. Drawn beside everything else, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;

/** The newest, and one between it and what runs, where the OS can choose. */
const names = {
  Bottlerocket: { newest: '1.21.0', between: '1.20.5' },
  ContainerOptimizedOS: { newest: '18613.164.98', between: '18613.164.90' },
} as const;

type Os = keyof typeof names;

interface Wish {
  readonly target: object;
  /** What people change in the end. */
  readonly right?: object;
}

const wishes = (os: Os): readonly Wish[] => {
  const { newest, between } = names[os];
  return [
    { target: { deny: [newest] } },
    { target: { deny: [between] } },
    { target: { minimumAge: '25m' } },
    { target: { minimumAge: '40m', deny: [between] } },
    { target: { approval: 'Manual' }, right: { approvedVersion: newest } },
    { target: { approval: 'Manual', approvedVersion: between }, right: { approvedVersion: newest } },
    { target: { approval: 'Manual', approvedVersion: newest, minimumAge: '10m' } },
  ];
};

export function withVersions(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'versions');
  if (!random.chance(0.4)) return scenario;
  return {
    ...scenario,
    machines: scenario.machines.map((machine) =>
      machine.os === 'Bottlerocket'
        ? { ...machine, older: [...(machine.older ?? []), names.Bottlerocket.between] }
        : machine,
    ),
    policies: scenario.policies.map((policy) => {
      const { spec, rightSpec } = policy;
      if (!('os' in spec)) return policy;
      const target = 'target' in spec ? (spec.target as object) : {};
      // One that names a version has been drawn elsewhere.
      if ('version' in target || edits(scenario, policy.name) || !random.chance(0.8)) return policy;
      const wish = random.pick(wishes(spec.os as Os));
      return {
        ...policy,
        spec: { ...spec, target: { ...target, ...wish.target } },
        ...(wish.right === undefined ? {} : { rightSpec: { ...rightSpec, target: wish.right } }),
      };
    }),
    deeds: [...scenario.deeds, ...drawDeeds(random, scenario)].toSorted((a, b) => a.at - b.at),
  };
}

/** Whatever it said of versions before. */
const none = { deny: null, approval: null, approvedVersion: null, minimumAge: null };

const edits = ({ deeds }: Scenario, name: string): boolean =>
  deeds.some(({ what }) => what.do === 'edit' && what.policy === name && 'target' in what.spec);

function drawDeeds(random: Random, scenario: Scenario): Deed[] {
  const { calmAt, machines, policies } = scenario;
  const deeds: Deed[] = [];
  for (let i = random.pick([0, 1, 2, 3]); i > 0; i--) {
    const at = random.int(1000, calmAt - minute);
    const policy = random.pick(policies);
    if (!('os' in policy.spec) || 'target' in policy.spec || edits(scenario, policy.name)) continue;
    const { newest, between } = names[policy.spec.os as Os];
    const edit = (target: object): Deed => ({
      at,
      what: { do: 'edit', policy: policy.name, spec: { target: { ...none, ...target } } },
    });
    const choices: (() => Deed)[] = [
      () => edit({ deny: [newest] }),
      () => edit({}),
      () => edit({ approval: 'Manual', approvedVersion: between }),
      () => edit({ approval: 'Manual', approvedVersion: newest }),
      () => edit({ minimumAge: '30m' }),
      () => ({ at, what: { do: 'selfStage', node: random.pick(machines).name } }),
    ];
    deeds.push(random.pick(choices)());
  }
  return deeds;
}
