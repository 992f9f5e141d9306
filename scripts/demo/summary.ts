/** How the demo ended. */
import type { Violation } from '../../test/recorder/violation.ts';
import { formatViolation } from '../../test/recorder/violation.ts';
import type { Rollout } from './rollout.ts';
import type { Expected } from './watch-rollout.ts';

export interface Summary {
  readonly nodes: number;
  readonly updated: number;
  /** Nodes that need a person. */
  readonly failed: number;
  /** From the policies' being applied to the end. */
  readonly seconds: number;
  readonly violations: readonly Violation[];
  readonly perNode: readonly {
    readonly node: string;
    readonly os: string;
    readonly from: string;
    readonly to: string;
    /** From cordon to uncordon; null where it was not updated. */
    readonly seconds: number | null;
  }[];
}

/** @param runs what each host itself says that it runs. */
export function summarise(
  expected: readonly Expected[],
  rollout: Rollout,
  runs: ReadonlyMap<string, string>,
  seconds: number,
  violations: readonly Violation[],
): Summary {
  const perNode = expected.map(({ node, os, from }) => {
    const row = rollout.rows.find((one) => one.node === node);
    return { node, os, from, to: runs.get(node) ?? from, seconds: row?.seconds ?? null };
  });
  return {
    nodes: expected.length,
    updated: expected.filter(({ node, to }) => runs.get(node) === to).length,
    failed: rollout.rows.filter(({ state }) => state === 'Failed').length,
    seconds: Math.round(seconds),
    violations,
    perNode,
  };
}

export const isSuccess = ({ nodes, updated, violations }: Summary): boolean =>
  updated === nodes && violations.length === 0;

export function describeSummary(
  summary: Summary,
  seen: { revisions: number; requests: number } | undefined,
): string {
  const { nodes, updated, failed, seconds, violations, perNode } = summary;
  const times = perNode.flatMap(({ seconds: away }) => (away === null ? [] : [away]));
  const away =
    times.length === 0
      ? ''
      : ` A node was out of service for ${String(Math.min(...times))} to ${String(Math.max(...times))} s.`;
  const watched =
    seen === undefined
      ? ''
      : ` The recorder saw ${String(seen.revisions)} revisions and ${String(seen.requests)} requests of the operator.`;
  return [
    `${String(updated)} of ${String(nodes)} nodes run the new version, after ${String(seconds)} s.${away}`,
    ...(failed > 0 ? [`${String(failed)} nodes need a person.`] : []),
    violations.length === 0
      ? `No invariant broke.${watched}`
      : `Invariants broke:\n${violations.map(formatViolation).join('\n')}`,
  ].join('\n');
}
