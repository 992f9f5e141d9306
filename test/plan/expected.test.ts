/** How long a node is expected to be out of service. */
import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { expectedBy } from '../../src/plan/expected.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import { ago, aNode, aView, hour, minute, second } from '../support/builders.ts';

const spec = policySpec.parse({ os: 'Bottlerocket' });
const hook = { image: 'registry.example/hook:1' };

/** Nodes n1, n2, … that took so many seconds to drain and as many to boot. */
const took = (seconds: readonly number[], policy = 'bottlerocket') =>
  new Map(
    seconds.map((each, i) => {
      const name = `n${i + 1}`;
      const lastUpdate = { from: '1', to: '2', at: ago(hour), seconds: { drain: each, reboot: each } };
      return [name, aView(aNode(name), { policy, lastUpdate })];
    }),
  );

const expected = (
  views: ReturnType<typeof took>,
  more: Partial<typeof spec> = {},
  stageIsActivation = false,
) =>
  expectedBy(
    { ...spec, ...more },
    'bottlerocket',
    { views, settings: defaultSettings },
    { stageIsActivation },
  );

describe('a node is expected to be out of service', () => {
  it.each([
    ['drain.timeout and reboot.timeout', {}, false, 50 * minute],
    ['and the time to stage, where that is part of the turn', {}, true, 70 * minute],
    ['and for the hook after the update', { hooks: { afterUpdate: hook } }, false, 60 * minute],
    [
      'the hook before the drain being within its timeout',
      { hooks: { beforeDrain: hook } },
      false,
      50 * minute,
    ],
  ])('before anything is learned for %s', (_name, more, activates, sum) => {
    const { outOfService, learnedFrom } = expected(new Map(), more, activates);
    expect(outOfService('n1')).toBe(sum);
    expect(learnedFrom).toBe(0);
  });

  it('for what nine of ten earlier nodes did not exceed', () => {
    const { outOfService, learnedFrom } = expected(took([10, 20, 30, 40, 50, 60, 70, 80, 90, 1000]));
    expect(outOfService('new')).toBe(180 * second);
    expect(learnedFrom).toBe(10);
  });

  it('for what it took itself the last time', () => {
    expect(expected(took([10, 90])).outOfService('n1')).toBe(20 * second);
  });

  it('whatever nodes of other policies took', () => {
    expect(expected(took([10], 'other')).learnedFrom).toBe(0);
  });
});
