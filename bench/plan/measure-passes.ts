/** Passes over several worlds in turn, a second after each other: how long each took, and how much it allocated. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import { median } from '../median.ts';
import { policyUID } from './draw-world.ts';

export interface PassCost {
  /** Milliseconds of the processor: what else runs on the machine does not count. */
  readonly median: number;
  readonly p95: number;
  /** Bytes, most of which live no longer than the pass. */
  readonly allocated: number;
}

/** Passes before the first that counts: until then the code is compiled. */
const warmUp = 10;

export function measurePasses(
  worlds: ReadonlyMap<string, Snapshot>,
  passes: number,
): { readonly costs: ReadonlyMap<string, PassCost>; readonly keptBytes: number } {
  const times = new Map([...worlds.keys()].map((name) => [name, [] as number[]]));
  const bytes = new Map([...worlds.keys()].map((name) => [name, [] as number[]]));
  let before = 0;
  for (let pass = -warmUp; pass < passes; pass += 1) {
    if (pass === 0) before = heapInUse();
    for (const [name, world] of worlds) {
      const later = at(world, (pass + warmUp + 1) * 1000);
      const allocated = getHeapStatistics().total_allocated_bytes;
      const began = process.cpuUsage();
      planPolicy(later, policyUID);
      const { user, system } = process.cpuUsage(began);
      if (pass < 0) continue;
      times.get(name)?.push((user + system) / 1000);
      bytes.get(name)?.push(getHeapStatistics().total_allocated_bytes - allocated);
    }
  }
  const costs = [...worlds.keys()].map((name): [string, PassCost] => {
    const took = (times.get(name) ?? []).toSorted((a, b) => a - b);
    return [
      name,
      {
        median: median(took),
        p95: took[Math.ceil(took.length * 0.95) - 1] ?? 0,
        allocated: median(bytes.get(name) ?? []),
      },
    ];
  });
  return { costs: new Map(costs), keptBytes: heapInUse() - before };
}

const at = (world: Snapshot, later: number): Snapshot => ({
  ...world,
  now: world.now + later,
  ticks: world.ticks + later,
  nodesHeard: world.now + later,
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is still in use after everything else was collected, in bytes. */
export function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
