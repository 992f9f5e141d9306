import { describe, expect, it } from '@jest/globals';
import { createPalette } from '../../scripts/demo/palette.ts';
import { planTable } from '../../scripts/demo/plan-table.ts';

const plain = createPalette({ NO_COLOR: '1' });
const row = { node: 'n1', from: '1.25.0', to: '1.26.1', because: 'would be started at once' };

describe('the table of a plan', () => {
  it('has a line for each node, in order, and says what blocks', () => {
    const plans = [
      {
        policy: 'web',
        message: 'mode is Plan: 2 of 2 nodes would be updated',
        rows: [
          { ...row, wave: 'canary', startsAt: '2026-03-02T12:00:00.000Z' },
          { ...row, node: 'n10', because: 'PodDisruptionBudget shop/web allows no disruption now' },
        ],
      },
      { policy: 'cos', message: 'mode is Plan: nothing would be done now', rows: [] },
    ];
    expect(planTable(plans, 100, plain)).toEqual([
      'policy web: mode is Plan: 2 of 2 nodes would be updated',
      '#  NODE  WAVE    FROM    TO      STARTS     WHY',
      '1  n1    canary  1.25.0  1.26.1  12:00:00Z  would be started at once',
      '2  n10           1.25.0  1.26.1  blocked    PodDisruptionBudget shop/web allows no disruption now',
      '',
      'policy cos: mode is Plan: nothing would be done now',
    ]);
  });

  it('leaves out waves where there are none, and tells the day where there are several', () => {
    const { to: _to, ...asked } = row;
    const rows = [
      { ...row, startsAt: '2026-03-02T12:00:00.000Z' },
      { ...asked, startsAt: '2026-03-03T22:00:00.000Z' },
    ];
    expect(planTable([{ policy: 'p', message: 'm', rows }], 100, plain).slice(1)).toEqual([
      '#  NODE  FROM    TO          STARTS        WHY',
      '1  n1    1.25.0  1.26.1      03-02 12:00Z  would be started at once',
      '2  n1    1.25.0  asked then  03-03 22:00Z  would be started at once',
    ]);
  });

  it.each([
    [
      'beside the other columns, where there is room',
      66,
      [
        '1  n1    1.25.0  1.26.1  blocked  PodDisruptionBudget shop/web',
        '                                  allows no disruption now (pod',
        '                                  shop/web-1)',
      ],
    ],
    [
      'below them, where there is none',
      54,
      [
        '1  n1    1.25.0  1.26.1  blocked',
        '    PodDisruptionBudget shop/web allows no disruption',
        '    now (pod shop/web-1)',
      ],
    ],
  ])('says in full why, %s', (_where, columns, lines) => {
    const because = 'PodDisruptionBudget shop/web allows no disruption now (pod shop/web-1)';
    const plan = { policy: 'p', message: 'm', rows: [{ ...row, because }] };
    expect(planTable([plan], columns, plain).slice(2)).toEqual(lines);
  });

  it('is no wider than it may be', () => {
    const rows = [{ ...row, because: 'x '.repeat(200) }];
    for (const line of planTable([{ policy: 'p', message: 'word '.repeat(60), rows }], 80, plain))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});
