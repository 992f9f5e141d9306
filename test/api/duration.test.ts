import { describe, expect, it } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import { duration, durationToMillis, millisToDuration } from '../../src/api/duration.ts';

const field = duration({ least: '5m', description: 'a wait' });

describe('durationToMillis', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['1h1m1s1ms', 3_661_001],
    ['99999h', 359_996_400_000],
  ])('reads %s as %d ms', (text, millis) => {
    expect(durationToMillis(text)).toBe(millis);
  });

  it.each([
    '',
    '5',
    's',
    '-1h',
    '+1h',
    '1d',
    '1 h',
    '1h ',
    '10us',
    '.5h',
    '1.h',
    '1H',
    '100000h',
    '1h\n',
    '1s'.repeat(17),
  ])('refuses %j', (text) => {
    expect(() => durationToMillis(text)).toThrow(RangeError);
    expect(field.safeParse(text).success).toBe(false);
  });
});

describe('millisToDuration', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [250, '250ms'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m'],
    [86_400_000, '24h'],
  ])('writes %d ms as %s', (millis, text) => {
    expect(millisToDuration(millis)).toBe(text);
  });

  it('is undone by durationToMillis', () => {
    const tenYears = 10 * 365 * 86_400_000;
    assert(
      property(integer({ min: 0, max: tenYears }), (millis) => {
        expect(durationToMillis(millisToDuration(millis))).toBe(millis);
      }),
    );
  });
});

describe('a duration field', () => {
  it.each([
    ['5m', true],
    ['300s', true],
    ['0.1h', true],
    ['4m59s', false],
    ['0s', false],
  ])('with a least value of 5m answers %s with %s', (text, accepted) => {
    expect(field.safeParse(text).success).toBe(accepted);
  });

  it.each([
    ['1m', 'must be at least 5m'],
    ['soon', 'must be a duration such as 30s, 20m or 1h30m (units ms, s, m, h; numbers of up to 5 digits)'],
  ])('says of %s that it %s', (text, message) => {
    expect(field.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});
