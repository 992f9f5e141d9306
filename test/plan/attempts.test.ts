import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { attemptable, recordAttempt } from '../../src/plan/attempts.ts';
import { taskBackoff } from '../../src/plan/tasks.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import { hour, minute, noon, second } from '../support/builders.ts';

const { retry } = policySpec.parse({ os: 'Bottlerocket' });
const failed = (attempt: string, spent = true) => ({
  version: '1.21.0',
  attempt,
  reason: 'FellBack' as const,
  message: 'it came back',
  spent,
});

describe('failed attempts', () => {
  it.each([
    { times: 1, wait: 10 * minute },
    { times: 2, wait: 20 * minute },
    { times: 3, wait: 40 * minute },
    { times: 6, wait: 320 * minute },
    { times: 7, wait: 6 * hour },
    { times: 40, wait: 6 * hour },
  ])('wait $wait ms after $times', ({ times, wait }) => {
    let view = {};
    for (let i = 0; i < times; i++) view = recordAttempt(view, failed(`a${i}`), retry, noon);
    expect(view).toMatchObject({
      attempts: [{ count: times, notBefore: new Date(noon + wait).toISOString() }],
    });
  });

  it('are recorded once each', () => {
    const once = recordAttempt({}, failed('a'), retry, noon);
    expect(recordAttempt(once, failed('a'), retry, noon + hour)).toBe(once);
  });

  it('that were nobody’s fault wait and do not count', () => {
    const view = recordAttempt({}, failed('a', false), retry, noon);
    expect(view.attempts).toMatchObject([{ count: 0 }]);
    expect(attemptable(view, '1.21.0', retry, noon)).toMatchObject({
      kind: 'Waits',
      reason: 'FellBack',
      until: noon + 10 * minute,
    });
    expect(attemptable(view, '1.21.0', retry, noon + 10 * minute)).toEqual({ kind: 'Free' });
  });

  it('are remembered for ten versions', () => {
    let view = {};
    for (let i = 0; i < 12; i++)
      view = recordAttempt(view, { ...failed(`a${i}`), version: `1.${i}.0` }, retry, noon);
    expect(view).toMatchObject({ attempts: { length: 10, 0: { version: '1.2.0' } } });
  });

  it('leave other versions free', () => {
    const view = recordAttempt({}, failed('a'), retry, noon);
    expect(attemptable(view, '1.22.0', retry, noon)).toEqual({ kind: 'Free' });
  });
});

describe('taskBackoff', () => {
  it.each([
    { count: 1, wait: 15 * second },
    { count: 2, wait: 30 * second },
    { count: 6, wait: 480 * second },
    { count: 7, wait: 600 * second },
    { count: 100, wait: 600 * second },
  ])('waits $wait ms after $count in a row', ({ count, wait }) => {
    expect(taskBackoff(count, defaultSettings)).toBe(wait);
  });
});
