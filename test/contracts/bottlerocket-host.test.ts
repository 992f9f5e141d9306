/** The simulated Bottlerocket host answers as the recorded server did. BOTTLEROCKET_RECORDINGS names another file of recordings. */
import { describe, expect, it } from '@jest/globals';
import { deriveSetup } from './bottlerocket-host/derived-setup.ts';
import { replay } from './bottlerocket-host/replay.ts';
import { isForeign, recorded, underTest } from './bottlerocket-host/scenario-files.ts';
import { notReplayable } from './bottlerocket-host/setups.ts';

const replayed = underTest.filter(({ scenario }) => !(scenario in notReplayable));
const left = Object.entries(notReplayable).filter(
  ([name]) => !isForeign || underTest.some(({ scenario }) => scenario === name),
);

describe('the simulated Bottlerocket host', () => {
  if (replayed.length > 0)
    it.concurrent.each(replayed)(
      '$area/$scenario: $description',
      async (scenario) => {
        await expect(replay(scenario)).resolves.toBeUndefined();
      },
      180_000,
    );

  if (left.length > 0)
    it.each(left)('cannot repeat %s, because %s', (name) => {
      const found = underTest.find(({ scenario }) => scenario === name);
      expect(found?.steps.filter(({ request }) => request !== undefined)).toEqual([]);
    });
});

describe('a scenario that nobody prepared', () => {
  const known = recorded.filter(
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
