/** What is worth an event: a node that changes its state in a way people follow, a policy that halts or finishes. */
import type { NodeStateName } from '../api/container-os-node.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import { sayGate } from './gates.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import { rolloutEvents } from './rollout-events.ts';
import type { Snapshot } from './snapshot.ts';
import type { Announcement } from './step.ts';
import { windowEvents } from './window-story.ts';

const told: Partial<
  Record<
    NodeStateName,
    { readonly reason: string; readonly action: string; readonly type: 'Normal' | 'Warning' }
  >
> = {
  Draining: { reason: 'Draining', action: 'Drain', type: 'Normal' },
  Rebooting: { reason: 'Rebooting', action: 'Reboot', type: 'Normal' },
  Soaking: { reason: 'Verified', action: 'Uncordon', type: 'Normal' },
  Failed: { reason: 'UpdateFailed', action: 'Update', type: 'Warning' },
};

export function announcementsOf(
  shared: PolicyCase,
  decided: readonly Decided[],
  status: PolicyStatus,
  snapshot: Snapshot,
): readonly Announcement[] {
  const list: Announcement[] = [];
  for (const { node, decision } of decided) {
    const before = snapshot.views.get(node.name)?.status;
    const tell = told[decision.state];
    const regarding = { kind: 'Node', name: node.name, uid: node.uid } as const;
    if (tell !== undefined && before?.state !== decision.state)
      list.push({ regarding, ...tell, note: decision.because });
    const blocked = decision.reason === 'DrainBlocked' || decision.reason === 'DrainImpossible';
    if (blocked && before?.reason !== decision.reason)
      list.push({
        regarding,
        type: 'Warning',
        reason: decision.reason ?? '',
        action: 'Drain',
        note: decision.because,
      });
  }
  const { policy } = shared;
  const regarding = { kind: 'ContainerOSPolicy', name: policy.name, uid: policy.uid } as const;
  const now = (type: string, conditions: PolicyStatus['conditions']): string | undefined => {
    const one = conditions?.find((condition) => condition.type === type);
    return one?.status === 'True' ? one.reason : undefined;
  };
  const awaitedBy = (conditions: PolicyStatus['conditions']): string | undefined => {
    const one = conditions?.find(({ type }) => type === 'Progressing');
    return one?.reason === 'AwaitingApproval' ? one.message : undefined;
  };
  const awaited = awaitedBy(status.conditions);
  if (awaited !== undefined && awaited !== awaitedBy(policy.status.conditions))
    list.push({ regarding, type: 'Normal', reason: 'AwaitingApproval', action: 'Rollout', note: awaited });
  const stalled = now('Stalled', status.conditions);
  if (stalled !== undefined && stalled !== now('Stalled', policy.status.conditions))
    list.push({ regarding, type: 'Warning', reason: stalled, action: 'Rollout', note: status.message ?? '' });
  list.push(...gateNews(policy.status, status).map((news) => ({ regarding, ...news })));
  // On COS all are up to date, as far as is known, between one node and the next.
  const isComplete = ({ conditions, rollout }: PolicyStatus): boolean =>
    now('UpToDate', conditions) !== undefined && rollout === undefined;
  const isNews = isComplete(status) && !isComplete(policy.status) && policy.status.observedGeneration !== -1;
  const hasEnded = policy.status.rollout !== undefined;
  if (isNews && (hasEnded || !decided.some((one) => isAskedAgain(one, snapshot))))
    list.push({
      regarding,
      type: 'Normal',
      reason: 'RolloutComplete',
      action: 'Rollout',
      note: status.message ?? '',
    });
  for (const event of rolloutEvents(policy.status, status)) list.push({ regarding, ...event });
  for (const event of windowEvents(shared, decided, status)) list.push({ regarding, ...event });
  return list;
}

/** It was up to date before a Stage asked whether there is anything newer, and is so after it: nothing was rolled out. */
function isAskedAgain({ node, decision: { state, seen } }: Decided, { views }: Snapshot): boolean {
  const before = views.get(node.name)?.status;
  return (
    before?.state === 'Staging' &&
    state === 'UpToDate' &&
    before.checkedAt !== undefined &&
    before.version === seen.version
  );
}

/** A gate that closes or opens; one that was open from the first is no news. */
function gateNews(before: PolicyStatus, after: PolicyStatus): readonly Omit<Announcement, 'regarding'>[] {
  return (after.gates ?? []).flatMap(({ name, state, because }) => {
    const known = before.gates?.find((gate) => gate.name === name)?.state ?? 'Open';
    if (known === state) return [];
    const type = state === 'Open' ? 'Normal' : 'Warning';
    const note = sayGate({ name }, { state, because });
    return [{ type, reason: `Gate${state === 'Open' ? 'Open' : state}`, action: 'Rollout', note } as const];
  });
}
