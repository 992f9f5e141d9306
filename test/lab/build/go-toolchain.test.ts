import { describe, expect, it } from '@jest/globals';
import { isNewEnough, requireGo } from './go-toolchain.ts';

describe('isNewEnough', () => {
  it.each([
    { said: 'go version go1.26.0 linux/amd64', want: true },
    { said: 'go version go1.26.8 linux/amd64', want: true },
    { said: 'go version go2.0 linux/arm64', want: true },
    { said: 'go version devel +a1b2c3 linux/amd64', want: true },
    { said: 'go version go1.25.9 linux/amd64', want: false },
    { said: 'go version go1.4 linux/amd64', want: false },
    { said: 'something else', want: false },
  ])('says $want to "$said"', ({ said, want }) => {
    expect(isNewEnough(said)).toBe(want);
  });
});

describe('requireGo', () => {
  it('says what is missing and where to get it', async () => {
    await expect(requireGo({ PATH: '/nowhere' })).rejects.toThrow(
      'Go 1.26 or newer is needed to build the local control plane, but there is no `go` on the PATH',
    );
  });
});
