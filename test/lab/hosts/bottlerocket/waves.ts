/** When a release reaches a host: the wave rule of the update metadata. */

/** The largest seed that a wave can end at. */
const seedLimit = 2048;

/** Seed number as text -> start as RFC 3339 time, as in a manifest. */
export type Waves = Readonly<Record<string, string>>;

/** Whether the release is ready for a host with `seed` at `now` (milliseconds since the epoch). */
export function waveReady(waves: Waves, seed: number, now: number): boolean {
  const bounds = Object.entries(waves)
    .map(([key, time]) => ({ key: Number(key), start: Date.parse(time) }))
    .toSorted((a, b) => a.key - b.key);
  const before = bounds.findLast(({ key }) => key < seed);
  const next = bounds.find(({ key }) => key >= seed && key <= seedLimit);
  if (before === undefined) return true;
  if (next === undefined) return now >= before.start;
  // The slope multiplies by the absolute seed, not by its distance from the wave's first one: so does the real rule.
  const perSeed = (next.start - before.start) / (next.key - before.key);
  return now >= next.start || now >= before.start + perSeed * seed;
}
