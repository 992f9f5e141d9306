import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../../scripts/simulate.ts', import.meta.url));

/** In a process of its own: jest's sandbox makes plain code twice as slow, and two processes use two cores. */
const simulate = (seed: number, count: number): Promise<{ code: unknown; told: string }> =>
  new Promise((resolve) => {
    const call = [script, '--seed', String(seed), '--count', String(count)];
    // Not outlived by a test that has given up.
    execFile(process.execPath, call, { timeout: 590_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, told: `${stdout}${stderr}` }),
    );
  });

describe('a thousand simulated worlds', () => {
  it('end with every node updated and no invariant broken', async () => {
    const halves = await Promise.all([simulate(1, 500), simulate(501, 500)]);
    for (const { code, told } of halves) {
      expect(told).toContain(' 0 broken');
      expect(code).toBe(0);
      // A world in which nothing happens breaks nothing either.
      expect(Number(/(\d+) nodes updated/.exec(told)?.[1])).toBeGreaterThan(1000);
    }
  }, 600_000);
});
