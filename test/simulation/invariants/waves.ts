/** No node is taken before the waves ahead of its own are over and have soaked: by what the hosts run and what the views say. */
import { osAdapters } from '../../../src/adapters/os/index.ts';
import { durationToMillis } from '../../../src/api/duration.ts';
import { holdKey, updateNowKey } from '../../../src/api/keys.ts';
import { exactVersion } from '../../../src/api/target-version.ts';
import type { NodeFacts, NodeView, PolicyFacts } from '../../../src/plan/facts.ts';
import { claimOf, freshEntries, isOperator, ownedNodes } from '../invariants.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import { isAllowedAt } from './versions.ts';

/** Between the clock that a plan reads and the write that follows from it. */
const lag = 10_000;

export function watchWaveInvariants(world: World, machines: ReadonlyMap<string, Machine>): void {
  /** When a node was last seen to be verified, by its UID. */
  const verified = new Map<string, number>();

  const waveOf = (node: string, policy: PolicyFacts): string | undefined => {
    const status = world.state.get('views', node)?.status;
    return status?.policy === policy.name ? status.wave : undefined;
  };

  const hasFailed = ({ name }: NodeFacts): boolean =>
    world.state.get('views', name)?.status.state === 'Failed';

  /** It runs something else than it is to run, and nobody took it out of the rollout. */
  function isBehind(node: NodeFacts, policy: PolicyFacts): boolean {
    const machine = machines.get(node.name);
    const view = world.state.get('views', node.name)?.status;
    if (machine === undefined || view === undefined || 'invalid' in policy.spec) return false;
    if (holdKey in node.annotations) return false;
    if (node.unschedulable && claimOf(node) === undefined) return false;
    const { spec } = policy;
    if (view.attempts?.some(({ count }) => count >= spec.retry.limit) === true) return false;
    const exact = exactVersion(spec);
    if (exact !== undefined) return machine.running !== exact;
    const newer = (version: string | undefined): boolean =>
      version !== undefined &&
      osAdapters[spec.os].compareVersions(version, machine.running) > 0 &&
      isAllowedAt(policy, version, machine.running, world.time.now - lag);
    return newer(view.available) || newer(view.staged);
  }

  world.state.onChange(({ kind, before, after, by }) => {
    // What is known of a soak goes with its policy.
    if (kind === 'policies' && after === undefined) verified.clear();
    // A node that people have taken out of every policy begins anew when it comes back: the operator has deleted its view.
    if (kind === 'views' && after === undefined && isOperator(by))
      verified.delete((before as NodeView | undefined)?.nodeUID ?? '');
    if (kind !== 'policies' || !isOperator(by)) return;
    const put = world.statusPut;
    const [old, policy] = [before as PolicyFacts | undefined, after as PolicyFacts | undefined];
    if (put === undefined || old === undefined || policy === undefined) return;
    const claims = policy.status.claims ?? [];
    const reserved = new Set(
      (old.status.claims ?? []).flatMap(({ nodeUID, phase }) => (phase === 'Reserved' ? [nodeUID] : [])),
    );
    for (const { nodeUID, phase } of claims)
      if (phase === 'Soaking' && reserved.has(nodeUID)) verified.set(nodeUID, world.time.now);
    if ('invalid' in old.spec || (old.spec.rollout.waves ?? []).length === 0) return;
    const waves = old.spec.rollout.waves ?? [];
    const placeOf = (node: string): number | undefined => {
      const name = waveOf(node, old);
      const place = waves.findIndex((wave) => wave.name === name);
      return name === undefined ? undefined : place < 0 ? waves.length : place;
    };
    const owned = ownedNodes(put.nodes, old, put.policies);
    const failures = [...(old.status.failures ?? []), ...(policy.status.failures ?? [])];
    const failed = new Set(failures.map(({ node }) => node));
    for (const { node } of freshEntries(old, policy, put.nodes)) {
      const place = placeOf(node);
      const facts = put.nodes.get(node);
      // It goes ahead of all waves, also of its own.
      if (facts === undefined || updateNowKey in facts.annotations) continue;
      if (place === undefined) return world.fail(`W1: ${node} was taken before its wave was noted`);
      for (const other of owned) {
        const earlier = placeOf(other.name);
        if (earlier === undefined || earlier >= place) continue;
        const wave = waves[earlier];
        if (wave === undefined) continue;
        if (failed.has(other.name) || hasFailed(other)) continue;
        const onItsWay = claims.some((entry) => entry.nodeUID === other.uid);
        if (onItsWay || isBehind(other, old))
          return world.fail(
            `W2: ${node} was taken while ${other.name} of wave ${wave.name} ${onItsWay ? 'is on its way' : 'is behind'}`,
          );
        const at = verified.get(other.uid);
        if (at !== undefined && world.time.now < at + durationToMillis(wave.soak) - lag)
          return world.fail(`W3: ${node} was taken while wave ${wave.name} soaks after ${other.name}`);
      }
    }
  });
}
