import { describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { createNarrator } from '../../src/control/narrator.ts';
import type { Plan } from '../../src/plan/step.ts';
import { aNode, aSnapshot, aView } from '../support/builders.ts';

const silent = { info: () => undefined, debug: () => undefined, warn: () => undefined };

/** What is counted while a node's view changes from each of these to the next one. */
function counted(...statuses: readonly NodeViewStatus[]): readonly string[] {
  const seen: string[] = [];
  const narrator = createNarrator(silent, {
    updated: (_policy, result) => seen.push(result),
    stepTook: (_policy, step, seconds) => seen.push(`${step} ${seconds}`),
  });
  const node = aNode('n1');
  statuses.slice(1).forEach((status, i) => {
    const plan = { views: [{ node: 'n1', nodeUID: node.uid, status, urgent: false }] } as unknown as Plan;
    narrator.tell(aSnapshot({ nodes: [node], views: [aView(node, statuses[i])] }), plan, 'orphans');
  });
  return seen;
}

describe('the seconds of an update', () => {
  const update = (seconds: Record<string, number>): NodeViewStatus => ({
    lastUpdate: { from: '1', to: '2', at: '2026-03-02T12:00:00Z', seconds },
  });

  it('are counted once, and those of a hook that ends later when it has', () => {
    const verified = update({ drain: 3, reboot: 60 });
    const done = update({ drain: 3, reboot: 60, afterUpdate: 7 });
    expect(counted({}, verified, verified, done, done)).toEqual([
      'Succeeded',
      'drain 3',
      'reboot 60',
      'afterUpdate 7',
    ]);
  });
});
