/** S9: after pause, Plan, deletion or halt there is no new claim at a later revision. A lowered budget is S1's to judge. */
import { resolveCount } from '../world/count.ts';
import type { History } from '../world/history.ts';
import type { NewClaim } from '../world/ledger.ts';
import { newClaims } from '../world/ledger.ts';
import { ownerOf } from '../world/ownership.ts';
import type { Check } from './check.ts';

export const checkHalt: Check = (history) =>
  newClaims(history).flatMap((claim) => {
    const why = stoppedBy(history, claim);
    if (why === undefined) return [];
    const { name } = claim.after.metadata;
    const nodes = claim.entries.map(({ node }) => node);
    return {
      id: 'S9',
      revision: claim.revision,
      sentence: `policy ${name} claims ${nodes.join(', ')} though ${why}`,
      nodes,
      policies: [name],
    };
  });

function stoppedBy(history: History, { before, after, revision }: NewClaim): string | undefined {
  if (before.spec.paused === true) return 'it is paused';
  if (before.spec.mode === 'Plan') return 'its mode is Plan';
  if (before.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  const policies = history.at('policies', revision);
  const owned = history
    .at('nodes', revision)
    .filter((node) => ownerOf(node, policies) === before.metadata.uid);
  const limit = resolveCount(before.spec.rollout?.maxFailures ?? 1, Math.max(1, owned.length));
  const { token } = before.spec.retry ?? {};
  const retried = token !== undefined && token !== before.status?.retryToken;
  const failures = [before, after].map(({ status }) => status?.failures?.length ?? 0);
  if (retried || failures.some((count) => count < limit)) return undefined;
  return `it is halted: ${String(failures[0])} failures, maxFailures allows ${String(limit - 1)}`;
}
