/** No zone loses more nodes at once than `rollout.topology` lets: by the ledger at each new entry, and by the claims that really are there. */
import { resolveCount } from '../../../src/api/int-or-percent.ts';
import type { NodeFacts, PolicyFacts } from '../../../src/plan/facts.ts';
import type { Change } from '../cluster-state.ts';
import { claimOf, freshEntries, isOperator, ownedNodes } from '../invariants.ts';
import type { World } from '../world.ts';

export function watchZoneInvariants(world: World): void {
  const judge = (
    policy: PolicyFacts,
    node: NodeFacts | undefined,
    owned: readonly NodeFacts[],
    isOut: (node: NodeFacts) => boolean,
  ): void => {
    if (node === undefined || 'invalid' in policy.spec) return;
    const { topology } = policy.spec.rollout;
    if (topology === undefined) return;
    const value = node.labels[topology.key];
    const zone = owned.filter(({ labels }) => labels[topology.key] === value);
    const out = zone.filter((one) => isOut(one));
    const limit = resolveCount(topology.maxUnavailable, zone.length);
    if (out.length > limit)
      world.fail(
        `Z1: ${policy.name} took ${node.name}: ${out.map(({ name }) => name).join(', ')} of zone ${value ?? '(none)'} are out, ${limit} may be`,
      );
  };
  world.state.onChange((change) => {
    const { before, after, by, kind } = change;
    if (!isOperator(by) || before === undefined || after === undefined) return;
    if (kind === 'policies') {
      const put = world.statusPut;
      if (put === undefined) return;
      const [old, policy] = [before as PolicyFacts, after as PolicyFacts];
      const claimed = new Set((policy.status.claims ?? []).map(({ node }) => node));
      const owned = ownedNodes(put.nodes, old, put.policies);
      for (const { node } of freshEntries(old, policy, put.nodes))
        judge(
          old,
          put.nodes.get(node),
          owned,
          ({ name, ready, unschedulable }) => claimed.has(name) || !ready || unschedulable,
        );
    } else if (kind === 'nodes') {
      const { before: old, after: node } = change as Required<Change<'nodes'>>;
      const policyUID = claimOf(node)?.policyUID;
      if (claimOf(old) !== undefined || policyUID === undefined) return;
      const policies = world.state.all('policies');
      const policy = policies.find(({ uid }) => uid === policyUID);
      if (policy === undefined) return;
      const nodes = new Map(world.state.all('nodes').map((one) => [one.name, one]));
      judge(
        policy,
        node,
        ownedNodes(nodes, policy, policies),
        (one) => claimOf(one)?.policyUID === policyUID,
      );
    }
  });
}
