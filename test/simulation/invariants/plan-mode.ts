/** A policy in mode Plan changes nothing but our own objects: no slot, no claim, no cordon, no Stage, no eviction that was not on its way. */
import type { NodeFacts, PolicyFacts } from '../../../src/plan/facts.ts';
import type { StoredTask } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

/** Between the clock that a plan reads and the write that follows from it. */
const lag = 10_000;

export function watchPlanInvariants({ state, time, fail }: World): void {
  /** Since when, by policy UID. */
  const plansSince = new Map<string, number>();

  const onlyPlans = (policyUID: string | undefined): boolean =>
    policyUID !== undefined && time.now - (plansSince.get(policyUID) ?? time.now) > lag;

  state.onChange(({ kind, before, after, by }) => {
    if (kind === 'policies') {
      const policy = after as PolicyFacts | undefined;
      const old = before as PolicyFacts | undefined;
      const uid = policy?.uid ?? old?.uid ?? '';
      const plans = policy !== undefined && !('invalid' in policy.spec) && policy.spec.mode === 'Plan';
      if (!plans) plansSince.delete(uid);
      else if (!plansSince.has(uid)) plansSince.set(uid, time.now);
      if (!isOperator(by) || policy === undefined || !onlyPlans(uid)) return;
      const known = new Set((old?.status.claims ?? []).map(({ nodeUID }) => nodeUID));
      for (const { node, nodeUID } of policy.status.claims ?? [])
        if (!known.has(nodeUID) && claimOf(state.get('nodes', node)) === undefined)
          fail(`P1: ${node} got a slot of ${policy.name}, which is in mode Plan`);
      return;
    }
    if (!isOperator(by) || after === undefined) return;
    if (kind === 'nodes') {
      const [old, node] = [before as NodeFacts | undefined, after as NodeFacts];
      const claim = claimOf(node);
      if (claimOf(old) === undefined && onlyPlans(claim?.policyUID))
        fail(`P1: ${node.name} was claimed for a policy in mode Plan`);
      if (claim?.order !== undefined && claimOf(old)?.order === undefined && onlyPlans(claim.policyUID))
        fail(`P1: ${node.name} was ordered to reboot by a policy in mode Plan`);
    }
    if (kind === 'tasks' && before === undefined) {
      const task = after as StoredTask;
      if (task.task === 'Stage' && onlyPlans(task.policyUID))
        fail(`P1: ${task.nodeName} is staged for a policy in mode Plan`);
    }
  });
}
