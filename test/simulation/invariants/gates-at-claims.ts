/** A slot may be given long before its node is staged: the gates must be open at the claim as well. */
import { defaultSettings } from '../../../src/plan/settings.ts';
import type { Change } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

/** From the plan until its request is sent. */
const onItsWay = 4000;

export function watchGatesAtClaims(world: World): void {
  const { state, gates, fail } = world;
  state.onChange(({ kind, ...change }) => {
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
    }
  });
}
