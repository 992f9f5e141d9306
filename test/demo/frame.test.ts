import { describe, expect, it } from '@jest/globals';
import { drawFrame } from '../../scripts/demo/frame.ts';
import { createPalette } from '../../scripts/demo/palette.ts';
import type { Rollout, Row } from '../../scripts/demo/rollout.ts';

const now = Date.parse('2026-01-01T00:01:00Z');
const row = (node: string, state: string, over: Partial<Row> = {}): Row => ({
  node,
  os: 'Bottlerocket',
  state,
  version: state === 'UpToDate' ? '1.26.1' : '1.25.0',
  wanted: '1.26.1',
  since: now - 5000,
  because: 'a reason that is a good deal longer than what a usual terminal has room for in its last column',
  seconds: undefined,
  ...over,
});

function fleet(size: number, stateOf: (index: number) => string): Rollout {
  const rows = Array.from({ length: size }, (_, i) => row(`node-${String(i).padStart(2, '0')}`, stateOf(i)));
  const message = 'the PodDisruptionBudget shop/web allows nothing now '.repeat(4).trim();
  return { rows, policies: [{ name: 'bottlerocket', progress: '1/2', message, settled: false }] };
}

const draw = (
  rollout: Rollout,
  columns: number,
  lines: number,
  env: Record<string, string> = { NO_COLOR: '1' },
) => drawFrame({ rollout, elapsed: 60_000, now, columns, lines, palette: createPalette(env) });

describe('drawFrame', () => {
  it.each([
    [20, 5],
    [40, 12],
    [80, 24],
    [120, 40],
    [300, 100],
  ])('fits a terminal of %i columns and %i lines', (columns, lines) => {
    const frame = draw(
      fleet(40, (i) => (i % 7 === 0 ? 'Draining' : 'Staged')),
      columns,
      lines,
    );
    expect(frame.length).toBeLessThanOrEqual(lines);
    expect(Math.max(...frame.map(({ length }) => length))).toBeLessThanOrEqual(columns);
  });

  it('shows every node where there is room', () => {
    const frame = draw(
      fleet(12, () => 'Staged'),
      80,
      24,
    );
    expect(frame.filter((line) => line.includes(' node-'))).toHaveLength(12);
  });

  it('shows those that move and those in trouble where there is not, and folds the rest', () => {
    const moving = new Map([
      [3, 'Draining'],
      [17, 'Rebooting'],
      [29, 'Failed'],
    ]);
    const text = draw(
      fleet(30, (i) => moving.get(i) ?? 'UpToDate'),
      80,
      24,
    ).join('\n');
    expect(text).toMatch(/node-03 Draining/);
    expect(text).toMatch(/node-17 Rebooting/);
    expect(text).toMatch(/node-29 Failed/);
    expect(text).toMatch(/… and \d+ more: \d+ UpToDate/);
  });

  it('says state, version and target, age and reason of a node on one line', () => {
    const rollout = { rows: [row('cos-01', 'Draining', { because: 'waits' })], policies: [] };
    expect(draw(rollout, 80, 24).find((line) => line.includes('cos-01'))).toMatch(
      /◑ cos-01 Draining +1\.25\.0 → 1\.26\.1 +5s waits$/,
    );
  });

  it('tells states apart by colours only in addition to symbols', () => {
    const coloured = draw(
      fleet(1, () => 'Draining'),
      80,
      24,
      {},
    ).join('\n');
    const bare = draw(
      fleet(1, () => 'Draining'),
      80,
      24,
    ).join('\n');
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    expect(coloured.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(bare);
    expect(coloured).not.toBe(bare);
  });

  it('says what is left', () => {
    const frame = draw(
      fleet(4, (i) => (i === 0 ? 'UpToDate' : 'Staged')),
      80,
      24,
    );
    expect(frame[1]).toMatch(/ 1\/4$/);
    expect(frame[2]).toBe('1 updated · 0 on their way · 3 waiting · about 3:00 left');
  });
});
