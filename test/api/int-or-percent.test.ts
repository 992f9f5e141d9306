import { describe, expect, it } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import { intOrPercent, resolveCount } from '../../src/api/int-or-percent.ts';

const field = intOrPercent('some nodes');

describe('intOrPercent', () => {
  it.each([1, 2, 100_000, '1%', '25%', '100%'])('accepts %j', (value) => {
    expect(field.parse(value)).toBe(value);
  });

  it.each([
    0,
    -1,
    1.5,
    100_001,
    '0%',
    '00%',
    '05%',
    '101%',
    '-5%',
    '25',
    '25 %',
    '%',
    '1.5%',
    '',
    true,
    null,
  ])('refuses %j', (value) => {
    expect(field.safeParse(value).success).toBe(false);
  });
});

describe('resolveCount', () => {
  it.each([
    [3, 10, 3],
    [3, 1, 3],
    ['25%', 10, 2],
    ['25%', 3, 1],
    ['1%', 0, 1],
    ['33%', 100, 33],
    ['100%', 7, 7],
  ])('takes %j of %d as %d', (value, total, count) => {
    expect(resolveCount(value, total)).toBe(count);
  });

  it('never comes to 0, nor to more than the whole of a fleet', () => {
    assert(
      property(integer({ min: 1, max: 100 }), integer({ min: 1, max: 100_000 }), (percent, total) => {
        const count = resolveCount(`${String(percent)}%`, total);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(total);
      }),
    );
  });
});
