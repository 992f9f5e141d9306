/** What becomes of chart, kinds and policies in mid-rollout: drawn apart, so that all other worlds stay what they are. */
import { randomOf, type Random } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';

const minute = 60_000;

export function withLifecycle(scenario: Scenario): Scenario {
  const random = randomOf(scenario.seed, 'lifecycle');
  if (!random.chance(0.4)) return scenario;
  const deeds = Array.from({ length: random.pick([1, 1, 2]) }, () => drawDeeds(random, scenario)).flat();
  return { ...scenario, deeds: [...scenario.deeds, ...deeds].toSorted((a, b) => a.at - b.at) };
}

function drawDeeds(random: Random, { calmAt, machines, policies }: Scenario): readonly Deed[] {
  const at = random.int(1000, calmAt - minute);
  const policy = random.pick(policies);
  const then = (what: Deed['what'], undo: Deed['what'], most: number): readonly Deed[] => {
    const later = at + random.int(1000, most);
    // What is not undone in time is put right by people in the end.
    return later < calmAt
      ? [
          { at, what },
          { at: later, what: undo },
        ]
      : [{ at, what }];
  };
  const edit = (spec: object): Deed['what'] => ({ do: 'edit', policy: policy.name, spec });
  const choices: readonly (() => readonly Deed[])[] = [
    () => then({ do: 'uninstall' }, { do: 'install' }, 20 * minute),
    () => then({ do: 'uninstallNoHooks' }, { do: 'install' }, 5 * minute),
    () => [{ at, what: { do: 'upgrade' } }],
    () => then({ do: 'deleteKinds' }, { do: 'restoreKinds' }, 10 * minute),
    () => {
      const os = 'os' in policy.spec ? policy.spec.os : undefined;
      const other = os === 'Bottlerocket' ? 'ContainerOptimizedOS' : 'Bottlerocket';
      return then(edit({ os: other, target: null, bottlerocket: null }), edit({ os }), 10 * minute);
    },
    () =>
      then(
        edit({ nodeSelector: { matchLabels: { 'kubernetes.io/hostname': random.pick(machines).name } } }),
        edit({ nodeSelector: null }),
        5 * minute,
      ),
  ];
  return random.pick(choices)();
}
