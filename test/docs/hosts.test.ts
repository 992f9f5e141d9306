import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hostsPage } from '../../scripts/docs/hosts-page.ts';
import { reasonTable } from '../../scripts/docs/reason-table.ts';
import { noAnswerTexts } from '../../src/adapters/kubernetes/facts/no-answer-texts.ts';
import { bottlerocketReasons } from '../../src/adapters/os/bottlerocket/reasons.ts';
import { cosReasons } from '../../src/adapters/os/cos/reasons.ts';
import { nodeReasons } from '../../src/plan/node-reasons.ts';
import { policyReasons } from '../../src/plan/policy-reasons.ts';
import type { ReasonTexts } from '../../src/plan/reason-text.ts';
import { taskReasons } from '../../src/ports/task-reasons.ts';
import { assertDocumented } from '../support/documented.ts';

const root = join(import.meta.dirname, '../..');
const { path, text } = hostsPage();

describe('docs/hosts.md', () => {
  it('is what npm run docs:hosts writes', () => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('is linked from the README', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`(${path})`);
  });

  const tables: [string, ReasonTexts, string][] = [
    ['policies', policyReasons, 'src/plan'],
    ['nodes', nodeReasons, 'src/plan'],
    ['Pods without an answer', noAnswerTexts, 'src/adapters/kubernetes/facts'],
    ['the task program', taskReasons, 'src/node-task'],
    ['Bottlerocket', bottlerocketReasons, 'src/adapters/os/bottlerocket'],
    ['COS', cosReasons, 'src/adapters/os/cos'],
  ];

  it.each(tables)('has each reason of %s', (_name, table) => {
    expect(text).toContain(reasonTable(table));
  });

  it.each(tables)('has no reason of %s that no code gives', (_name, table, folder) => {
    const code = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/(reasons|texts)\.ts$/.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8'))
      .join('\n')
      .replace('badOptions(', "'BadOptions'");
    expect(Object.keys(table).filter((reason) => !code.includes(`'${reason}'`))).toEqual([]);
  });

  it.each(tables)('breaks no line and no cell in the table of %s', (_name, table) => {
    for (const line of reasonTable(table).trimEnd().split('\n'))
      expect(line.match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});

describe('assertDocumented', () => {
  const table: ReasonTexts = { Late: { says: ['too late (…).', 'gone'], means: 'it is', todo: 'wait' } };

  it.each(['too late (by a day). And more.', 'gone since yesterday'])('finds %j', (sentence) => {
    expect(() => assertDocumented('Late', sentence, [{}, table])).not.toThrow();
  });

  it.each([
    ['Late', 'too late'],
    ['Late', 'it is gone'],
    ['Early', 'gone'],
    ['constructor', 'gone'],
  ])('does not find %s with %j', (reason, sentence) => {
    expect(() => assertDocumented(reason, sentence, [table])).toThrow(/table of reasons/);
  });
});
