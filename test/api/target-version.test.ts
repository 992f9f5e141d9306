import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { exactVersion } from '../../src/api/target-version.ts';

const specOf = (version?: string) =>
  policySpec.parse({ os: 'Bottlerocket', ...(version === undefined ? {} : { target: { version } }) });

describe('spec.target.version', () => {
  it.each([
    [undefined, undefined],
    ['Latest', undefined],
    ['1.26.1', '1.26.1'],
    ['0.0.1', '0.0.1'],
    ['1.26.1-rc.2', '1.26.1-rc.2'],
  ])('%s asks for %s', (version, exact) => {
    expect(exactVersion(specOf(version))).toBe(exact);
  });

  it.each([
    '',
    'v1.26.1',
    '1.26',
    '1.26.1.0',
    '01.2.3',
    '1.26.1-',
    '1.26.1+dirty',
    '1.26.1 ',
    'Latest\n',
    'newest',
  ])('%j is refused', (version) => {
    expect(() => specOf(version)).toThrow('must be `Latest` or an exact version');
  });

  it('is left to the update server of Container-Optimized OS', () => {
    const parsed = policySpec.safeParse({ os: 'ContainerOptimizedOS', target: { version: '1.26.1' } });
    expect(parsed.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      [
        'target.version',
        'must be `Latest` where `os` is ContainerOptimizedOS: its update server alone chooses the version',
      ],
    ]);
  });
});
