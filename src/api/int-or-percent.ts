/** A count of nodes, or a percentage of them: `2` or `25%`. Zero is refused in both forms. */
import { z } from 'zod';
import { rules } from './rule.ts';

export type IntOrPercent = number | string;
const percent = /^([1-9][0-9]?|100)%$/;
const most = 100_000;
const expected = `must be a whole number from 1 to ${most} or a percentage from 1% to 100%`;

/** How many of `total` that is: percentages are rounded down, but never below 1. */
export function resolveCount(value: IntOrPercent, total: number): number {
  if (typeof value === 'number') return value;
  return Math.max(1, Math.floor((Number.parseInt(value, 10) * total) / 100));
}

export function intOrPercent(description: string) {
  return rules(
    z.union([z.int(), z.string()]),
    [
      {
        cel: `type(self) == int ? self >= 1 && self <= ${most} : self.matches('^([1-9][0-9]?|100)%$')`,
        message: expected,
        holds: (value) => (typeof value === 'number' ? value >= 1 && value <= most : percent.test(value)),
      },
    ],
    // The bound is only there so that the API server knows what a rule may cost.
    { description, 'x-kubernetes-int-or-string': true, maxLength: 64 },
  );
}
