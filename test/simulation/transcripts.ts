/** Transcripts on disk: what `npm run simulate -- --story NAME` tells, one file for each story. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

const fileOf = (name: string): URL => new URL(`transcripts/${name}.txt`, import.meta.url);

export const readTranscript = (name: string): Promise<string> => readFile(fileOf(name), 'utf8');

export async function transcriptOf(scenario: Scenario): Promise<string> {
  const { story, problem } = await simulate(scenario);
  return `${[...story, ...(problem === undefined ? [] : [`BROKEN ${problem}`])].join('\n')}\n`;
}

export const writeTranscript = (name: string, text: string): Promise<void> => writeFile(fileOf(name), text);
