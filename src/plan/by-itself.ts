/** What a host does on its own: any reboot enters what it has staged, also one that nobody ordered. That is told whatever else the node waits for. */
import type { NodeStateName, NodeViewStatus } from '../api/container-os-node.ts';
import { told } from './node-reasons.ts';
import type { OsRules } from './os-rules.ts';
import type { Decided } from './owned-nodes.ts';

/** States in which nothing is done about it now. */
const waiting: ReadonlySet<NodeStateName> = new Set(['Unknown', 'UpToDate', 'Staged', 'Held', 'Failed']);

export function tellByItself(one: Decided, rules: OsRules): Decided {
  const { decision, reading, node } = one;
  const { seen, because, state } = decision;
  // What was so under another boot is so no more.
  if (reading.kind !== 'None' || seen.inspectedBootID !== node.bootID || !waiting.has(state)) return one;
  const said = tellStaging(seen, because, rules);
  if (said !== undefined)
    return because.startsWith(said)
      ? one
      : { ...one, decision: { ...decision, because: `${said}; ${because}` } };
  if (seen.working === undefined) return one;
  // With its end the node may be behind.
  const open = state === 'Unknown' || state === 'UpToDate';
  return {
    ...one,
    decision: {
      ...decision,
      because: `said at its last inspection: ${seen.working.replace(/\.$/, '')}; ${because}`,
      ...(open ? { taskReason: decision.taskReason ?? told(inProgress) } : {}),
    },
  };
}

/** The reason of a task that found the host's updater at work by itself. */
export const inProgress = 'InProgress';

function tellStaging(seen: NodeViewStatus, because: string, rules: OsRules): string | undefined {
  const unwanted = tellUnwanted(seen, rules);
  if (unwanted === undefined) return tellStaged(seen, rules);
  // A failure to take it back says the same.
  return because.includes(`${seen.staged ?? ''} is staged, `) ? undefined : unwanted;
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
