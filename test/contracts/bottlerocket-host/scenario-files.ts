/** Where scenarios come from: our recordings and those written from the documentation, or the one file that BOTTLEROCKET_RECORDINGS names. */
import { readScenarios, type Scenario } from './recording.ts';

const fileOf = (name: string): string => new URL(`../recordings/${name}`, import.meta.url).pathname;
const foreign = process.env['BOTTLEROCKET_RECORDINGS'];

/** Whether somebody else's file is under test: it need not hold what ours does. */
export const isForeign = foreign !== undefined && foreign !== '';

export const recorded = readScenarios(fileOf('bottlerocket-recordings.json'));
/** Not recorded: what the documentation of the API says, in cases that the recordings lack. */
export const written = readScenarios(fileOf('written-scenarios.json'));

export const underTest: readonly Scenario[] =
  foreign !== undefined && isForeign ? readScenarios(foreign) : [...recorded, ...written];
