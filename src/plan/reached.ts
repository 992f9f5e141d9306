import type { ClaimedCase } from './node-case.ts';

/**
 * Whether a node that came back counts as updated. An exact target: just that version. Plain `Latest`: the frozen version or a newer
 * one that was released meanwhile. Where the OS chooses: anything newer than before.
 */
export function reached({ rules, claim }: Pick<ClaimedCase, 'rules' | 'claim'>, version: string): boolean {
  if (version === '') return false;
  if (!rules.choosesVersion || claim.target === '') return rules.compareVersions(version, claim.from) > 0;
  const difference = rules.compareVersions(version, claim.target);
  return claim.exact === true ? difference === 0 : difference >= 0;
}
