import { describe, expect, it } from '@jest/globals';
import { waveReady } from '../lab/hosts/bottlerocket/waves.ts';

const hour = 3_600_000;
const start = Date.parse('2030-01-01T00:00:00Z');
const at = (hours: number): string => new Date(start + hours * hour).toISOString();

describe('waveReady', () => {
  it.each([
    { name: 'no wave at all', waves: {}, seed: 700, hours: -1, ready: true },
    { name: 'seed 0, which no wave holds back', waves: { 0: at(1) }, seed: 0, hours: 0, ready: true },
    { name: 'a seed in the first wave', waves: { 20: at(1) }, seed: 20, hours: 0, ready: true },
    { name: 'the last wave before its start', waves: { 0: at(1) }, seed: 5, hours: 0.9, ready: false },
    { name: 'the last wave at its start', waves: { 0: at(1) }, seed: 5, hours: 1, ready: true },
    { name: 'between waves, early', waves: { 0: at(0), 100: at(10) }, seed: 50, hours: 4.9, ready: false },
    {
      name: 'between waves, at its place',
      waves: { 0: at(0), 100: at(10) },
      seed: 50,
      hours: 5,
      ready: true,
    },
    // The absolute seed makes later waves bunch up at their end.
    { name: 'a later wave', waves: { 100: at(0), 200: at(10) }, seed: 150, hours: 9.9, ready: false },
    {
      name: 'the end of a later wave',
      waves: { 100: at(0), 200: at(10) },
      seed: 150,
      hours: 10,
      ready: true,
    },
  ])('is $ready for $name', ({ waves, seed, hours, ready }) => {
    expect(waveReady(waves, seed, start + hours * hour)).toBe(ready);
  });
});
