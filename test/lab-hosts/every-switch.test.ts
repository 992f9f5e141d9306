/** No fault switch of the simulated hosts is without an end-to-end row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as bottlerocket from '../e2e/switches/bottlerocket.ts';
import * as cos from '../e2e/switches/cos.ts';
import type { Chain } from '../e2e/switches/row.ts';
import { bottlerocketFaults } from '../lab/hosts/bottlerocket/faults.ts';
import { cosFaults } from '../lab/hosts/cos/faults.ts';

/** Those whose scenes need more than a row: the file that has them. */
const scenes: Readonly<Record<string, string>> = {
  rebootRefused: 'failures.test.ts',
  rebootIgnored: 'failures.test.ts',
  rebootDelayMs: 'orders.test.ts',
  rebootHangUp: 'orders.test.ts',
  bootFallsBack: 'failures-after-reboot.test.ts',
  serverRestart: 'switches.test.ts',
};

interface Faulty {
  readonly faults?: Readonly<Record<string, unknown>>;
}
const ofChains = (chains: readonly Chain[]): readonly Faulty[] =>
  chains.flatMap(({ switches, peer }) => [...switches, peer]);

describe.each([
  {
    os: 'Bottlerocket',
    schema: bottlerocketFaults,
    rows: [...ofChains(bottlerocket.chains), ...bottlerocket.spent],
  },
  { os: 'ContainerOptimizedOS', schema: cosFaults, rows: [...ofChains(cos.chains), ...cos.alone] },
])('the end-to-end rows of $os', ({ schema, rows }) => {
  it('have each switch, where no scene of its own has it', () => {
    const covered = new Set([
      ...rows.flatMap(({ faults = {} }) => Object.keys(faults)),
      ...Object.keys(scenes),
    ]);
    expect(Object.keys(schema.shape).filter((name) => !covered.has(name))).toEqual([]);
  });

  it('give each switch a value that the host takes', () => {
    for (const { faults = {} } of rows) expect(schema.safeParse(faults).error).toBeUndefined();
  });
});

describe('the scenes of switches that need more than a row', () => {
  it.each(Object.entries(scenes))('%s is in %s', (name, file) => {
    const text = readFileSync(join(import.meta.dirname, '../e2e', file), 'utf8');
    expect(text).toMatch(new RegExp(`faults: \\{[^}]*\\b${name}\\b`));
  });
});
