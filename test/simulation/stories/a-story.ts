/** A scenario that shows one thing: everything goes well but what it says. */
import { noFaults, type Rates, type Scenario } from '../scenario.ts';

export const minute = 60_000;
export const hour = 60 * minute;

interface StoryInput extends Partial<Omit<Scenario, 'rates' | 'policies'>> {
  readonly rates?: Partial<Rates>;
  readonly spec?: object;
  /** What people change in the end. */
  readonly rightSpec?: object;
}

export const bottlerocket = (...names: string[]): Scenario['machines'] =>
  names.map((name) => ({ name, os: 'Bottlerocket', version: '1.20.0', offer: '1.21.0' }));

export const cos = (...names: string[]): Scenario['machines'] =>
  names.map((name) => ({
    name,
    os: 'ContainerOptimizedOS',
    version: '18613.164.68',
    offer: '18613.164.98',
  }));

export function aStory({ rates, spec, rightSpec, ...more }: StoryInput): Scenario {
  const machines = more.machines ?? bottlerocket('n1', 'n2', 'n3');
  const os = machines[0]?.os ?? 'Bottlerocket';
  return {
    seed: 1,
    workloads: [{ name: 'web', replicas: 3, pdb: 1, stops: 4000 }],
    deeds: [],
    replicas: 1,
    inCluster: false,
    calmAt: 2 * hour,
    endAt: 8 * hour,
    ...more,
    machines,
    policies: [
      {
        name: os === 'Bottlerocket' ? 'bottlerocket' : 'cos',
        spec: { os, checkInterval: '48h', ...spec },
        ...(rightSpec === undefined ? {} : { rightSpec }),
      },
    ],
    rates: { ...noFaults, ...rates },
  };
}
