/** The threat model claims nothing that no test shows. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const claims = read('docs/threat-model.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|can |cannot )/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
const named = claims.flatMap(([, shownBy = '']) =>
  [...shownBy.matchAll(/`(test\/[^`]+)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  ),
);

/** A test file and the tables of rows that it takes from beside it. */
function sourceOf(file: string): string {
  const source = read(file);
  const tables = [...source.matchAll(/from '(\.\/[^']+)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  );
  return [source, ...tables.map(read)].join('\n');
}

describe('the threat model', () => {
  it.each(claims)('“%s” names a test and nothing else', (_claim, shownBy = '') => {
    expect(shownBy).toMatch(/^(`test\/[^`]+\.test\.ts`: “[^”]+”(, “[^”]+”)*(; |$))+$/);
  });

  it.each(named)('names $file: $title, which is there', ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    const source = sourceOf(file);
    expect(["'", '"', '`'].filter((quote) => source.includes(`${quote}${title}${quote}`))).not.toEqual([]);
  });

  it('says that policies may restart every node', () => {
    expect(read('docs/threat-model.md')).toContain(
      '**Write access to `ContainerOSPolicy` may restart every node**',
    );
  });

  it.each(['README.md', 'SECURITY.md'])('is found from %s', (file) => {
    expect(read(file)).toContain('](docs/threat-model.md)');
  });
});
