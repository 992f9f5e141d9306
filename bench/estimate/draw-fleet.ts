/** Fleets as they are: nodes that take differently long, workloads that stop at their own pace, budgets, waves and windows. */
import { randomOf, type Random } from '../../test/simulation/random.ts';
import {
  noFaults,
  type MachineSpec,
  type Scenario,
  type WorkloadSpec,
} from '../../test/simulation/scenario.ts';

export interface Fleet {
  readonly scenario: Scenario;
  readonly nodes: number;
  /** For the table. */
  readonly what: string;
}

const minute = 60_000;
const hour = 60 * minute;

/** Every second seed is a world in which things go wrong now and then. */
export function drawFleet(seed: number): Fleet {
  const random = randomOf(seed, 'fleet');
  const nodes = random.int(20, 60);
  const os = random.pick(['Bottlerocket', 'Bottlerocket', 'ContainerOptimizedOS'] as const);
  const slots = random.pick([1, 2, 3, 5]);
  const waves = random.pick([0, 0, 2, 3]);
  const zones = random.chance(0.3);
  const faulty = seed % 2 === 0;
  const windows = random.chance(0.3);
  const spec = {
    os,
    checkInterval: '240h',
    rollout: {
      maxUnavailable: slots,
      maxFailures: '100%',
      soak: random.pick(['30s', '1m', '3m']),
      ...(waves === 0 ? {} : { waves: drawWaves(random, waves) }),
      ...(zones ? { topology: { key: 'zone', maxUnavailable: random.pick([1, 2]) } } : {}),
    },
    ...(windows ? { schedule: { windows: [drawWindow(random)] } } : {}),
    retry: { limit: 5, backoff: '2m' },
  };
  const endAt = 240 * hour;
  const told = [
    `${nodes} ${os === 'Bottlerocket' ? 'Bottlerocket' : 'COS'}`,
    `${slots} at once`,
    ...(waves === 0 ? [] : [`${waves} waves`]),
    ...(zones ? ['zones'] : []),
    ...(windows ? ['windows'] : []),
    ...(faulty ? ['faults'] : []),
  ];
  return {
    nodes,
    what: told.join(', '),
    scenario: {
      seed,
      machines: Array.from({ length: nodes }, (_, i) => drawMachine(random, i, os)),
      workloads: drawWorkloads(random, nodes),
      policies: [{ name: os === 'Bottlerocket' ? 'bottlerocket' : 'cos', spec }],
      rates: faulty ? moderate : noFaults,
      deeds: [],
      replicas: 1,
      inCluster: false,
      calmAt: endAt - 2 * hour,
      endAt,
    },
  };
}

const moderate: Scenario['rates'] = {
  ...noFaults,
  requestLost: 0.02,
  answerLost: 0.02,
  crashAfter: 0.001,
  slow: 0.03,
  taskLost: 0.03,
  stageRetry: 0.05,
  rebootRefused: 0.02,
  rebootLate: 0.05,
  fallsBack: 0.02,
  flaps: 0.1,
};

function drawMachine(random: Random, index: number, os: MachineSpec['os']): MachineSpec {
  // Half of all nodes between two thirds and one and a half times the middle, few of them three times as slow.
  const middle = 75_000 * Math.exp((random.next() + random.next() + random.next() - 1.5) * 1.1);
  const [version, offer] = os === 'Bottlerocket' ? ['1.20.0', '1.21.0'] : ['18613.164.68', '18613.164.98'];
  return {
    name: `n${String(index + 1).padStart(2, '0')}`,
    os,
    version,
    offer,
    labels: { zone: random.pick(['a', 'b', 'c']) },
    boots: [Math.round(middle * 0.85), Math.round(middle * 1.2)],
  };
}

function drawWaves(random: Random, count: number): object[] {
  const soak = (): string => random.pick(['0s', '5m', '20m']);
  const canary = { name: 'canary', nodes: random.int(1, 4), soak: soak() };
  const half = { name: 'half', nodes: '50%', soak: soak() };
  return count === 2 ? [canary, { name: 'rest' }] : [canary, half, { name: 'rest' }];
}

function drawWorkloads(random: Random, nodes: number): WorkloadSpec[] {
  return Array.from({ length: random.int(2, 5) }, (_, i) => ({
    name: `web${i + 1}`,
    replicas: random.int(Math.ceil(nodes / 3), nodes),
    pdb: random.int(3, 8),
    stops: random.pick([2000, 10_000, 20_000, 45_000]),
  }));
}

/** Some rollouts need several of them. The first node must fit the sum of its timeouts. */
const drawWindow = (random: Random): object =>
  random.pick([
    { start: '0 */3 * * *', duration: '90m' },
    { start: '0 13 * * *', duration: '3h' },
    { start: '0 */6 * * *', duration: '5h' },
  ]);
