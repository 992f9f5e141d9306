/** What a ContainerOSNode is to say after a pass, if that is not what it says. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { Decided } from './owned-nodes.ts';
import { same } from './same.ts';
import type { Snapshot } from './snapshot.ts';
import type { StepName, ViewWrite } from './step.ts';
import { isoTime } from './text.ts';

/** Steps before which the view must know what this pass does: what it was made from goes, or a retry is carried out. */
const destroying: ReadonlySet<StepName> = new Set(['DeleteTask', 'Release', 'CreateHook']);

export function viewOf(
  { node, decision, ownership }: Pick<Decided, 'node' | 'decision' | 'ownership'>,
  snapshot: Snapshot,
): readonly ViewWrite[] {
  const view = snapshot.views.get(node.name);
  const stored = view?.nodeUID === node.uid ? view.status : undefined;
  const { reason: _reason, target: _target, ...seen } = decision.seen;
  const ofItsSystem =
    seen.os === undefined ? undefined : snapshot.rules[seen.os].reasonOf(decision.state, seen);
  const reason = decision.reason ?? decision.taskReason ?? ofItsSystem;
  const since =
    stored?.state === decision.state && stored.since !== undefined ? stored.since : isoTime(snapshot.now);
  const status: NodeViewStatus = {
    ...seen,
    ...(ownership.kind === 'Tie' ? { policy: ownership.policies.join(',') } : {}),
    ...(decision.target === undefined || decision.target === '' ? {} : { target: decision.target }),
    ...(reason === undefined ? {} : { reason }),
    state: decision.state,
    since,
    because: decision.because.slice(0, 1024),
  };
  if (stored !== undefined && same(status, stored)) return [];
  const urgent =
    // Who follows this leader must find the node in the wave where this one has it, and know when it was verified.
    // A wave of another policy is another wave, whatever its name.
    (status.wave !== undefined && (status.wave !== stored?.wave || status.policy !== stored.policy)) ||
    !same(status.lastUpdate, stored?.lastUpdate) ||
    (decision.steps.some(({ do: name }) => destroying.has(name)) && !sameFacts(status, stored));
  return [{ node: node.name, nodeUID: node.uid, status, urgent }];
}

/** Alike in everything that is not just the story of the moment. */
function sameFacts(a: NodeViewStatus, b: NodeViewStatus | undefined): boolean {
  if (b === undefined) return false;
  const facts = ({
    state: _state,
    since: _since,
    because: _because,
    reason: _reason,
    target: _target,
    ...rest
  }: NodeViewStatus): unknown => rest;
  return same(facts(a), facts(b));
}
