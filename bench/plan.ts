/**
 * `npm run bench:plan`: what one pass over a policy costs in the middle of a rollout, in time and memory, and how much of that comes from
 * what the policy says of windows, waves and zones, and from the estimate. The kinds of policies take turns, so that a busy machine is
 * busy for all of them: the ratios are what counts.
 */
import { parseArgs } from 'node:util';
import { drawWorld, fields } from './plan/draw-world.ts';
import { heapInUse, measurePasses, type PassCost } from './plan/measure-passes.ts';

const usage = `Usage: npm run bench:plan -- [--nodes N,N] [--passes N] [--json]

  --nodes N,N   sizes of the fleet; default: 1000,5000
  --passes N    measured passes over each kind of policy; default: 60
  --json        ends standard output with one line of JSON
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000,5000' },
    passes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const sizes = values.nodes.split(',').map(Number);
const passes = Number(values.passes);
if (values.help || ![...sizes, passes].every((one) => Number.isInteger(one) && one > 0)) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const ms = (time: number): string => `${time.toFixed(1)} ms`;
const ratio = (one: number, to: number): string => (one / to).toFixed(2);
const line = (first: string, ...cells: readonly string[]): void =>
  console.log(first.padEnd(30) + cells.map((cell) => cell.padStart(11)).join(''));

const results = sizes.map((nodes) => {
  const before = heapInUse();
  const worlds = new Map(Object.entries(fields).map(([name, spec]) => [name, drawWorld(nodes, spec)]));
  const worldBytes = (heapInUse() - before) / worlds.size;
  const { costs, keptBytes } = measurePasses(worlds, passes);
  return { nodes, worldBytes, keptBytes, costs: Object.fromEntries(costs) };
});

for (const { nodes, worldBytes, keptBytes, costs } of results) {
  console.log(
    `\n${nodes} nodes, ${mega(worldBytes)} of facts; kept after ${passes} passes each: ${mega(keptBytes)}`,
  );
  line('THE POLICY SAYS', 'MEDIAN', 'RATIO', 'P95', 'ALLOCATED', 'RATIO');
  const [least] = Object.values(costs);
  for (const [name, { median, p95, allocated }] of Object.entries(costs)) {
    const to: PassCost = least ?? { median, p95, allocated };
    line(
      name,
      ms(median),
      ratio(median, to.median),
      ms(p95),
      mega(allocated),
      ratio(allocated, to.allocated),
    );
  }
}
if (values.json) console.log(JSON.stringify({ passes, fleets: results }));
