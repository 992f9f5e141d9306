/**
 * `npm run bench:estimate`: how good `status.estimatedCompletion` is. Simulated rollouts over many seeds; each one's status is read in the
 * moment in which half of its nodes are verified, and compared with when the rollout was over.
 */
import { parseArgs } from 'node:util';
import { drawFleet } from './estimate/draw-fleet.ts';
import { type Measured, measure } from './estimate/measure.ts';
import { median } from './median.ts';

const usage = `Usage: npm run bench:estimate -- [--seeds N] [--first N] [--json]

  --seeds N   so many rollouts; default: 40
  --first N   the first seed; default: 1
  --json      ends standard output with one line of JSON

The error at half-way is |estimated - actual| / (actual - start), with start and actual from status.history, and the estimate as the
status showed it when half of the nodes were verified.
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '40' },
    first: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [seeds, first] = [Number(values.seeds), Number(values.first)];
if (values.help || !Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(first)) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const percent = (share: number | undefined): string =>
  share === undefined ? 'none' : `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
const line = (...cells: readonly string[]): void =>
  console.log(
    cells.map((cell, i) => (i < 5 ? cell.padStart([5, 8, 9, 9, 9][i] ?? 0) : `  ${cell}`)).join(''),
  );

line('SEED', 'TOOK', 'AT 1/4', 'AT HALF', 'AT 3/4', 'FLEET');
const measured: Measured[] = [];
for (let seed = first; seed < first + seeds; seed += 1) {
  const one = await measure(drawFleet(seed));
  measured.push(one);
  const { took, off, what } = one;
  const minutes = `${(took / 60_000).toFixed(0)} min`;
  line(String(seed), minutes, percent(off.quarter), percent(off.half), percent(off.late), what);
}
// No estimate is as wrong as one can be.
const errors = measured.map(({ seed, off }) => ({ seed, errorAtHalf: Math.abs(off.half ?? 1) }));
const good = errors.filter(({ errorAtHalf }) => errorAtHalf <= 0.15).length;
const all = errors.map(({ errorAtHalf }) => errorAtHalf);
console.log(
  `Error at half-way: ${percent(median(all)).replace('+', '')} in the middle, ${percent(Math.max(...all)).replace('+', '')} at most; within 15 % for ${good} of ${seeds} seeds.`,
);
if (values.json) {
  const rounded = errors.map(({ seed, errorAtHalf }) => ({
    seed,
    errorAtHalf: Number(errorAtHalf.toFixed(4)),
  }));
  console.log(JSON.stringify({ seeds: rounded }));
}
