/** No node is taken while a gate has been shut for long, nor on an answer that was asked for before the ledger last changed. */
import { isOperator } from '../invariants.ts';
import type { PolicyFacts } from '../../../src/plan/facts.ts';
import { ledgerDiffers } from '../../../src/plan/gates.ts';
import { defaultSettings } from '../../../src/plan/settings.ts';
import type { Change } from '../cluster-state.ts';
import type { World } from '../world.ts';

/** From the reading of the clock until a write takes effect: what the guard allows, and the slowest request. */
const onItsWay = 4000;

export function watchGates(world: World): void {
  const { state, time, gates, fail } = world;
  const ledgerChangedAt = new Map<string, number>();
  state.onChange(({ kind, ...change }) => {
    if (kind !== 'policies') return;
    const { before, after, by } = change as Change<'policies'>;
    if (before === undefined || after === undefined || !isOperator(by)) return;
    if (!ledgerDiffers(before.status.claims, after.status.claims)) return;
    const since = ledgerChangedAt.get(after.uid) ?? Number.NEGATIVE_INFINITY;
    ledgerChangedAt.set(after.uid, time.now);
    const taken = takenIn(world, before, after);
    const spec = world.statusPut?.base.spec;
    if (taken.length === 0 || spec === undefined || 'invalid' in spec) return;
    for (const { name, prometheus } of spec.health?.gates ?? []) {
      const gate = gates.stateOf(prometheus.query);
      const oldest = time.now - defaultSettings.gateFresh - onItsWay;
      if (gate.state !== 'Open' && gate.since < oldest)
        fail(`S9: ${taken.join(', ')} was taken ${time.now - gate.since} ms after gate ${name} was shut`);
      // Another policy may ask the same: the last answer need not be this one's.
      const fresh = gates.answers.filter(
        (one) =>
          one.query === prometheus.query && one.by === by && one.state === 'Open' && one.askedAt >= oldest,
      );
      if (fresh.length === 0)
        fail(`S9: ${taken.join(', ')} was taken without a fresh answer that gate ${name} is open`);
      else if (!fresh.some(({ askedAt }) => askedAt >= since))
        fail(`S9: ${taken.join(', ')} was taken on an answer of gate ${name} from before the last node`);
    }
  });
}

/** Nodes that have no entry before; one whose claim is taken up is not new. */
function takenIn(world: World, before: PolicyFacts, after: PolicyFacts): readonly string[] {
  const known = new Set((before.status.claims ?? []).map(({ nodeUID }) => nodeUID));
  const nodes = [...(world.statusPut?.nodes.values() ?? [])];
  return (after.status.claims ?? []).flatMap(({ node, nodeUID }) => {
    const claimed = nodes.some(
      ({ uid, annotations }) => uid === nodeUID && 'containeros.dev/claim' in annotations,
    );
    return known.has(nodeUID) || claimed ? [] : [node];
  });
}
