/** The command lines of scripts that need nothing but their arguments to say what is wrong. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

function run(script: string, ...args: string[]) {
  const path = join(import.meta.dirname, '../../scripts', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('a script', () => {
  it.each([
    ['test.ts', ['--bogus'], "'--bogus'"],
    ['test.ts', ['unit'], "'unit'"],
    ['simulate.ts', ['--seed'], "'--seed"],
    ['simulate.ts', ['--seed', 'abc'], '--seed is abc, and must be a whole number.'],
    ['simulate.ts', ['--count', '-1'], '--count'],
    ['simulate.ts', ['--story', 'none'], 'There is no story none, but '],
  ])(
    '%s %j says what is wrong and how it is used',
    (script, args, problem) => {
      const { status, stdout, stderr } = run(script, ...args);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(problem);
      expect(stderr).toContain('Usage: npm ');
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    30_000,
  );

  it.each([['test.ts'], ['simulate.ts']])(
    '%s --help says how it is used',
    (script) => {
      const { status, stdout, stderr } = run(script, '--help');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: npm /);
    },
    30_000,
  );
});
