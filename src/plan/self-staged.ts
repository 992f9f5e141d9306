/** What a host staged on its own: any reboot enters it, also one that nobody ordered. That is told whatever else the node waits for. */
import type { NodeStateName, NodeViewStatus } from '../api/container-os-node.ts';
import type { OsRules } from './os-rules.ts';
import type { Decided } from './owned-nodes.ts';

/** States in which nothing is done about it now. */
const waiting: ReadonlySet<NodeStateName> = new Set(['Unknown', 'UpToDate', 'Staged', 'Held', 'Failed']);

export function tellSelfStaged(one: Decided, rules: OsRules): Decided {
  const { decision, reading, node } = one;
  const { seen, because } = decision;
  // What was staged under another boot is staged no more.
  if (reading.kind !== 'None' || seen.inspectedBootID !== node.bootID || !waiting.has(decision.state))
    return one;
  const told = tellUnwanted(seen, rules) ?? tellStaged(seen, rules);
  if (told === undefined || because.startsWith(told)) return one;
  return { ...one, decision: { ...decision, because: `${told}; ${because}` } };
}

function tellStaged({ staged, available }: NodeViewStatus, rules: OsRules): string | undefined {
  // What a Stage found or did is noted as available.
  if (!rules.stageIsActivation || staged === undefined || staged === available) return undefined;
  return `${staged} was staged by the host itself; any reboot activates it`;
}

/** Somebody staged what is not newer, as a rollback does: the next Stage takes it back, and is due at once. */
export function tellUnwanted({ version, staged }: NodeViewStatus, rules: OsRules): string | undefined {
  if (!rules.stageIsActivation || staged === undefined || version === undefined) return undefined;
  if (rules.compareVersions(staged, version) > 0) return undefined;
  return `${staged}, which is not newer than ${version}, is staged; any reboot enters it`;
}
