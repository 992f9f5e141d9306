/** What a run's story tells of the objects: states of nodes with their reasons, cordons, and what policies say. */
import { restoreKey } from '../../src/api/keys.ts';
import type { HookFacts, NodeFacts, NodeView, PolicyFacts } from '../../src/plan/facts.ts';
import { claimOf } from './invariants.ts';
import type { World } from './world.ts';

export function tellStates({ state, tell, onPinned, scenario }: World): void {
  onPinned.push((name, _before, after) => tell(`${name} has ${JSON.stringify(after)}`));
  state.onChange(({ kind, before, after, by }) => {
    if (kind === 'hooks') {
      const [old, job] = [before as HookFacts | undefined, after as HookFacts | undefined];
      const name =
        state.all('nodes').find(({ uid }) => uid === (job ?? old)?.nodeUID)?.name ?? 'a node that is gone';
      if (job === undefined) tell(`${name} loses the Job of ${old?.hook ?? ''}, by ${by}`);
      else if (old === undefined) tell(`${name} gets a Job of ${job.hook}`);
      else if (old.state !== job.state)
        tell(`${name} sees ${job.hook} ${job.state}${job.message === '' ? '' : `: ${job.message}`}`);
    }
    if (after === undefined) return;
    if (kind === 'views') {
      const [old, view] = [before as NodeView | undefined, after as NodeView];
      if (old?.status.state !== view.status.state || old?.status.because !== view.status.because)
        tell(`${view.name} ${view.status.state ?? ''}: ${view.status.because ?? ''}`);
    } else if (kind === 'nodes') {
      const [old, node] = [before as NodeFacts | undefined, after as NodeFacts];
      const [claimed, claims] = [claimOf(old), claimOf(node)];
      if (old?.unschedulable !== node.unschedulable && old !== undefined)
        tell(`${node.name} is ${node.unschedulable ? 'cordoned' : 'uncordoned'}`);
      if (claims?.order !== undefined && claimed?.order === undefined)
        tell(`${node.name} is ordered to reboot`);
      if (restoreKey in node.annotations !== (old !== undefined && restoreKey in old.annotations))
        tell(`${node.name} ${restoreKey in node.annotations ? 'notes its settings' : 'forgets its note'}`);
      if (old !== undefined && old.ready !== node.ready)
        tell(`${node.name} is ${node.ready ? 'Ready' : 'NotReady'}`);
    } else if (kind === 'policies') {
      const [old, policy] = [before as PolicyFacts | undefined, after as PolicyFacts];
      if (old?.status.message !== policy.status.message && policy.status.message !== undefined)
        tell(`policy ${policy.name} ${policy.status.progress ?? ''}: ${policy.status.message}`);
      for (const { name, state: now } of policy.status.gates ?? [])
        if (old?.status.gates?.find((gate) => gate.name === name)?.state !== now)
          tell(`gate ${name} of ${policy.name} is ${now}`);
      const stalled = stalledByGate(policy);
      if (stalled !== undefined && stalledByGate(old) === undefined)
        tell(`policy ${policy.name} is Stalled: ${stalled}`);
      if (scenario.tellsTimes === true) for (const line of timesOf(old, policy)) tell(line);
    }
  });
}

const stalledByGate = (policy: PolicyFacts | undefined): string | undefined =>
  policy?.status.conditions?.find(({ type, reason }) => type === 'Stalled' && reason.startsWith('Gate'))
    ?.reason;
/** What is new in the estimate, the plan and the rollouts of a policy. */
function timesOf(before: PolicyFacts | undefined, { name, status }: PolicyFacts): string[] {
  const old = before?.status;
  const lines: string[] = [];
  if (status.estimatedCompletion !== old?.estimatedCompletion)
    lines.push(`policy ${name} expects to be done ${status.estimatedCompletion ?? 'at no time it knows'}`);
  if (JSON.stringify(status.plan) !== JSON.stringify(old?.plan))
    for (const { node, wave, from, to, startsAt, because } of status.plan ?? [])
      lines.push(
        `policy ${name} plans ${node}${wave === undefined ? '' : ` in wave ${wave}`} from ${from} to ${to ?? '?'} at ${startsAt ?? '?'}: ${because}`,
      );
  if (status.rollout !== undefined && status.rollout.startedAt !== old?.rollout?.startedAt)
    lines.push(`policy ${name} begins a rollout to ${status.rollout.target}`);
  const [last] = status.history ?? [];
  if (last !== undefined && last.endedAt !== old?.history?.[0]?.endedAt)
    lines.push(
      `policy ${name} ends a rollout to ${last.target}: ${last.outcome ?? ''}, ${last.updated} updated, ${last.failed} failed`,
    );
  return lines;
}
