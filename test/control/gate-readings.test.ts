import { describe, expect, it, jest } from '@jest/globals';
import { GateReadings } from '../../src/control/gate-readings.ts';
import type { GateSource, GateVerdict } from '../../src/ports/gates.ts';

const question = (key: string) => ({
  key,
  prometheus: { url: 'http://prometheus', query: key, passes: 'WhenEmpty' as const },
});
const open: GateVerdict = { state: 'Open', because: 'the query finds nothing' };

/** Gates that answer when a case says so. */
function world() {
  let now = 1000;
  const waiting: { readonly resolve: (verdict: GateVerdict) => void; readonly reject: (e: Error) => void }[] =
    [];
  const evaluate = jest.fn<GateSource['evaluate']>(
    () => new Promise((resolve, reject) => void waiting.push({ resolve, reject })),
  );
  const onAnswer = jest.fn<(key: string) => void>();
  const readings = new GateReadings({ source: { evaluate }, clock: { now: () => now }, onAnswer });
  const settle = async (how: (one: (typeof waiting)[number]) => void): Promise<void> => {
    now += 5000;
    for (const one of waiting.splice(0)) how(one);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { readings, evaluate, onAnswer, answer: () => settle(({ resolve }) => resolve(open)), settle };
}

describe('readings of gates', () => {
  it('tell when they were asked for, and wake their policy', async () => {
    const { readings, onAnswer, answer } = world();
    readings.ask('p', [question('a')]);
    expect(readings.of('p').size).toBe(0);
    await answer();
    expect(readings.of('p').get('a')).toEqual({ ...open, at: 1000, current: true });
    expect(onAnswer.mock.calls).toEqual([['p']]);
    expect(readings.of('other').size).toBe(0);
  });

  it('are asked for once at a time, each gate and policy by itself', async () => {
    const { readings, evaluate, answer } = world();
    readings.ask('p', [question('a'), question('b')]);
    readings.ask('p', [question('a')]);
    readings.ask('q', [question('a')]);
    expect(evaluate).toHaveBeenCalledTimes(3);
    await answer();
    readings.ask('p', [question('a')]);
    expect(evaluate).toHaveBeenCalledTimes(4);
  });

  it('are outdated by a change of the ledger, also those that are under way', async () => {
    const { readings, answer } = world();
    readings.ask('p', [question('a')]);
    await answer();
    readings.ask('p', [question('b')]);
    readings.ledgerChanges('p');
    await answer();
    expect([...readings.of('p').values()].map(({ current }) => current)).toEqual([false, false]);
    readings.ask('p', [question('a')]);
    await answer();
    expect(readings.of('p').get('a')?.current).toBe(true);
  });

  it('of a source that fails are unknown', async () => {
    const { readings, settle } = world();
    readings.ask('p', [question('a')]);
    await settle(({ reject }) => reject(new Error('a bug')));
    expect(readings.of('p').get('a')).toMatchObject({ state: 'Unknown', because: 'a bug' });
  });

  it('that come after the lease was lost, or the policy went, are nobody’s', async () => {
    const { readings, onAnswer, answer } = world();
    readings.ask('p', [question('a')]);
    readings.ask('q', [question('a')]);
    readings.forget();
    readings.ask('q', [question('a')]);
    readings.keep(new Set(['p']));
    await answer();
    expect(onAnswer).not.toHaveBeenCalled();
    expect([readings.of('p').size, readings.of('q').size]).toEqual([0, 0]);
  });

  it('of gates that were edited again and again do not pile up', async () => {
    const { readings, answer } = world();
    for (let i = 0; i < 50; i++) readings.ask('p', [question(`a${i}`)]);
    await answer();
    expect(readings.of('p').size).toBe(20);
    expect(readings.of('p').has('a49')).toBe(true);
  });
});
