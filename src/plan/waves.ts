/** `rollout.waves`: nodes in groups, one after another. */
import type { Wave } from '../api/waves.ts';
import type { LedgerEntry, PolicyStatus } from '../api/policy-status.ts';
import type { Millis, NodeFacts } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import { type Decided, isSupported } from './owned-nodes.ts';
import { isUpdateNow } from './update-now.ts';
import { isDone } from './waves/is-done.ts';
import { membersOf } from './waves/members.ts';
import { isOver, type Progress, progressOf, statusOfWaves } from './waves/progress.ts';

export interface Waves {
  /** The nodes, each with its wave in what its view will say. */
  readonly decided: readonly Decided[];
  readonly status: Pick<PolicyStatus, 'currentWave' | 'waves'>;
  /** The place of a node's wave among the others. */
  readonly placeOf: (node: NodeFacts) => number;
  /** Waves after the one of this node do not begin before it is done. */
  readonly isWaitedFor: (node: NodeFacts) => boolean;
  /** What must be over before this node may start. */
  readonly waitOf: (node: NodeFacts) => WaveWait | undefined;
}

export type WaveWait =
  | { readonly kind: 'Nodes'; readonly wave: string; readonly open: readonly Decided[] }
  | { readonly kind: 'Soak'; readonly wave: string; readonly until: Millis }
  /** The view of a node does not say yet to which wave it belongs: a leader after this one might think otherwise. */
  | { readonly kind: 'NotNoted'; readonly node: NodeFacts };

export function wavesOf(
  shared: PolicyCase,
  decided: readonly Decided[],
  entries: readonly LedgerEntry[],
  halted: string | undefined,
): Waves {
  const { spec, policy, snapshot } = shared;
  const { waves, ignoreUnavailable } = spec.rollout;
  if (waves === undefined || waves.length === 0)
    return {
      decided: decided.map((one) => inWave(one, undefined)),
      status: {},
      placeOf: () => 0,
      isWaitedFor: () => false,
      waitOf: () => undefined,
    };
  const supported = decided.filter((one) => isSupported(one));
  const onItsWay = new Set(entries.map(({ nodeUID }) => nodeUID));
  const done = new Set(
    supported.filter((one) => isDone(one, onItsWay, halted, ignoreUnavailable)).map(({ node }) => node.uid),
  );
  const underWay = supported.some(
    ({ node, decision, reading }) =>
      !done.has(node.uid) &&
      (decision.behind === true ||
        decision.candidate === true ||
        // Where only a Stage can tell that it is behind, and none is begun now, say outside a window.
        (decision.unchecked === true && policy.status.rollout !== undefined) ||
        reading.kind === 'Claim' ||
        onItsWay.has(node.uid)),
  );
  const noted = ({ name, uid }: NodeFacts): string | undefined => {
    const view = snapshot.views.get(name);
    return view?.nodeUID === uid && view.status.policy === policy.name ? view.status.wave : undefined;
  };
  const places = membersOf(
    waves,
    supported.map(({ node }) => ({ node, noted: noted(node), done: done.has(node.uid) })),
    supported.length + shared.orphaned.length,
    underWay,
    policy.status.rollout !== undefined || entries.length > 0,
  );
  const placeOf = ({ uid }: NodeFacts): number => places.get(uid) ?? waves.length;
  const nameOf = (node: NodeFacts): string => waves[placeOf(node)]?.name ?? '';
  const isNoted = (node: NodeFacts): boolean => noted(node) === nameOf(node);
  const notNoted = supported.find(({ node }) => !isNoted(node))?.node;
  /** What a policy of this name, gone by now, still has on its way in one of the waves before. */
  const leftBefore = (place: number): Wave | undefined =>
    waves
      .slice(0, place)
      .find(({ name }) =>
        shared.orphaned.some(
          (node) => noted(node) === name && snapshot.views.get(node.name)?.status.state !== 'Failed',
        ),
      );
  const current = policy.status.observedGeneration === policy.generation;
  const progress = progressOf(
    waves,
    [...waves.keys(), waves.length].map((place) => supported.filter(({ node }) => placeOf(node) === place)),
    ({ node }) => !done.has(node.uid),
    current ? policy.status.waves : undefined,
  );
  return {
    decided: decided.map((one) => inWave(one, isSupported(one) ? nameOf(one.node) : undefined)),
    status: statusOfWaves(progress, snapshot.now),
    placeOf,
    isWaitedFor: ({ uid }) => places.has(uid) && !done.has(uid),
    waitOf: (node) => {
      if (isUpdateNow(node)) return undefined;
      if (!isNoted(node)) return { kind: 'NotNoted', node };
      const left = leftBefore(placeOf(node));
      if (left !== undefined) return { kind: 'Nodes', wave: left.name, open: [] };
      const wait = waitFor(progress.slice(0, placeOf(node)), snapshot.now);
      // Whoever leads after this must find them all where they are, or it puts the others elsewhere.
      return wait ?? (notNoted === undefined ? undefined : { kind: 'NotNoted', node: notNoted });
    },
  };
}

function waitFor(before: readonly Progress[], now: Millis): WaveWait | undefined {
  const first = before.find((one) => !isOver(one, now));
  if (first === undefined) return undefined;
  const { name: wave, open, soakUntil } = first;
  if (open.length > 0 || soakUntil === undefined) return { kind: 'Nodes', wave, open };
  return { kind: 'Soak', wave, until: soakUntil };
}

function inWave(one: Decided, wave: string | undefined): Decided {
  const { wave: before, ...seen } = one.decision.seen;
  if (before === wave) return one;
  return { ...one, decision: { ...one.decision, seen: wave === undefined ? seen : { ...seen, wave } } };
}
