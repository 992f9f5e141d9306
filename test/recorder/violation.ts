/** An invariant that broke: which, where, and what happened to the objects concerned before. */

export const invariants = [
  'S1',
  'S2',
  'S3',
  'S4',
  'S5',
  'S6',
  'S7',
  'S8',
  'S9',
  'S10',
  'S11',
  'S13',
  'S14',
] as const;
export type Invariant = (typeof invariants)[number];

/** What a check finds. */
export interface Breach {
  readonly id: Invariant;
  /** The first revision after which it no longer held; for a request that wrote nothing: the last one before it. */
  readonly revision: number;
  readonly sentence: string;
  /** Milliseconds since the epoch, where that is not the time of the revision: of a request that wrote nothing. */
  readonly requestedAt?: number;
  /** Names of the objects concerned. */
  readonly nodes: readonly string[];
  readonly policies?: readonly string[];
}

export interface Violation extends Omit<Breach, 'requestedAt'> {
  /** RFC 3339. */
  readonly at: string;
  /** The last 20 revisions of the objects concerned up to it, oldest first, one line each. */
  readonly last: readonly string[];
}

export function formatViolation({ id, revision, at, sentence, last }: Violation): string {
  return [
    `${id} broke at revision ${String(revision)} (${at}): ${sentence}`,
    ...last.map((line) => `  ${line}`),
  ].join('\n');
}
