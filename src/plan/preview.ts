/**
 * The drain preview: before a node is cordoned, would its drain be able to start? It looks at each PodDisruptionBudget for one
 * disruption that no other claim has spoken for, and at Pods that nothing can move. It delays; it never decides in place of the
 * Eviction API.
 */
import type { PdbFacts, PodFacts } from './facts.ts';
import { type DrainSpec, isEvictable, podTitle, standingBlock } from './drain.ts';
import { isExempt, matchingPdbs, pdbTitle } from './pdb.ts';
import type { Snapshot } from './snapshot.ts';

/** Disruptions that claims have spoken for, by PDB title. */
export type SpokenFor = ReadonlyMap<string, number>;

export type PreviewVerdict =
  | {
      readonly kind: 'Clear';
      /** PDBs that this drain needs a disruption of. */ readonly needs: readonly string[];
    }
  | { readonly kind: 'Refused'; readonly because: string };

export function judgePreview(
  pods: readonly PodFacts[],
  drain: DrainSpec,
  snapshot: Pick<Snapshot, 'pdbs' | 'self' | 'now'>,
  spokenFor: SpokenFor,
): PreviewVerdict {
  const leaving = pods.filter((pod) => isEvictable(pod, drain, snapshot.self));
  for (const pod of leaving) {
    const block = standingBlock(pod, drain, snapshot.now);
    if (block !== undefined) return { kind: 'Refused', because: block };
  }
  const needs = new Map<string, { readonly pdb: PdbFacts; readonly pod: PodFacts }>();
  for (const pod of leaving) {
    // The Eviction API asks no budget about these, however many there are.
    if (pod.deletionTimestamp !== undefined || pod.phase === 'Pending') continue;
    const pdbs = matchingPdbs(pod, snapshot.pdbs);
    const [first, second] = pdbs;
    if (first !== undefined && second !== undefined)
      return {
        kind: 'Refused',
        because: `pod ${podTitle(pod)} is under two PodDisruptionBudgets, ${pdbTitle(first)} and ${pdbTitle(second)}: the Eviction API refuses such a pod always`,
      };
    if (first !== undefined && !isExempt(pod, first)) needs.set(pdbTitle(first), { pdb: first, pod });
  }
  for (const [title, { pdb, pod }] of needs) {
    if (!pdb.current)
      return {
        kind: 'Refused',
        because: `the status of PodDisruptionBudget ${title} is behind its spec (pod ${podTitle(pod)})`,
      };
    const free = pdb.disruptionsAllowed - (spokenFor.get(title) ?? 0);
    if (free < 1)
      return {
        kind: 'Refused',
        because:
          pdb.disruptionsAllowed < 1
            ? `PodDisruptionBudget ${title} allows no disruption now (pod ${podTitle(pod)})`
            : `PodDisruptionBudget ${title} has no disruption left beside the nodes that are being drained (pod ${podTitle(pod)})`,
      };
  }
  return { kind: 'Clear', needs: [...needs.keys()] };
}

/** What one node's remaining Pods will ask of each budget: at most one disruption at a time. */
export function speakFor(
  pods: readonly PodFacts[],
  drain: DrainSpec,
  snapshot: Pick<Snapshot, 'pdbs' | 'self'>,
): ReadonlySet<string> {
  const titles = new Set<string>();
  for (const pod of pods) {
    if (!isEvictable(pod, drain, snapshot.self) || pod.deletionTimestamp !== undefined) continue;
    const [pdb] = matchingPdbs(pod, snapshot.pdbs);
    if (pdb !== undefined && !isExempt(pod, pdb)) titles.add(pdbTitle(pdb));
  }
  return titles;
}
