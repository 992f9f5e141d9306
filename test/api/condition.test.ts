import { describe, expect, it } from '@jest/globals';
import { setCondition } from '../../src/api/condition.ts';

const before = '2026-01-01T00:00:00Z';
const now = '2026-01-02T00:00:00Z';
const ready = (status: 'True' | 'False', message: string) => ({
  type: 'Ready',
  status,
  observedGeneration: 1,
  reason: 'Accepted',
  message,
});

describe('setCondition', () => {
  it('dates a condition that was not there', () => {
    expect(setCondition([], ready('True', 'a'), now)).toEqual([
      { ...ready('True', 'a'), lastTransitionTime: now },
    ]);
  });

  it('keeps the time while only words change', () => {
    const list = [{ ...ready('True', 'a'), lastTransitionTime: before }];
    expect(setCondition(list, ready('True', 'b'), now)).toEqual([
      { ...ready('True', 'b'), lastTransitionTime: before },
    ]);
  });

  it('moves the time when the status changes', () => {
    const list = [{ ...ready('True', 'a'), lastTransitionTime: before }];
    expect(setCondition(list, ready('False', 'a'), now)).toEqual([
      { ...ready('False', 'a'), lastTransitionTime: now },
    ]);
  });

  it('leaves the others as they are', () => {
    const paused = { ...ready('False', 'p'), type: 'Paused', lastTransitionTime: before };
    expect(setCondition([paused], ready('True', 'a'), now)).toContainEqual(paused);
  });
});
