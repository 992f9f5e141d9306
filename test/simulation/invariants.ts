/** What must hold after every write, whatever fails (design 4). Written against the stored objects alone, not against the planner. */
import { parseClaim, type Claim } from '../../src/api/claim.ts';
import { resolveCount } from '../../src/api/int-or-percent.ts';
import type { LedgerEntry } from '../../src/api/policy-status.ts';
import { claimKey, controlPlaneKeys, keepCordonedKey, updateNowKey } from '../../src/api/keys.ts';
import { type HostSettings, isOurs, settingNames } from '../../src/api/restore.ts';
import { selects } from '../../src/api/label-selector.ts';
import type { NodeFacts, PodFacts, PolicyFacts } from '../../src/plan/facts.ts';
import { readRestore } from '../../src/plan/restore-note.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import type { Change } from './cluster-state.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

export const claimOf = (node: NodeFacts | undefined): Claim | undefined => {
  const text = node?.annotations[claimKey];
  if (text === undefined) return undefined;
  const read = parseClaim(text);
  return 'claim' in read ? read.claim : undefined;
};

export const isOperator = (by: string): boolean => by.startsWith('operator');

class Invariants {
  readonly #world: World;
  readonly #machines: ReadonlyMap<string, Machine>;
  /** Whose cordon it is, by Node UID. */
  readonly #cordonedBy = new Map<string, 'operator' | 'somebody'>();
  readonly #evicted = new Set<string>();
  #calls = 0;
  /** Nodes whose claim somebody else took away, with the Node or without. */
  readonly #strangers = new Set<string>();
  readonly #remade = new Set<string>();

  constructor(world: World, machines: ReadonlyMap<string, Machine>) {
    this.#world = world;
    this.#machines = machines;
    world.onOrderedReboot.push((machine, attempt) => {
      if (!this.#strangers.has(machine) && claimOf(world.state.get('nodes', machine))?.attempt !== attempt)
        this.#break('S4', `${machine} reboots by an order whose claim is gone`);
    });
    world.onPinned.push((machine, before, after) => this.#pinned(machine, before, after));
    world.state.onChange((change) => {
      if (change.kind === 'nodes') this.#node(change as Change<'nodes'>);
      if (change.kind === 'policies') this.#policy(change as Change<'policies'>);
      if (change.kind === 'views') this.#view(change as Change<'views'>);
      if (change.kind === 'pods') this.#pod(change as Change<'pods'>);
      this.#reboots();
    });
  }

  /** Whatever is changed on a host, its Node says what it was; only what is not ours is anybody's own. */
  #pinned(name: string, before: HostSettings, after: HostSettings): void {
    const node = this.#world.state.get('nodes', name);
    // The note went with the Node.
    if (node === undefined || this.#remade.has(name)) return;
    const reading = readRestore(node);
    if (reading.kind !== 'Note') return this.#break('S11', `${name}'s settings were changed without a note`);
    const { note } = reading;
    for (const key of settingNames) {
      if (before[key] === after[key]) continue;
      if (before[key] !== note[key] && !isOurs(note, key, before[key]))
        this.#break('S11', `${name} lost ${key} ${String(before[key])}, which was somebody's`);
      if (after[key] !== note[key] && !isOurs(note, key, after[key]))
        this.#break('S11', `${name} got ${key} ${String(after[key])}, which its note does not know`);
    }
  }

  #break(invariant: string, what: string): void {
    this.#world.fail(`${invariant}: ${what}`);
  }

  #node({ before, after, by }: Change<'nodes'>): void {
    if (after === undefined) {
      if (before !== undefined) this.#strangers.add(before.name);
      if (before !== undefined) this.#remade.add(before.name);
      return;
    }
    const claimBefore = claimOf(before);
    const claim = claimOf(after);
    const cordoned = before?.unschedulable !== true && after.unschedulable;
    const uncordoned = before?.unschedulable === true && !after.unschedulable;
    if (isOperator(by) && before !== undefined) {
      if (cordoned && (claimBefore !== undefined || claim === undefined))
        this.#break('S7', `${after.name} was cordoned without a claim in the same write`);
      if (uncordoned && (claimBefore === undefined || claim !== undefined))
        this.#break('S7', `${after.name} was uncordoned without its claim going in the same write`);
      if (uncordoned && this.#cordonedBy.get(after.uid) !== 'operator')
        this.#break('S6', `the cordon of ${after.name} was lifted, which was not ours`);
      if (uncordoned && keepCordonedKey in after.annotations)
        this.#break('S6', `${after.name} was uncordoned in spite of keep-cordoned`);
      if (claimBefore === undefined && claim !== undefined) this.#claimed(before, after);
      if (claim?.order !== undefined && claimBefore?.order === undefined) this.#ordered(after);
      this.#onlyOurs(before, after);
    } else if (claimBefore !== undefined && claim === undefined) this.#strangers.add(after.name);
    if (cordoned) this.#cordonedBy.set(after.uid, isOperator(by) ? 'operator' : 'somebody');
    if (!after.unschedulable) this.#cordonedBy.delete(after.uid);
    // A cordon that outlives its claim by somebody's wish is theirs.
    if (claim === undefined && after.unschedulable) this.#cordonedBy.set(after.uid, 'somebody');
  }

  #claimed(before: NodeFacts, after: NodeFacts): void {
    this.#actuallyOut(after);
    const wished = updateNowKey in before.annotations && claimOf(after)?.foreignCordon === true;
    if (before.unschedulable && !wished)
      this.#break('S6', `${after.name} was claimed in spite of somebody's cordon`);
    if (!controlPlaneKeys.some((key) => key in after.labels)) return;
    for (const other of this.#world.state.all('nodes'))
      if (
        other.name !== after.name &&
        claimOf(other) !== undefined &&
        controlPlaneKeys.some((key) => key in other.labels)
      )
        this.#break('S13', `${after.name} was claimed beside ${other.name}, both control-plane nodes`);
  }

  /** Whatever ledger and caches say: so many claims of one policy really are on Nodes. */
  #actuallyOut(node: NodeFacts): void {
    const { state } = this.#world;
    const policy = state.get('policies', claimOf(node)?.policyUID ?? '');
    if (policy === undefined || 'invalid' in policy.spec) return;
    const nodes = new Map(state.all('nodes').map((one) => [one.name, one]));
    const owned = ownedNodes(nodes, policy, state.all('policies'));
    const claimed = owned.filter((one) => claimOf(one)?.policyUID === policy.uid);
    const limit = resolveCount(policy.spec.rollout.maxUnavailable, owned.length);
    if (claimed.length > limit)
      this.#break('S1', `${claimed.map(({ name }) => name).join(', ')} are claimed, ${limit} may be`);
  }

  #ordered(node: NodeFacts): void {
    const { lists, time } = this.#world;
    if (!node.unschedulable) this.#break('S4', `the reboot of ${node.name} was ordered without a cordon`);
    const list = lists.findLast((one) => one.node === node.name);
    if (list === undefined || time.now - list.at > 5000)
      return this.#break('S4', `the reboot of ${node.name} was ordered without a list of the last 5 s`);
    const left = list.pods.find((pod) => isEvictable(pod));
    if (left !== undefined)
      this.#break('S4', `the reboot of ${node.name} was ordered with ${left.name} on it`);
  }

  #onlyOurs(before: NodeFacts, after: NodeFacts): void {
    const strip = ({ annotations, unschedulable: _u, resourceVersion: _r, ...rest }: NodeFacts): string =>
      JSON.stringify([
        rest,
        Object.entries(annotations).filter(
          ([key]) => !key.startsWith('containeros.dev/') && !/^(cluster-autoscaler|karpenter)/.test(key),
        ),
      ]);
    if (strip(before) !== strip(after))
      this.#break('S11', `a field of ${after.name} changed that is not ours`);
  }

  #pod({ before, after, by }: Change<'pods'>): void {
    const leaves = after?.deletionTimestamp !== undefined && before?.deletionTimestamp === undefined;
    if (leaves && isOperator(by)) {
      this.#evicted.add(after.uid);
      if (!isEvictable(after)) this.#break('S3', `${after.name} was evicted, which is exempt`);
    }
    if (after === undefined && before !== undefined && by !== 'person' && !this.#evicted.has(before.uid))
      this.#break('S3', `${before.name} left without an accepted eviction`);
  }

  #view({ after }: Change<'views'>): void {
    if (after !== undefined && (after.status.because ?? '') === '')
      this.#break('L1', `${after.name} is ${after.status.state ?? 'nowhere'} without a reason`);
  }

  #policy({ before, after, by }: Change<'policies'>): void {
    if (!isOperator(by) || before === undefined || after === undefined) return;
    const put = this.#world.statusPut;
    if (put === undefined) return;
    const known = new Map((before.status.claims ?? []).map((entry) => [entry.nodeUID, entry]));
    const claims = after.status.claims ?? [];
    const fresh = freshEntries(before, after, put.nodes);
    for (const entry of claims) {
      const earlier = known.get(entry.nodeUID);
      if (entry.phase === 'Soaking' && earlier?.phase === 'Reserved') this.#verified(entry.node, after);
    }
    if (fresh.length === 0) return;
    if ('invalid' in before.spec)
      return this.#break('S9', 'a node was taken under a spec that cannot be used');
    const { spec } = before;
    const names = fresh.map(({ node }) => node).join(', ');
    const stop = spec.paused
      ? 'paused'
      : spec.mode === 'Plan'
        ? 'in mode Plan'
        : before.deleting
          ? 'deleted'
          : undefined;
    if (stop !== undefined) this.#break('S9', `${names} was taken while ${before.name} was ${stop}`);
    const owned = ownedNodes(put.nodes, before, put.policies);
    // A failed node that is gone halts nothing any more.
    const alive = new Set([...put.nodes.values()].map(({ uid }) => uid));
    const failed = (before.status.failures ?? []).filter(({ nodeUID }) => alive.has(nodeUID));
    const halted = failed.length >= resolveCount(spec.rollout.maxFailures, Math.max(1, owned.length));
    const retried = spec.retry.token !== undefined && spec.retry.token !== before.status.retryToken;
    if (halted && !retried) this.#break('S9', `${names} was taken while ${before.name} was halted`);
    const used = new Set([
      ...claims.map(({ node }) => node),
      ...owned.filter((node) => !node.ready || node.unschedulable).map(({ name }) => name),
    ]);
    const limit = Math.min(resolveCount(spec.rollout.maxUnavailable, owned.length), 200);
    if (used.size > limit)
      this.#break(
        'S1',
        `${before.name} took ${names}: ${[...used].join(', ')} are out of service, ${limit} may be`,
      );
  }

  #verified(name: string, policy: PolicyFacts): void {
    const node = this.#world.state.get('nodes', name);
    const machine = this.#machines.get(name);
    const claim = claimOf(node);
    if (node === undefined || machine === undefined || claim === undefined || 'invalid' in policy.spec)
      return;
    const from = claim.order?.bootID ?? claim.bootID;
    if (node.bootID === from)
      this.#break('S8', `${name} counts as updated on the boot from before its order`);
    if (!hasReached(claim, machine.running))
      this.#break('S8', `${name} counts as updated and runs ${machine.running}`);
  }

  #reboots(): void {
    const { rebootCalls } = this.#world;
    for (; this.#calls < rebootCalls.length; this.#calls += 1) {
      const call = rebootCalls[this.#calls];
      if (call === undefined) continue;
      if (call.bootID !== call.orderBootID)
        this.#break('S5', `${call.machine} was told to reboot on another boot`);
      if (call.hostTime > call.notAfter) this.#break('S5', `${call.machine} was told to reboot too late`);
    }
  }
}

/** The claim's target, or what may count instead. */
export function hasReached(claim: Claim, version: string): boolean {
  const rules = osAdapters[claim.os];
  if (claim.exact === true) return version === claim.target;
  return claim.os === 'Bottlerocket'
    ? rules.compareVersions(version, claim.target) >= 0
    : rules.compareVersions(version, claim.from) > 0;
}

/** Entries of the ledger that take a node, and not up a claim that was found on it. */
export function freshEntries(
  before: PolicyFacts,
  after: PolicyFacts,
  nodes: ReadonlyMap<string, NodeFacts>,
): readonly LedgerEntry[] {
  const known = new Set((before.status.claims ?? []).map(({ nodeUID }) => nodeUID));
  return (after.status.claims ?? []).filter(({ nodeUID, attempt }) => {
    if (known.has(nodeUID)) return false;
    const node = [...nodes.values()].find(({ uid }) => uid === nodeUID);
    return claimOf(node)?.attempt !== attempt;
  });
}

const isEvictable = (pod: PodFacts): boolean =>
  !pod.mirror && pod.controller?.kind !== 'DaemonSet' && pod.phase !== 'Succeeded' && pod.phase !== 'Failed';

/** The nodes that the policy's budget is about, without Unsupported ones and ties. */
export function ownedNodes(
  nodes: ReadonlyMap<string, NodeFacts>,
  policy: PolicyFacts,
  policies: readonly PolicyFacts[],
): NodeFacts[] {
  const wants = (one: PolicyFacts, node: NodeFacts): number | undefined => {
    if ('invalid' in one.spec || one.deleting) return undefined;
    const { spec } = one;
    if (spec.nodeSelector !== undefined && !selects(spec.nodeSelector, node.labels)) return undefined;
    return osAdapters[spec.os].recognise(node).kind === 'NotOurs' ? undefined : spec.priority;
  };
  return [...nodes.values()].filter((node) => {
    if ('invalid' in policy.spec) return false;
    if (!policy.spec.includeControlPlane && controlPlaneKeys.some((key) => key in node.labels)) return false;
    const claim = claimOf(node);
    if (claim !== undefined && policies.some(({ uid }) => uid === claim.policyUID))
      return claim.policyUID === policy.uid;
    const mine = wants(policy, node);
    return (
      mine !== undefined &&
      policies.every(
        (other) => other.uid === policy.uid || (wants(other, node) ?? Number.NEGATIVE_INFINITY) < mine,
      )
    );
  });
}

/** From here on every write is looked at. */
export const watchInvariants = (world: World, machines: ReadonlyMap<string, Machine>): Invariants =>
  new Invariants(world, machines);
