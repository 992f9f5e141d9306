import { describe, expect, it } from '@jest/globals';
import { stories } from './stories/index.ts';
import { readTranscript, transcriptOf } from './transcripts.ts';

describe('the story of', () => {
  // After a change that is meant: `npm run simulate -- --story all --write`, and read the difference.
  it.each(Object.entries(stories))(
    '%s is told as it was',
    async (name, scenario) => {
      const told = await transcriptOf(scenario);
      expect(told).not.toContain('BROKEN');
      expect(told).toBe(await readTranscript(name));
    },
    30_000,
  );
});
