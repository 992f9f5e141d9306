/** Simulated rollouts, told or counted. */
import { drawScenario } from '../test/simulation/draw.ts';
import type { Scenario } from '../test/simulation/scenario.ts';
import { simulate } from '../test/simulation/simulate.ts';
import { stories } from '../test/simulation/stories/index.ts';
import { transcriptOf, writeTranscript } from '../test/simulation/transcripts.ts';
import { endWithUsage, readArguments } from './arguments.ts';

const usage = `Usage: npm run simulate -- [--seed N] [--count M] | --story NAME [--write]

  --seed N      tells the story of one seed; default: 1
  --count M     runs so many seeds from there on, and names those that break
  --story NAME  tells a story of the collection, or \`all\` of them
  --write       puts the transcripts of these stories on disk
`;
const values = readArguments(usage, {
  seed: { type: 'string', default: '1' },
  count: { type: 'string', default: '1' },
  story: { type: 'string' },
  write: { type: 'boolean', default: false },
});

if (values.story !== undefined) await tell(values.story, values.write);
else {
  const seed = wholeNumber('--seed', values.seed);
  const count = wholeNumber('--count', values.count);
  if (count === 1) await show(drawScenario(seed));
  else await run(seed, count);
}

async function tell(name: string, write: boolean): Promise<void> {
  const chosen = Object.entries(stories).filter(([known]) => name === 'all' || known === name);
  if (chosen.length === 0)
    endWithUsage(usage, `There is no story ${name}, but ${Object.keys(stories).join(', ')}.`);
  for (const [known, scenario] of chosen) {
    const text = await transcriptOf(scenario);
    if (text.includes('BROKEN')) process.exitCode = 1;
    if (write) await writeTranscript(known, text);
    else console.log(`${known}\n${text}`);
  }
}

async function show(scenario: Scenario): Promise<void> {
  const { story, problem, updated } = await simulate(scenario);
  console.log(JSON.stringify(scenario, undefined, 1));
  for (const line of story) console.log(line);
  console.log(problem ?? `${updated} nodes updated, nothing broken`);
  if (problem !== undefined) process.exitCode = 1;
}

async function run(first: number, count: number): Promise<void> {
  const started = performance.now();
  let updated = 0;
  let broken = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(drawScenario(seed));
    updated += result.updated;
    if (result.problem === undefined) continue;
    broken += 1;
    process.exitCode = 1;
    console.log(`${result.problem}\n  npm run simulate -- --seed ${seed}`);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${count} runs, ${updated} nodes updated, ${broken} broken, ${seconds.toFixed(1)} s`);
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) endWithUsage(usage, `${option} is ${text}, and must be a whole number.`);
  return Number(text);
}
