import { expect, it } from '@jest/globals';
import { createTold } from '../../src/control/told.ts';

it('is news once, and again when it changed', () => {
  const isNews = createTold(10);
  const said = ['Draining', 'Draining', 'Rebooting', 'Draining'].map((state) => isNews('state n1', state));
  expect(said).toEqual([true, false, true, true]);
});

it('keeps no more than so many, and forgets what was said first', () => {
  const isNews = createTold(2);
  const saysNews = (...abouts: string[]) => abouts.map((about) => isNews(about, 'x'));
  expect(saysNews('a', 'b', 'a', 'c')).toEqual([true, true, false, true]);
  expect(saysNews('b', 'c')).toEqual([false, false]);
  expect(isNews('b', 'y')).toBe(true);
  // It was said after b, but b was said anew.
  expect(saysNews('d', 'b', 'c')).toEqual([true, true, true]);
});
