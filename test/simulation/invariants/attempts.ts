/** A failed attempt is over: no node is claimed or rebooted, and none is counted, under its name again. */
import type { Change } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

export function watchAttemptInvariants({ state, fail }: World): void {
  state.onChange((change) => {
    if (change.kind !== 'nodes' || !isOperator(change.by)) return;
    const { before, after } = change as Change<'nodes'>;
    const [earlier, claim] = [claimOf(before), claimOf(after)];
    if (after === undefined || claim === undefined) return;
    const ordered = claim.order !== undefined && earlier?.order === undefined;
    if (earlier !== undefined && !ordered) return;
    const failed = state.get('views', after.name)?.status.attempts ?? [];
    if (failed.some(({ attempt }) => attempt === claim.attempt))
      fail(
        `A1: ${after.name} is ${ordered ? 'rebooted' : 'claimed'} for the attempt ${claim.attempt}, which has failed`,
      );
  });
}
