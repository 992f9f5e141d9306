import { describe, expect, it } from '@jest/globals';
import type { LabelSelector } from '../../src/api/label-selector.ts';
import { labelSelector, selects } from '../../src/api/label-selector.ts';

const field = labelSelector('some nodes');
const labels = { role: 'web', zone: 'a', 'example.com/empty': '' };
const where = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  values?: string[],
): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

describe('selects', () => {
  it.each<{ name: string; selector: LabelSelector; matches: boolean }>([
    { name: 'nothing asked', selector: {}, matches: true },
    { name: 'a label that is so', selector: { matchLabels: { role: 'web' } }, matches: true },
    { name: 'a label that is otherwise', selector: { matchLabels: { role: 'db' } }, matches: false },
    {
      name: 'one label of two that is otherwise',
      selector: { matchLabels: { role: 'web', zone: 'b' } },
      matches: false,
    },
    {
      name: 'an empty value asked of a missing label',
      selector: { matchLabels: { missing: '' } },
      matches: false,
    },
    { name: 'In with the value', selector: where('role', 'In', ['db', 'web']), matches: true },
    { name: 'In without the value', selector: where('role', 'In', ['db']), matches: false },
    { name: 'In of a missing label', selector: where('missing', 'In', ['web']), matches: false },
    { name: 'NotIn with the value', selector: where('role', 'NotIn', ['web']), matches: false },
    { name: 'NotIn without the value', selector: where('role', 'NotIn', ['db']), matches: true },
    { name: 'NotIn of a missing label', selector: where('missing', 'NotIn', ['web']), matches: true },
    { name: 'Exists of an empty label', selector: where('example.com/empty', 'Exists'), matches: true },
    { name: 'Exists of a missing label', selector: where('missing', 'Exists'), matches: false },
    { name: 'DoesNotExist of a label', selector: where('role', 'DoesNotExist'), matches: false },
    { name: 'DoesNotExist of a missing label', selector: where('missing', 'DoesNotExist'), matches: true },
    {
      name: 'labels that match and an expression that does not',
      selector: { matchLabels: { role: 'web' }, ...where('zone', 'In', ['b']) },
      matches: false,
    },
  ])('$name: $matches', ({ selector, matches }) => {
    expect(selects(selector, labels)).toBe(matches);
  });

  it('is not taken in by names of every object', () => {
    expect(selects(where('constructor', 'Exists'), labels)).toBe(false);
    expect(selects(where('toString', 'DoesNotExist'), labels)).toBe(true);
  });
});

describe('labelSelector', () => {
  it.each<{ name: string; selector: unknown }>([
    { name: 'an empty one', selector: {} },
    { name: 'a key with a domain', selector: { matchLabels: { 'node.example.com/pool': 'a-1_b.c' } } },
    { name: 'an empty value', selector: { matchLabels: { role: '' } } },
    {
      name: 'all operators',
      selector: {
        matchExpressions: [
          { key: 'a', operator: 'In', values: ['b'] },
          { key: 'c', operator: 'Exists' },
        ],
      },
    },
  ])('accepts $name', ({ selector }) => {
    expect(field.parse(selector)).toEqual(selector);
  });

  it.each<{ name: string; selector: unknown; path: string; message: string }>([
    {
      name: 'a key with a space',
      selector: { matchLabels: { 'a b': 'c' } },
      path: 'matchLabels',
      message: 'each key must be a label key such as `role` or `example.com/role`',
    },
    {
      name: 'a value with a space',
      selector: { matchLabels: { a: 'b c' } },
      path: 'matchLabels.a',
      message:
        'must be a label value: up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends',
    },
    {
      name: 'In without values',
      selector: where('a', 'In'),
      path: 'matchExpressions.0.values',
      message: 'must be given for the operators In and NotIn',
    },
    {
      name: 'NotIn with no value in the list',
      selector: where('a', 'NotIn', []),
      path: 'matchExpressions.0.values',
      message: 'must be given for the operators In and NotIn',
    },
    {
      name: 'Exists with values',
      selector: where('a', 'Exists', ['b']),
      path: 'matchExpressions.0.values',
      message: 'must be left out for the operators Exists and DoesNotExist',
    },
    {
      name: 'a key that is none in an expression',
      selector: where('-a', 'Exists'),
      path: 'matchExpressions.0.key',
      message: 'must be a label key such as `role` or `example.com/role`',
    },
  ])('refuses $name', ({ selector, path, message }) => {
    const issues = field.safeParse(selector).error?.issues ?? [];
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, message]]);
  });
});
