import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { longestAnswer, parseAnswer, type TaskAnswer } from '../../src/api/task.ts';
import { formatAnswer } from '../../src/node-task/answer.ts';

function anAnswer(parts: Partial<TaskAnswer> = {}): TaskAnswer {
  return {
    protocol: 1,
    outcome: 'Done',
    os: 'Bottlerocket',
    bootID: 'd253cef2-1bbe-42e3-9daf-e66630afbdfc',
    now: '2026-03-01T12:00:00.000Z',
    message: 'fine',
    seconds: 1.5,
    ...parts,
  };
}

describe('formatAnswer', () => {
  it('keeps what fits as it is', () => {
    const answer = anAnswer({ version: '1.26.0', available: '1.26.1', settings: { 'ignore-waves': true } });
    expect(JSON.parse(formatAnswer(answer))).toEqual(answer);
  });

  it.each([
    ['long', 'x'.repeat(10_000)],
    ['of three-byte characters', '漢'.repeat(3000)],
    ['of four-byte characters', '😀'.repeat(3000)],
    ['of characters that JSON escapes', '"\\'.repeat(3000)],
    ['of control characters', '\u0001'.repeat(3000)],
    ['of half characters', '\ud800'.repeat(3000)],
  ])('shortens a message that is %s to what the kubelet keeps, and no more than that', (_name, message) => {
    const text = formatAnswer(anAnswer({ message }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(longestAnswer);
    expect(text.isWellFormed()).toBe(true);
    const parsed = parseAnswer(text);
    expect(parsed).toHaveProperty('answer.outcome', 'Done');
    expect((JSON.parse(text) as TaskAnswer).message.length).toBeGreaterThan(600);
  });

  it('shortens the message before anything else', () => {
    const settings = Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [`setting-${n}`, 's'.repeat(250)]),
    );
    const parsed = JSON.parse(formatAnswer(anAnswer({ message: 'm'.repeat(4000), settings }))) as TaskAnswer;
    expect(parsed.settings).toEqual(settings);
    expect(parsed.message).toMatch(/^m+…$/);
  });

  it('lets settings go that leave no room even without a message', () => {
    const settings = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`setting-${n}`, 's'.repeat(250)]),
    );
    const parsed = JSON.parse(formatAnswer(anAnswer({ settings }))) as TaskAnswer;
    expect(parsed.settings).toEqual({});
    expect(parsed.message).toBe('fine');
  });

  it('lets offers go last, and tells no more of them than are read', () => {
    const offers = Array.from({ length: 60 }, (_, n) => `1.${n}.0`);
    const told = parseAnswer(formatAnswer(anAnswer({ offers, message: 'm'.repeat(4000) })));
    expect(told).toMatchObject({ answer: { offers: offers.slice(0, 20) } });
    const huge = offers.map(() => '"'.repeat(500));
    const cut = parseAnswer(formatAnswer(anAnswer({ offers: huge, settings: { lock: 'x'.repeat(250) } })));
    expect(cut).toMatchObject({
      answer: { outcome: 'Done', offers: offers.slice(0, 20).map(() => expect.any(String)) },
    });
    const wide = formatAnswer(anAnswer({ offers: huge.map(() => '\u0001'.repeat(64)), version: '1.26.0' }));
    expect(parseAnswer(wide)).toMatchObject({ answer: { version: '1.26.0' } });
    expect(wide).not.toContain('offers');
  });

  it('cuts fields that the reader would refuse', () => {
    const text = formatAnswer(
      anAnswer({ version: 'v'.repeat(500), reason: 'R'.repeat(500), bootID: 'b'.repeat(500) }),
    );
    expect(parseAnswer(text)).toMatchObject({ answer: { outcome: 'Done' } });
  });

  it('always fits and is always read', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 6000 }),
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.dictionary(fc.string({ maxLength: 80 }), fc.oneof(fc.string({ maxLength: 400 }), fc.boolean()), {
          maxKeys: 20,
        }),
        fc.array(fc.string({ unit: 'binary', maxLength: 90 }), { maxLength: 30 }),
        (message, version, settings, offers) => {
          const text = formatAnswer(anAnswer({ message, version, settings, offers }));
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(longestAnswer);
          expect(parseAnswer(text)).toHaveProperty('answer');
        },
      ),
    );
  });
});
