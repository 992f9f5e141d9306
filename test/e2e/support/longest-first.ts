/** The scenes that take longest begin first, so that no worker is left with one of them at the end. */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Test } from '@jest/test-result';

const long = ['crash', 'switches', 'faults', 'pin', 'helm', 'failures-after-reboot', 'pod-stories'];

const placeOf = ({ path }: Test): number => {
  const place = long.indexOf(basename(path, '.test.ts'));
  return place < 0 ? long.length : place;
};

const require = createRequire(import.meta.url);
const { default: TestSequencer } = require('@jest/test-sequencer') as {
  default: new (options: unknown) => { sort(tests: Test[]): Test[] | Promise<Test[]> };
};

export default class LongestFirst extends TestSequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is not an array's
    return (await super.sort(tests)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
