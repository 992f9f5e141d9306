/** A scenario from a seed. */
import type { OsName } from '../../src/api/os.ts';
import { withEverything } from './draw-everything.ts';
import { withGates } from './draw-gates.ts';
import { withSchedules } from './draw-schedules.ts';
import { withHooks } from './draw-hooks.ts';
import { withLifecycle } from './draw-lifecycle.ts';
import { withPlanMode } from './draw-plan-mode.ts';
import { withTargets } from './draw-targets.ts';
import { withVersions } from './draw-versions.ts';
import { withWaves } from './draw-waves.ts';
import { randomOf, type Random } from './random.ts';
import {
  type Deed,
  type MachineSpec,
  noFaults,
  type Rates,
  type Scenario,
  type WorkloadSpec,
} from './scenario.ts';

const minute = 60_000;

export function drawScenario(seed: number): Scenario {
  const random = randomOf(seed, 'scenario');
  const calmAt = random.int(20, 60) * minute;
  const machines = drawMachines(random);
  const workloads = drawWorkloads(random);
  const policies = drawPolicies(random, machines);
  const replicas = random.int(1, 2);
  const drawn: Scenario = {
    seed,
    machines,
    policies,
    workloads,
    rates: drawRates(random),
    deeds: drawDeeds(random, calmAt, machines, workloads, policies),
    replicas,
    inCluster: machines.length > replicas && random.chance(0.25),
    calmAt,
    endAt: calmAt + 5 * 60 * minute,
  };
  return withPlanMode(
    withLifecycle(
      withEverything(withVersions(withGates(withHooks(withSchedules(withWaves(withTargets(drawn))))))),
    ),
  );
}

const versions: Readonly<Record<OsName, readonly [string, string]>> = {
  Bottlerocket: ['1.20.0', '1.21.0'],
  ContainerOptimizedOS: ['18613.164.68', '18613.164.98'],
};

function drawMachines(random: Random): MachineSpec[] {
  const mixed = random.chance(0.3);
  const first = random.pick(['Bottlerocket', 'ContainerOptimizedOS'] as const);
  const other = first === 'Bottlerocket' ? 'ContainerOptimizedOS' : 'Bottlerocket';
  const controlPlanes = random.chance(0.25) ? random.int(1, 3) : 0;
  return Array.from({ length: random.int(2, 6) }, (_, i) => {
    const os = mixed && random.chance(0.5) ? other : first;
    const [version, offer] = versions[os];
    return {
      name: `n${i + 1}`,
      os,
      version,
      offer: random.chance(0.1) ? version : offer,
      controlPlane: i < controlPlanes,
      labels: { pool: random.pick(['a', 'b']) },
      clockAhead: random.chance(0.3) ? random.int(-20_000, 20_000) : 0,
    };
  });
}

function drawWorkloads(random: Random): WorkloadSpec[] {
  const stops = (): number => random.pick([300, 2000, 15_000, 60_000]);
  const list: WorkloadSpec[] = [];
  if (random.chance(0.5)) list.push({ name: 'agent', replicas: 0, daemon: true, stops: 1000 });
  for (let i = random.int(0, 2); i > 0; i--)
    list.push({
      name: `web${i}`,
      replicas: random.int(1, 5),
      pdb: random.pick([0, 1, 1, 1, 2]),
      stops: stops(),
    });
  if (random.chance(0.4)) list.push({ name: 'job', replicas: random.int(1, 3), stops: stops() });
  if (random.chance(0.05)) list.push({ name: 'twice', replicas: 2, pdb: 1, secondPdb: true, stops: stops() });
  if (random.chance(0.05)) list.push({ name: 'sticky', replicas: 1, comesBack: true, stops: stops() });
  if (random.chance(0.05)) list.push({ name: 'bare', replicas: 1, bare: true, stops: stops() });
  return list;
}

function drawPolicies(random: Random, machines: readonly MachineSpec[]): Scenario['policies'][number][] {
  const spec = (os: OsName, more: object = {}): object => ({
    os,
    includeControlPlane: random.chance(0.7),
    checkInterval: '48h',
    rollout: {
      // Never so many that the Pods of a drained node have nowhere to go.
      maxUnavailable: random.pick(machines.length < 5 ? [1, '25%'] : [1, 1, 2, '34%']),
      maxFailures: random.pick([1, 2, 3, '100%']),
      soak: random.pick(['0s', '10s', '30s', '2m']),
      prefetch: { enabled: random.chance(0.7), maxConcurrent: random.pick([1, 2, 10]) },
    },
    drain: {
      timeout: random.pick(['1m', '3m', '10m', '30m']),
      onTimeout: random.pick(['Release', 'Fail']),
      ...(random.chance(0.2) ? { gracePeriodSeconds: 5 } : {}),
    },
    reboot: { timeout: random.pick(['3m', '6m', '20m']) },
    retry: { limit: random.int(1, 3), backoff: random.pick(['1s', '2m', '10m']) },
    ...more,
  });
  const names = new Set(machines.map(({ os }) => os));
  const list: Scenario['policies'][number][] = [...names].map((os) => ({
    name: os === 'Bottlerocket' ? 'bottlerocket' : 'cos',
    spec: spec(os),
  }));
  const [os] = names;
  if (os !== undefined && random.chance(0.2))
    list.push({
      name: 'pool-a',
      spec: spec(os, { nodeSelector: { matchLabels: { pool: 'a' } }, priority: 10 }),
    });
  else if (os !== undefined && random.chance(0.1))
    // A tie, until people put it right.
    list.push({
      name: 'tied',
      spec: spec(os, { nodeSelector: { matchLabels: { pool: 'b' } } }),
      rightSpec: { priority: 5 },
    });
  return list;
}

function drawRates(random: Random): Rates {
  const often = random.pick([0, 0.3, 1, 1, 3]);
  const some = (rate: number): number => (random.chance(0.5) ? rate * often : 0);
  return {
    ...noFaults,
    requestLost: some(0.03),
    answerLost: some(0.03),
    crashBefore: some(0.015),
    crashAfter: some(0.015),
    slow: some(0.05),
    repeated: some(0.03),
    taskRefused: some(0.05),
    taskNeverStarts: some(0.03),
    taskLost: some(0.06),
    stageFails: some(0.1),
    stageRetry: some(0.1),
    rebootRefused: some(0.08),
    rebootIgnored: some(0.05),
    rebootLate: some(0.1),
    fallsBack: some(0.1),
    neverReturns: some(0.05),
    flaps: some(0.2),
    slowBoot: some(0.1),
    daemonSilent: some(0.1),
    selfRebootPerHour: some(0.5),
    notReadyPerHour: some(1),
    sleepPerHour: some(4),
    frozenWatchPerHour: some(6),
    webhookPerHour: some(2),
  };
}

function drawDeeds(
  random: Random,
  calmAt: number,
  machines: readonly MachineSpec[],
  workloads: readonly WorkloadSpec[],
  policies: readonly { readonly name: string }[],
): Deed[] {
  const deeds: Deed[] = [];
  const at = (): number => random.int(1000, calmAt - minute);
  for (let i = random.pick([0, 0, 1, 2, 4]); i > 0; i--) {
    const node = random.pick(machines).name;
    const policy = random.pick(policies).name;
    const when = at();
    const later = when + random.int(2000, 600_000);
    const push = (what: Deed['what'], undo?: Deed['what']): void => {
      deeds.push({ at: when, what });
      if (undo !== undefined && later < calmAt) deeds.push({ at: later, what: undo });
    };
    const choices: (() => void)[] = [
      () => push({ do: 'cordon', node }, { do: 'uncordon', node }),
      () => push({ do: 'uncordon', node }),
      () => push({ do: 'hold', node }, { do: 'unhold', node }),
      () => push({ do: 'keepCordoned', node }),
      () => push({ do: 'retry', node }),
      () => push({ do: 'remake', node }),
      () => push({ do: 'removeClaim', node }),
      () => push({ do: 'deleteView', node }),
      () => {
        if (machines.length > 3) push({ do: 'scaleDown', node });
      },
      () => push({ do: 'wipeStatus', policy }),
      () => push({ do: 'breakSpec', policy }, { do: 'mendSpec', policy }),
      () =>
        push({ do: 'edit', policy, spec: { paused: true } }, { do: 'edit', policy, spec: { paused: false } }),
      () =>
        push({ do: 'edit', policy, spec: { mode: 'Plan' } }, { do: 'edit', policy, spec: { mode: 'Apply' } }),
      () => push({ do: 'edit', policy, spec: { rollout: { maxUnavailable: 1 } } }),
      () => push({ do: 'edit', policy, spec: { retry: { token: `t${when}` } } }),
      () =>
        push(
          { do: 'edit', policy, spec: { nodeSelector: { matchLabels: { pool: 'b' } } } },
          { do: 'edit', policy, spec: { nodeSelector: null } },
        ),
      () => push({ do: 'deletePolicy', policy }, { do: 'remakePolicy', policy }),
      () => {
        const [workload] = workloads.filter(({ pdb }) => pdb !== undefined);
        if (workload !== undefined)
          push({ do: 'pdb', workload: workload.name, maxUnavailable: random.int(0, 2) });
      },
    ];
    random.pick(choices)();
  }
  return deeds.toSorted((a, b) => a.at - b.at);
}
