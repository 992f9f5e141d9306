import { describe, expect, it } from '@jest/globals';
import { Memory } from '../../src/control/memory.ts';
import { backOff, sinceRetry } from '../../src/control/task-memory.ts';
import type { NodeView } from '../../src/plan/facts.ts';
import { aNode, aSnapshot, aView, noon } from '../support/builders.ts';

const node = aNode('n1');
const { settings } = aSnapshot({});
const viewsWith = (retrySeen: string | undefined): ReadonlyMap<string, NodeView> => {
  const view = aView(node);
  return new Map([
    ['n1', { ...view, status: { ...view.status, ...(retrySeen !== undefined && { retrySeen }) } }],
  ]);
};
const silent = { node: 'n1', nodeUID: node.uid, task: 'Inspect', because: 'node is full' };

describe('a node whose task gave no answer', () => {
  it('waits twice as long each time', () => {
    const memory = new Memory();
    for (let times = 0; times < 3; times += 1) backOff(memory, silent, viewsWith(undefined), settings, noon);
    const wait = memory.taskMemory.get(node.uid);
    expect(wait).toMatchObject({ count: 3, because: 'node is full' });
    expect(wait?.notBefore).toBe(noon + 4 * settings.taskBackoff);
  });

  it.each([
    { name: 'before any retry', before: undefined, now: undefined, waits: true },
    { name: 'after a retry that had been carried out', before: 'a', now: 'a', waits: true },
    { name: 'until the first retry', before: undefined, now: 'a', waits: false },
    { name: 'until a new retry', before: 'a', now: 'b', waits: false },
  ])('$name: waits is $waits', ({ before, now, waits }) => {
    const memory = new Memory();
    backOff(memory, silent, viewsWith(before), settings, noon);
    expect(sinceRetry(memory.taskMemory, viewsWith(now)).has(node.uid)).toBe(waits);
  });

  it('begins with the shortest wait again after a retry', () => {
    const memory = new Memory();
    for (let times = 0; times < 3; times += 1) backOff(memory, silent, viewsWith('a'), settings, noon);
    backOff(memory, silent, viewsWith('b'), settings, noon);
    expect(memory.taskMemory.get(node.uid)).toMatchObject({
      count: 1,
      notBefore: noon + settings.taskBackoff,
    });
  });
});
