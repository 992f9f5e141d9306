/** Blocks of seeds, each block one test: a seed that breaks is named with the command that shows its story. */
import { describe, expect, it } from '@jest/globals';
import { drawScenario } from './draw.ts';
import { simulate } from './simulate.ts';

const block = 50;

export function testSeeds(first: number, count: number): void {
  describe(`rollouts of seeds ${first} to ${first + count - 1}`, () => {
    const blocks = Array.from({ length: count / block }, (_, i) => first + i * block);
    it.each(blocks)(
      'end with every node updated and no invariant broken, from seed %i on',
      async (from) => {
        const broken: string[] = [];
        let updated = 0;
        for (let seed = from; seed < from + block; seed++) {
          const run = await simulate(drawScenario(seed));
          updated += run.updated;
          if (run.problem !== undefined) broken.push(`${run.problem}\n  npm run simulate -- --seed ${seed}`);
        }
        expect(broken).toEqual([]);
        // A world in which nothing happens breaks nothing either.
        expect(updated).toBeGreaterThan(block);
      },
      120_000,
    );
  });
}
