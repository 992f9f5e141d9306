/** The last words of the release program: what is left, and who ends it. */
import type { Left } from '../plan/left.ts';

export function endText(left: readonly Left[]): readonly string[] {
  if (left.length === 0) return ['Nothing is left on any node'];
  return [
    `On ${left.length === 1 ? 'one node' : `${String(left.length)} nodes`} something is left:`,
    ...left.map(({ node, because }) => `  ${node}: ${because}`),
    'An operator that is installed again goes on with them. Where none is to come, see docs/lifecycle.md.',
  ];
}
