import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../scripts/demo/options.ts';
import { demoExpectations } from '../lab/scenes/demo-scene.ts';

describe('readOptions', () => {
  it('takes 12 nodes by default', () => {
    expect(readOptions([])).toEqual({
      nodes: 12,
      mode: 'Apply',
      plain: false,
      json: false,
      keep: false,
      help: false,
    });
  });

  it.each(['1', '0', '-3', '2.5', 'many', '61'])('refuses --nodes=%s and says what is accepted', (nodes) => {
    expect(() => readOptions([`--nodes=${nodes}`])).toThrow('a whole number from 2 to 60');
  });

  it('takes the modes of a policy and nothing else', () => {
    expect(readOptions(['--mode', 'Plan']).mode).toBe('Plan');
    expect(() => readOptions(['--mode', 'plan'])).toThrow('--mode is plan, and must be Apply or Plan');
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--nope'])).toThrow("'--nope'");
  });
});

describe('the fleet of the demo', () => {
  it.each([
    [2, 1],
    [3, 1],
    [12, 4],
    [40, 13],
  ])('of %i nodes has %i with COS', (nodes, cos) => {
    const fleet = demoExpectations(nodes);
    expect(fleet.filter(({ os }) => os === 'ContainerOptimizedOS')).toHaveLength(cos);
    expect(new Set(fleet.map(({ node }) => node)).size).toBe(nodes);
  });
});
