import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { bottlerocketFaults } from '../lab/hosts/bottlerocket/faults.ts';
import { cosFaults } from '../lab/hosts/cos/faults.ts';

const table = readFileSync(new URL('../lab/hosts/README-faults.md', import.meta.url), 'utf8');

describe('the table of faults', () => {
  it('names every switch of both systems, and no other', () => {
    const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const known = [...Object.keys(bottlerocketFaults.shape), ...Object.keys(cosFaults.shape)];
    expect(new Set(documented)).toEqual(new Set(known));
    expect(documented).toHaveLength(new Set(documented).size);
  });
});
