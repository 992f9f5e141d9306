/** What a host staged on its own: any reboot enters it, also one that nobody ordered. That is told whatever else the node waits for. */
import type { OsRules } from './os-rules.ts';
import type { Decided } from './owned-nodes.ts';

export function tellSelfStaged(one: Decided, rules: OsRules): Decided {
  const { decision, reading } = one;
  const { version = '', staged, available } = decision.seen;
  // What a Stage found or did is noted as available.
  if (!rules.stageIsActivation || reading.kind !== 'None' || staged === undefined || staged === available)
    return one;
  if (decision.state !== 'Staged' && decision.state !== 'Held') return one;
  if (rules.compareVersions(staged, version) <= 0) return one;
  const told = `${staged} was staged by the host itself; any reboot activates it`;
  return { ...one, decision: { ...decision, because: `${told}; ${decision.because}` } };
}
