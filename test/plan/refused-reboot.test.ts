import { describe, expect, it } from '@jest/globals';
import {
  aClaim,
  aCosNode,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  second,
} from '../support/builders.ts';
import { planned } from './planned.ts';

describe('a reboot that was not accepted', () => {
  it.each([
    {
      os: 'Bottlerocket',
      node: aNode,
      from: '1.20.0',
      target: '1.21.0',
      stays: undefined,
      why: 'is looked at anew',
    },
    {
      os: 'ContainerOptimizedOS',
      node: aCosNode,
      from: '18613.164.68',
      target: '18613.164.98',
      stays: '18613.164.98',
      why: 'stays, since any reboot enters it',
    },
  ] as const)('on $os: what is staged $why', ({ os, node, from, target, stays }) => {
    const claim = aClaim('n1', {
      os,
      policy: 'p',
      policyUID: 'uid-p',
      from,
      target,
      order: anOrder('n1', second),
    });
    const one = node('n1', { claim });
    const { view } = planned(
      aSnapshot({
        nodes: [one],
        views: [aView(node('n1'), { os, policy: 'p', version: from, available: target, staged: target })],
        tasks: [
          aTask(one, {
            task: 'Reboot',
            answer: anAnswer(one, { os, outcome: 'Failed', reason: 'ActivateFailed', message: 'not valid' }),
          }),
        ],
        policies: [
          aPolicy({
            name: 'p',
            spec: { os },
            status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] },
          }),
        ],
      }),
      'uid-p',
    );
    expect(view('n1')).toMatchObject({ because: expect.stringContaining('not accepted: not valid') });
    expect(view('n1').attempts).toMatchObject([{ count: 1, reason: 'ActivateFailed' }]);
    expect(view('n1').staged).toBe(stays);
  });
});
