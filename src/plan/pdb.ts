/** PodDisruptionBudgets, as the Eviction API will read them. */
import { selects } from '../api/label-selector.ts';
import type { PdbFacts, PodFacts } from './facts.ts';

export const pdbTitle = ({ namespace, name }: Pick<PdbFacts, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

export function matchingPdbs(pod: PodFacts, pdbs: readonly PdbFacts[]): readonly PdbFacts[] {
  return pdbs.filter(
    (pdb) => pdb.namespace === pod.namespace && pdb.selector !== 'None' && selects(pdb.selector, pod.labels),
  );
}

/** The Eviction API lets a Pod that is not Ready go without asking the budget; not where the budget wants none to be healthy. */
export function isExempt(pod: PodFacts, pdb: PdbFacts): boolean {
  if (pod.phase === 'Pending' || pod.deletionTimestamp !== undefined) return true;
  if (pod.ready) return false;
  if (pdb.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return pdb.desiredHealthy > 0 && pdb.currentHealthy >= pdb.desiredHealthy;
}
