/** A node that counts as updated is verified at the very write that puts it back, however long it stood cordoned since. */
import type { Change } from '../cluster-state.ts';
import { claimOf, hasReached, isOperator } from '../invariants.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';

export function watchBackInService(world: World, machines: ReadonlyMap<string, Machine>): void {
  const { state, fail } = world;
  state.onChange(({ kind, ...change }) => {
    if (kind !== 'nodes') return;
    const { before, after, by } = change as Change<'nodes'>;
    const claim = claimOf(before);
    if (before === undefined || after === undefined || claim === undefined || !isOperator(by)) return;
    if (claimOf(after) !== undefined || after.unschedulable) return;
    const entries = state.get('policies', claim.policyUID)?.status.claims ?? [];
    const entry = entries.find(({ nodeUID }) => nodeUID === after.uid);
    if (entry?.phase !== 'Soaking' || entry.attempt !== claim.attempt) return;
    if (!before.ready) fail(`S8: ${after.name} is put back as updated and is not Ready`);
    const machine = machines.get(after.name);
    // What it has booted since its Node was last told of it, nobody knows yet.
    if (machine === undefined || machine.bootID !== before.bootID) return;
    if (!hasReached(claim, machine.running))
      fail(`S8: ${after.name} is put back as updated and runs ${machine.running}`);
  });
}
