import { describe, expect, it } from '@jest/globals';
import type { TaskAnswer } from '../../src/api/task.ts';
import { parseAnswer, taskRequest } from '../../src/api/task.ts';

const sound: TaskAnswer = {
  protocol: 1,
  outcome: 'Done',
  os: 'Bottlerocket',
  version: '1.26.1',
  bootID: 'b-1',
  now: '2026-01-01T00:00:00Z',
  message: 'staged',
  seconds: 1.5,
};
const text = (change: object) => JSON.stringify({ ...sound, ...change });

describe('parseAnswer', () => {
  it('reads an answer', () => {
    expect(parseAnswer(text({}))).toEqual({ answer: sound });
  });

  it('reads the answer of a newer task, without the fields it does not know', () => {
    expect(parseAnswer(text({ later: true }))).toEqual({ answer: sound });
  });

  it.each<{ name: string; message: string; because: string }>([
    { name: 'nothing', message: '', because: 'the task left no message' },
    {
      name: 'words of the kubelet',
      message: 'The container could not be located',
      because: 'its message is not JSON',
    },
    {
      name: 'an answer that was cut off',
      message: text({ message: 'x'.repeat(5000) }).slice(0, 4096),
      because: 'its message is not JSON',
    },
    { name: 'a JSON null', message: 'null', because: 'its message speaks protocol none, expected 1' },
    { name: 'a JSON string', message: '"Done"', because: 'its message speaks protocol none, expected 1' },
    {
      name: 'another protocol',
      message: text({ protocol: 2 }),
      because: 'its message speaks protocol 2, expected 1',
    },
    {
      name: 'a protocol of any length',
      message: text({ protocol: 'y'.repeat(4000) }),
      because: `protocol "${'y'.repeat(19)},`,
    },
    { name: 'an unknown outcome', message: text({ outcome: 'Maybe' }), because: '(outcome: ' },
    { name: 'an unknown operating system', message: text({ os: 'Plan9' }), because: '(os: ' },
    { name: 'no boot id', message: text({ bootID: undefined }), because: '(bootID: ' },
    { name: 'a clock that shows no time', message: text({ now: 'noon' }), because: '(now: ' },
    { name: 'a negative time', message: text({ seconds: -1 }), because: '(seconds: ' },
  ])('takes $name for no answer', ({ message, because }) => {
    expect(parseAnswer(message)).toEqual({ invalid: expect.stringContaining(because) });
  });

  it.each<{ name: string; message: string; shown: string }>([
    { name: 'line breaks', message: 'a\r\nb\u2028c', shown: 'a b c' },
    { name: 'escape sequences', message: '\u001b[31mred\u009b0m', shown: '[31mred 0m' },
    { name: 'a bell and a null', message: '\u0007ding\u0000', shown: 'ding' },
    { name: 'more than 2048 characters', message: 'x'.repeat(3000), shown: 'x'.repeat(2048) },
  ])('cleans a message of $name', ({ message, shown }) => {
    expect(parseAnswer(text({ message }))).toEqual({ answer: expect.objectContaining({ message: shown }) });
  });

  it('cleans every text that the host chose', () => {
    const dirty = 'a\nb';
    const settings = { 'version-lock': dirty, 'ignore-waves': true };
    const parsed = parseAnswer(
      text({
        reason: dirty,
        version: dirty,
        variant: dirty,
        available: dirty,
        staged: dirty,
        bootID: dirty,
        offers: [dirty],
        settings,
      }),
    );
    const clean = 'a b';
    expect(parsed).toEqual({
      answer: {
        ...sound,
        reason: clean,
        version: clean,
        variant: clean,
        available: clean,
        staged: clean,
        bootID: clean,
        offers: [clean],
        settings: { 'version-lock': clean, 'ignore-waves': true },
      },
    });
  });
});

describe('taskRequest', () => {
  const request = {
    protocol: 1,
    task: 'Reboot',
    os: 'Bottlerocket',
    order: { bootID: 'b', notAfter: '2026-01-01T00:00:00Z' },
  };

  it('gives an adapter without options an empty set', () => {
    expect(taskRequest.parse(request)).toEqual({ ...request, options: {} });
  });

  it.each([
    { protocol: 2 },
    { task: 'Erase' },
    { os: 'Plan9' },
    { order: { bootID: 'b', notAfter: 'soon' } },
    { target: 'x'.repeat(254) },
  ])('refuses %j', (change) => {
    expect(taskRequest.safeParse({ ...request, ...change }).success).toBe(false);
  });
});
