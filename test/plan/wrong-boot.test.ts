/** Answers that were given on another boot than the Node shows. */
import { describe, expect, it } from '@jest/globals';
import { aNode, anAnswer, aSnapshot, aTask } from '../support/builders.ts';
import { planned } from './planned.ts';

describe('an Inspect that answered for another boot than its Node shows', () => {
  const node = aNode('n1');

  it.each([
    { bootID: 'another', backOff: `it answered for boot another, the node shows ${node.bootID}` },
    { bootID: node.bootID, backOff: undefined },
  ])('waits before it is asked again: boot $bootID', ({ bootID, backOff }) => {
    const answer = anAnswer(node, { bootID, available: '1.21.0' });
    const plan = planned(aSnapshot({ nodes: [node], tasks: [aTask(node, { answer })] }));
    expect(plan.step('n1', 'DeleteTask').backOff).toBe(backOff);
    expect(plan.view('n1').state).toBe(backOff === undefined ? 'Outdated' : 'Unknown');
  });

  it('waits as long as the host asks for', () => {
    const answer = anAnswer(node, { outcome: 'Retry', message: 'no socket', againAfterSeconds: 45 });
    const plan = planned(aSnapshot({ nodes: [node], tasks: [aTask(node, { answer })] }));
    expect(plan.step('n1', 'DeleteTask')).toMatchObject({ backOff: 'no socket', wait: 45_000 });
  });
});
