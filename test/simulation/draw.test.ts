import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { drawScenario } from './draw.ts';

describe('the worlds of the first thousand seeds', () => {
  it('are often enough ones in which operators die amid windows, waves, zones, gates and hooks', () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => i + 1);
    const full = seeds.filter((seed) => {
      const { policies, rates } = drawScenario(seed);
      return (
        rates.crashBefore > 0 &&
        rates.crashAfter > 0 &&
        policies.some(({ spec }) => {
          const read = policySpec.safeParse(spec);
          if (!read.success) return false;
          const { schedule, rollout, health, hooks } = read.data;
          return (
            (schedule?.windows ?? []).length > 0 &&
            (rollout.waves ?? []).length > 0 &&
            rollout.topology !== undefined &&
            (health?.gates ?? []).length > 0 &&
            hooks !== undefined
          );
        })
      );
    });
    expect(full.length).toBeGreaterThan(30);
  });
});
