/** How many more nodes may be taken out of service now. */
import { resolveCount } from '../api/int-or-percent.ts';
import { claimKey } from '../api/keys.ts';
import { selects } from '../api/label-selector.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import type { NodeFacts } from './facts.ts';

export interface Budget {
  /** Nodes that may be unavailable at once. */
  readonly limit: number;
  /** Nodes that are: in the ledger, or out of service for another cause. */
  readonly used: ReadonlySet<string>;
  /** Those of them that are not ours, with what is wrong, sorted by name. */
  readonly others: readonly { readonly name: string; readonly why: string }[];
  readonly free: number;
}

const cordonOf = (node: NodeFacts): string =>
  claimKey in node.annotations ? 'still claimed by a policy that is gone' : 'cordoned by somebody else';

/** `nodes` are the nodes that the policy owns, without Unsupported ones and ties. */
export function budgetOf(
  spec: PolicySpec,
  nodes: readonly NodeFacts[],
  entries: readonly LedgerEntry[],
  maxClaims: number,
): Budget {
  const limit = Math.min(resolveCount(spec.rollout.maxUnavailable, nodes.length), maxClaims);
  const claimed = new Set(entries.map(({ node }) => node));
  const ignored = spec.rollout.ignoreUnavailable;
  const others = nodes.flatMap((node) => {
    if (claimed.has(node.name) || (ignored !== undefined && selects(ignored, node.labels))) return [];
    const why = node.ready ? (node.unschedulable ? cordonOf(node) : undefined) : 'NotReady';
    return why === undefined ? [] : [{ name: node.name, why }];
  });
  const used = new Set([...claimed, ...others.map(({ name }) => name)]);
  return { limit, used, others, free: Math.max(0, limit - used.size) };
}

/** It is out of service for another cause: taking it takes no further node away. */
export const isSpentOn = ({ used, limit }: Budget, node: NodeFacts): boolean =>
  used.has(node.name) && used.size <= limit;
