/** S6: a cordon that is not ours is never lifted. S7: cordon and claim are set and cleared in one write. */
import type { Breach, Invariant } from '../violation.ts';
import type { History } from '../world/history.ts';
import { claimOf, hasClaim, isCordoned } from '../world/node.ts';
import type { NodeWrite } from '../world/node-writes.ts';
import { nodeWrites } from '../world/node-writes.ts';
import type { Check } from './check.ts';

const keepCordonedKey = 'containeros.dev/keep-cordoned';

export const checkForeignCordons: Check = (history) =>
  nodeWrites(history).flatMap((write) => {
    const { before, cordon } = write;
    if (cordon !== 'Cleared' || !isCordoned(before)) return [];
    const claim = claimOf(before);
    if (claim === undefined) return breach('S6', write, 'is uncordoned, and no claim of ours is on it');
    if (claim.foreignCordon)
      return breach('S6', write, 'is uncordoned, though its claim says it was cordoned before');
    if (before?.metadata.annotations?.[keepCordonedKey] !== undefined) {
      return breach('S6', write, `is uncordoned in spite of ${keepCordonedKey}`);
    }
    if (wasCordonedBefore(history, write.node, claim.attempt)) {
      return breach('S6', write, 'is uncordoned, though somebody else had cordoned it before the claim');
    }
    return [];
  });

export const checkLostClaims: Check = (history) =>
  nodeWrites(history).flatMap((write) => {
    const { before, cordon, claim } = write;
    if (before === undefined) return [];
    const cordoned = isCordoned(before);
    if (cordon === 'Set' && !cordoned && claim !== 'Set') {
      return breach('S7', write, 'is cordoned without a claim in the same write');
    }
    if (cordon === 'Cleared' && cordoned && hasClaim(before) && claim !== 'Cleared') {
      return breach('S7', write, 'is uncordoned and its claim stays');
    }
    if (claim === 'Set' && !hasClaim(before) && cordon !== 'Set' && !cordoned) {
      return breach('S7', write, 'is claimed and not cordoned');
    }
    const staysCordoned =
      claimOf(before)?.foreignCordon === true || before.metadata.annotations?.[keepCordonedKey] !== undefined;
    if (claim === 'Cleared' && hasClaim(before) && cordoned && cordon !== 'Cleared' && !staysCordoned) {
      return breach('S7', write, 'loses its claim and stays cordoned, so that nobody lifts the cordon');
    }
    return [];
  });

/** As it was directly before this claim came; unknown counts as no. */
function wasCordonedBefore(history: History, node: string, attempt: string): boolean {
  const timeline = history.timelines('nodes').get(node) ?? [];
  const index = timeline.findIndex(({ object }) => claimOf(object)?.attempt === attempt);
  return index > 0 && isCordoned(timeline[index - 1]?.object);
}

function breach(id: Invariant, { node, revision }: NodeWrite, what: string): readonly Breach[] {
  return [{ id, revision, sentence: `${node} ${what}`, nodes: [node] }];
}
