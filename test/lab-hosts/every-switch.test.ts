/** No fault switch of the simulated hosts is without an end-to-end row, nor any of its values where they are few and have names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { engineVerdicts } from '../../src/adapters/os/cos/decide-engine.ts';
import { osNames } from '../../src/api/os.ts';
import * as bottlerocket from '../e2e/switches/bottlerocket.ts';
import * as cos from '../e2e/switches/cos.ts';
import type { Chain } from '../e2e/switches/row.ts';
import { bottlerocketFaults } from '../lab/hosts/bottlerocket/faults.ts';
import { cosFaults } from '../lab/hosts/cos/faults.ts';
import { operationName, operations } from '../lab/hosts/cos/operations.ts';
import { choicesMade, choicesOf } from './every-switch/choices.ts';

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

const systems = {
  Bottlerocket: {
    schema: bottlerocketFaults,
    rows: [...ofChains(bottlerocket.chains), ...bottlerocket.spent],
  },
  ContainerOptimizedOS: { schema: cosFaults, rows: [...ofChains(cos.chains), ...cos.alone] },
} as const;

describe.each(osNames)('the end-to-end rows of %s', (os) => {
  const { schema, rows } = systems[os];

  it('have each switch, where no scene of its own has it', () => {
    const covered = new Set([
      ...rows.flatMap(({ faults = {} }: Faulty) => Object.keys(faults)),
      ...Object.keys(scenes),
    ]);
    expect(Object.keys(schema.shape).filter((name) => !covered.has(name))).toEqual([]);
  });

  it('give each switch a value that the host takes', () => {
    for (const { faults = {} } of rows) expect(schema.safeParse(faults).error).toBeUndefined();
  });
});

/** Values by name that no row has, of switches that no scene of its own has. */
function missing(schema: z.ZodObject, rows: readonly Faulty[]): readonly string[] {
  const made = new Set(rows.flatMap(({ faults = {} }) => choicesMade(schema.parse(faults))));
  const own = Object.entries(schema.shape).filter(([name]) => !(name in scenes));
  return own.flatMap(([name, value]) => choicesOf(value, name)).filter((choice) => !made.has(choice));
}

describe.each(osNames)('the values of switches in the rows of %s', (os) => {
  it('have each one that has a name', () => {
    const { schema, rows } = systems[os];
    expect(missing(schema, rows)).toEqual([]);
  });
});

it('the rows of ContainerOptimizedOS have each status but rest and a staged update, and one that nobody knows', () => {
  const shown = systems.ContainerOptimizedOS.rows.flatMap(({ faults = {} }: Faulty) => {
    const { reportedStatus: one } = cosFaults.parse(faults);
    return one === undefined ? [] : [typeof one === 'number' ? operationName(one) : one];
  });
  const wanted = operations.filter(
    (one) => one !== 'UPDATE_STATUS_IDLE' && one !== 'UPDATE_STATUS_UPDATED_NEED_REBOOT',
  );
  expect(wanted.filter((one) => !shown.includes(one))).toEqual([]);
  expect(shown.filter((one) => !Object.hasOwn(engineVerdicts, one))).not.toEqual([]);
});

describe('the scenes of switches that need more than a row', () => {
  it.each(Object.entries(scenes))('%s is in %s', (name, file) => {
    const text = readFileSync(join(import.meta.dirname, '../e2e', file), 'utf8');
    expect(text).toMatch(new RegExp(`faults: \\{[^}]*\\b${name}\\b`));
  });
});
