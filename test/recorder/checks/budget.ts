/** S1: at each new claim, the claimed nodes and those out of service for other causes are no more than `maxUnavailable`. */
import { resolveCount } from '../world/count.ts';
import type { History } from '../world/history.ts';
import type { NewClaim } from '../world/ledger.ts';
import { entriesOf, newClaims } from '../world/ledger.ts';
import { claimOf, isControlPlane, isCordoned, isReady } from '../world/node.ts';
import type { RawNode } from '../world/objects.ts';
import { ownerOf } from '../world/ownership.ts';
import { selects } from '../world/selector.ts';
import { stateAt } from '../world/timeline.ts';
import type { Check, CheckOptions } from './check.ts';

const mostClaims = 200;
/** A view is written after the decision that it tells of, so many milliseconds at most. */
const viewDelayMs = 5000;

export const checkBudget: Check = (history, options) =>
  newClaims(history).flatMap((claim) => {
    const usages = sightsOf(history, claim, options).map((cut) => usageAt(history, claim, cut, options));
    const latest = usages[0];
    // It is kept if it is by any one sight of the Nodes that was recent enough to rest on.
    if (latest === undefined || usages.some(({ used, limit }) => used.length <= limit)) return [];
    return {
      id: 'S1',
      revision: claim.revision,
      sentence:
        `policy ${claim.after.metadata.name} claims ${claim.entries.map(({ node }) => node).join(', ')}: ` +
        `${String(latest.used.length)} nodes would be out of service (${latest.used.join(', ')}), ` +
        `maxUnavailable allows ${String(latest.limit)}`,
      nodes: latest.used,
      policies: [claim.after.metadata.name],
    };
  });

/** Revisions whose Nodes the operator may have seen, newest first. */
function sightsOf(
  history: History,
  { revision, at }: NewClaim,
  { nodeSightMs }: CheckOptions,
): readonly number[] {
  const since = at - nodeSightMs;
  const seen = history.objects.filter((event) => event.resource === 'nodes' && event.revision < revision);
  const recent = seen.filter((event) => event.at >= since).map((event) => event.revision);
  const before = seen.findLast((event) => event.at < since)?.revision;
  return [revision, ...recent.toReversed(), ...(before === undefined ? [] : [before])];
}

function usageAt(
  history: History,
  claim: NewClaim,
  cut: number,
  options: CheckOptions,
): { readonly used: readonly string[]; readonly limit: number } {
  const { after, before } = claim;
  const policies = history.at('policies', claim.revision);
  const rollout = before.spec.rollout ?? {};
  const owned = history
    .at('nodes', cut)
    .filter((node) => ownerOf(node, policies) === after.metadata.uid)
    .filter((node) => before.spec.includeControlPlane === true || !isControlPlane(node))
    .map((node) => ({ node, unsupported: unsupportedAround(history, node, claim, options) }));
  const claimed = new Set(entriesOf(after).map(({ node }) => node));
  const others = owned
    .filter(({ node, unsupported }) => !claimed.has(node.metadata.name) && unsupported === 'Never')
    .filter(({ node }) => {
      if (claimOf(node)?.policyUID === after.metadata.uid) return true;
      const ignored = rollout.ignoreUnavailable;
      if (ignored !== undefined && selects(ignored, node.metadata.labels)) return false;
      return !isReady(node) || isCordoned(node);
    });
  const total = owned.filter(({ unsupported }) => unsupported !== 'Always').length;
  return {
    used: [...claimed, ...others.map(({ node }) => node.metadata.name)].toSorted(),
    limit: Math.min(resolveCount(rollout.maxUnavailable ?? 1, total), mostClaims),
  };
}

/** Whether its view calls the node Unsupported, over the time that the decision may rest on. */
function unsupportedAround(
  history: History,
  node: RawNode,
  { at, revision }: NewClaim,
  { nodeSightMs }: CheckOptions,
): 'Always' | 'Sometimes' | 'Never' {
  const timeline = history.timelines('views').get(node.metadata.name) ?? [];
  const first = timeline.findLast((state) => state.at < at - nodeSightMs)?.revision ?? 0;
  const states = timeline
    .filter((state) => state.revision >= first && state.at <= at + viewDelayMs)
    .map(({ object }) => object?.status?.state === 'Unsupported');
  if (!states.includes(true)) return 'Never';
  const now = stateAt(timeline, revision)?.object?.status?.state === 'Unsupported';
  return now && !states.includes(false) ? 'Always' : 'Sometimes';
}
