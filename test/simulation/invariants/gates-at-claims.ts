/** A slot may be given long before its node is staged: a claim needs answers of its own, from after the last node that ended. */
import type { PolicyFacts } from '../../../src/plan/facts.ts';
import { defaultSettings } from '../../../src/plan/settings.ts';
import type { Change } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

/** From the plan until its request is sent. */
const onItsWay = 4000;

export function watchGatesAtClaims(world: World): void {
  const { state, gates, fail } = world;
  const ends: { readonly policyUID: string; readonly at: number }[] = [];
  state.onChange(({ kind, ...change }) => {
    if (kind === 'policies') {
      const { before, after, by } = change as Change<'policies'>;
      if (before !== undefined && after !== undefined && isOperator(by) && hasEnded(before, after))
        ends.push({ policyUID: after.uid, at: world.time.now });
    }
    if (kind !== 'nodes') return;
    const { before, after, by } = change as Change<'nodes'>;
    const claim = claimOf(after);
    if (before === undefined || claim === undefined || claimOf(before) !== undefined || !isOperator(by))
      return;
    const sent = world.claimsSent.get(claim.attempt);
    if (sent?.policy === undefined || 'invalid' in sent.policy.spec) return;
    const oldest = sent.at - defaultSettings.gateFresh - onItsWay;
    for (const { name, prometheus } of sent.policy.spec.health?.gates ?? []) {
      const asked = gates.answers.filter(({ query, by: whom }) => query === prometheus.query && whom === by);
      if (!asked.some((answer) => answer.state === 'Open' && answer.askedAt >= oldest))
        fail(`S9: ${before.name} was claimed without a fresh answer that gate ${name} is open`);
      const end = ends.findLast(
        ({ policyUID, at }) => policyUID === claim.policyUID && at <= sent.at - onItsWay,
      );
      if (
        end !== undefined &&
        !asked.some((answer) => answer.state === 'Open' && answer.askedAt >= end.at - onItsWay)
      )
        fail(`S9: ${before.name} was claimed on an answer of gate ${name} from before another node ended`);
    }
  });
}

/** A node was verified, or its slot was given back. */
const hasEnded = (before: PolicyFacts, after: PolicyFacts): boolean =>
  (before.status.claims ?? []).some(
    ({ attempt, phase }) =>
      phase === 'Reserved' &&
      !(after.status.claims ?? []).some((entry) => entry.attempt === attempt && entry.phase === phase),
  );
