/** All revisions of one object, oldest first. */

export interface Revision<T> {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** True for what was there before the recording began. */
  readonly old: boolean;
  /** Undefined once deleted. */
  readonly object: T | undefined;
}

export type Timeline<T> = readonly Revision<T>[];

/** The last revision that is not later than `revision`. */
export function stateAt<T>(timeline: Timeline<T>, revision: number): Revision<T> | undefined {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timeline[middle]?.revision ?? Number.POSITIVE_INFINITY) <= revision) low = middle + 1;
    else high = middle;
  }
  return timeline[low - 1];
}

export interface Change<T> extends Revision<T> {
  /** What it replaced; undefined for a new object. */
  readonly before: Revision<T> | undefined;
}

/** Each revision next to the one before it. What was there from the start is no change. */
export function changesOf<T>(timeline: Timeline<T>): readonly Change<T>[] {
  return timeline
    .map((entry, index) => ({ ...entry, before: timeline[index - 1] }))
    .filter(({ old }) => !old);
}
