/** New entries of a policy's ledger: the moments at which S1, S9 and S10 are judged. */
import type { History } from './history.ts';
import { claimOf } from './node.ts';
import type { LedgerEntry, RawPolicy } from './objects.ts';
import type { Change } from './timeline.ts';

export interface NewClaim {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The object that the PUT replaced: the ledger is only ever written over exactly that. */
  readonly before: RawPolicy;
  readonly after: RawPolicy;
  /** Never empty. */
  readonly entries: readonly LedgerEntry[];
}

/** How long a claim may have been gone from its Node for its entry to count as "takes up what was found", milliseconds. */
const adoptionMs = 90_000;

export function newClaims(history: History): readonly NewClaim[] {
  return history.changes('policies').flatMap((change) => {
    const before = change.before?.object;
    const after = change.object;
    if (before === undefined || after === undefined || before.metadata.uid !== after.metadata.uid) return [];
    const known = new Set(entriesOf(before).map(idOf));
    const entries = entriesOf(after).filter(
      (entry) => !known.has(idOf(entry)) && !takesUp(history, entry, after, change),
    );
    return entries.length === 0 ? [] : [{ revision: change.revision, at: change.at, before, after, entries }];
  });
}

export const entriesOf = (policy: RawPolicy): readonly LedgerEntry[] => policy.status?.claims ?? [];

const idOf = ({ nodeUID, attempt }: LedgerEntry): string => `${nodeUID} ${attempt}`;

function takesUp(
  history: History,
  entry: LedgerEntry,
  { metadata }: RawPolicy,
  { revision, at }: Change<RawPolicy>,
): boolean {
  const timeline = history.timelines('nodes').get(entry.node) ?? [];
  return timeline.some((state, index) => {
    const until = timeline[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (state.revision > revision || until < at - adoptionMs) return false;
    const claim = claimOf(state.object);
    return claim?.attempt === entry.attempt && claim.policyUID === metadata.uid;
  });
}
