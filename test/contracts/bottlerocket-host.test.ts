/** The simulated Bottlerocket host answers as the recorded server did. BOTTLEROCKET_RECORDINGS names another file of recordings. */
import { describe, expect, it } from '@jest/globals';
import { deriveSetup } from './bottlerocket-host/derived-setup.ts';
import { readScenarios } from './bottlerocket-host/recording.ts';
import { replay } from './bottlerocket-host/replay.ts';
import { notReplayable } from './bottlerocket-host/setups.ts';

const ours = new URL('./recordings/bottlerocket-recordings.json', import.meta.url).pathname;
const scenarios = readScenarios(process.env['BOTTLEROCKET_RECORDINGS'] ?? ours);
const replayed = scenarios.filter(({ scenario }) => !(scenario in notReplayable));

describe('the simulated Bottlerocket host', () => {
  it.concurrent.each(replayed)(
    '$area/$scenario: $description',
    async (scenario) => {
      await expect(replay(scenario)).resolves.toBeUndefined();
    },
    180_000,
  );

  it.each(Object.entries(notReplayable))('cannot repeat %s, because %s', (name) => {
    const steps = scenarios.find(({ scenario }) => scenario === name)?.steps ?? [];
    expect(steps.filter(({ request }) => request !== undefined)).toEqual([]);
  });
});

describe('a scenario that nobody prepared', () => {
  const known = readScenarios(ours).filter(
    ({ scenario, area }) => area.startsWith('updates') && !(scenario in notReplayable),
  );

  it.concurrent.each(known)(
    'explains itself, as $scenario would',
    async (scenario) => {
      await expect(replay(scenario, deriveSetup(scenario))).resolves.toBeUndefined();
    },
    180_000,
  );
});
