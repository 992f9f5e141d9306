/**
 * Which wave each node belongs to: the place of its wave in the spec; one past the last is the nameless wave of those that fit none.
 * What was noted in a node's view before is kept as far as it can be, so that a rollout goes on as it began.
 */
import { resolveCount } from '../../api/int-or-percent.ts';
import { selects } from '../../api/label-selector.ts';
import type { Wave } from '../../api/waves.ts';
import type { NodeFacts } from '../facts.ts';

export interface Candidate {
  readonly node: NodeFacts;
  /** The name of the wave that its view says, of this policy. */
  readonly noted: string | undefined;
  /** The next wave does not wait for it. */
  readonly done: boolean;
}

/** By node UID. `nodes` are in the order of their names. */
export function membersOf(
  waves: readonly Wave[],
  nodes: readonly Candidate[],
  /** What percentages are of. */
  total: number,
  /** Nodes are behind or on their way: nobody changes places. */
  underWay: boolean,
  /** Nodes were taken already. Before, who has no place gets the one that filling all waves at once gives it: some may be noted, and others not yet. */
  begun: boolean,
): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const { node, noted } of nodes) {
    const place = noted === '' ? waves.length : waves.findIndex(({ name }) => name === noted);
    if (place === waves.length || fits(waves[place], node)) kept.set(node.uid, place);
  }
  const limits = waves.map((wave) =>
    wave.nodes === undefined ? Number.POSITIVE_INFINITY : resolveCount(wave.nodes, total),
  );
  return underWay && kept.size > 0
    ? joined(waves, limits, nodes, kept, begun)
    : filled(waves, limits, nodes, kept);
}

const fits = (wave: Wave | undefined, { labels }: NodeFacts): boolean =>
  wave !== undefined && (wave.selector === undefined || selects(wave.selector, labels));

/** Nothing is under way: each wave takes what it is to have, first those that it had, then by name. */
function filled(
  waves: readonly Wave[],
  limits: readonly number[],
  nodes: readonly Candidate[],
  kept: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const members = new Map<string, number>();
  for (const [place, wave] of waves.entries()) {
    const free = nodes.filter(({ node }) => !members.has(node.uid) && fits(wave, node));
    const had = free.filter(({ node }) => kept.get(node.uid) === place);
    const others = free.filter(({ node }) => kept.get(node.uid) !== place);
    for (const { node } of [...had, ...others].slice(0, limits[place])) members.set(node.uid, place);
  }
  for (const { node } of nodes) if (!members.has(node.uid)) members.set(node.uid, waves.length);
  return members;
}

/**
 * Who has a place keeps it. Who has none joins the last wave that is not over, fits, and has room; before the first node is taken the first
 * that fits and has room.
 */
function joined(
  waves: readonly Wave[],
  limits: readonly number[],
  nodes: readonly Candidate[],
  kept: ReadonlyMap<string, number>,
  begun: boolean,
): ReadonlyMap<string, number> {
  const members = new Map(kept);
  const sizes = waves.map((_, place) => [...kept.values()].filter((one) => one === place).length);
  const open = nodes.flatMap(({ node, done }) => (done ? [] : [kept.get(node.uid) ?? waves.length]));
  const current = Math.min(waves.length, ...open);
  for (const { node } of nodes) {
    if (members.has(node.uid)) continue;
    const hasRoom = (wave: Wave, at: number): boolean =>
      fits(wave, node) && (sizes[at] ?? 0) < (limits[at] ?? 0);
    const place = begun
      ? waves.findLastIndex((wave, at) => at >= current && hasRoom(wave, at))
      : waves.findIndex(hasRoom);
    if (place >= 0) sizes[place] = (sizes[place] ?? 0) + 1;
    members.set(node.uid, place < 0 ? waves.length : place);
  }
  return members;
}
