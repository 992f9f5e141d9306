/** The id of an attempt: which node, and when it got its slot. */
import type { Millis } from './facts.ts';

/** Unique per node: a node gets at most one in a millisecond. */
export const attemptId = (nodeUID: string, now: Millis): string =>
  `${nodeUID.slice(0, 8)}-${now.toString(36)}`;

/** When the node got its slot; undefined for an id of another form. */
export function attemptedAt(attempt: string): Millis | undefined {
  const text = /-([0-9a-z]{6,9})$/.exec(attempt)?.[1];
  return text === undefined ? undefined : Number.parseInt(text, 36);
}
