/** Runs simulated rollouts: one seed with its story, or many until one breaks. `--seed N`, `--count M`, `--quiet`. */
import { parseArgs } from 'node:util';
import { drawScenario } from '../test/simulation/draw.ts';
import { simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
    quiet: { type: 'boolean', default: false },
    keepGoing: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.count);
if (!Number.isInteger(first) || !Number.isInteger(count))
  throw new TypeError('--seed and --count are whole numbers');

let updated = 0;
let happenings = 0;
let broken = 0;
const started = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const scenario = drawScenario(seed);
  const run = await simulate(scenario);
  updated += run.updated;
  happenings += run.happenings;
  if (count === 1 && !values.quiet) {
    console.log(JSON.stringify(scenario, undefined, 1));
    for (const line of run.story) console.log(line);
  }
  if (run.problem === undefined) continue;
  broken += 1;
  console.log(`seed ${seed}: ${run.problem}\n  npm run simulate -- --seed ${seed}`);
  process.exitCode = 1;
  if (!values.keepGoing) break;
}
const seconds = (performance.now() - started) / 1000;
console.log(
  `${count} runs, ${broken} broken, ${updated} nodes updated, ${happenings} happenings, ${seconds.toFixed(1)} s`,
);
