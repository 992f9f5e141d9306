/** What must hold of hooks after every write, written against the stored objects alone. */
import type { HookName } from '../../../src/api/hooks.ts';
import type { NodeFacts, PolicyFacts } from '../../../src/plan/facts.ts';
import type { Change, ClusterState } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

/** A request that was on its way when a claim ended may still arrive. */
const onTheWay = 10_000;
/** A person's edit is known to a process after so long at the latest: its watch may be silent before. */
const editKnown = 180_000;

export function watchHookInvariants(world: World): void {
  const { state, time, fail, scenario } = world;
  if (scenario.noHooks === true) {
    state.onChange(({ kind, key }) => {
      if (kind === 'hooks') fail(`H4: ${key} was made without a namespace for hooks`);
    });
    return;
  }
  /** `hook attempt` of what has succeeded. */
  const succeeded = new Set<string>();
  /** When each attempt's claim was last seen on its Node. */
  const claimed = new Map<string, number>();
  /** Since when each policy has wanted each hook without a break. */
  const wanted = new Map<string, number>();
  const key = (hook: HookName, attempt: string): string => `${hook} ${attempt}`;

  const passed = (hook: HookName, node: NodeFacts | undefined): boolean => {
    const claim = claimOf(node);
    if (claim === undefined) return true;
    const since = wanted.get(key(hook, claim.policyUID));
    // Added in mid-drain, or too lately to be known.
    if (since === undefined || since > Date.parse(claim.at) || time.now - since < editKnown) return true;
    return succeeded.has(key(hook, claim.attempt));
  };
  const look = {
    policies: ({ before, after }: Change<'policies'>): void => {
      const { uid } = (after ?? before) as PolicyFacts;
      for (const hook of ['beforeDrain', 'afterUpdate'] as const) {
        const wants =
          after !== undefined && !('invalid' in after.spec) && after.spec.hooks?.[hook] !== undefined;
        if (!wants) wanted.delete(key(hook, uid));
        else if (!wanted.has(key(hook, uid))) wanted.set(key(hook, uid), time.now);
      }
    },
    nodes: ({ before, after, by }: Change<'nodes'>): void => {
      const claim = claimOf(before);
      if (claim !== undefined) claimed.set(claim.attempt, time.now);
      if (after === undefined || claim === undefined || !runsHooks(by)) return;
      if (claimOf(after) !== undefined || !isVerified(state, after, claim.policyUID, claim.attempt)) return;
      if (!passed('afterUpdate', before)) fail(`H2: ${after.name} is back before afterUpdate has succeeded`);
    },
    pods: ({ before, after, by }: Change<'pods'>): void => {
      const leaves = after?.deletionTimestamp !== undefined && before?.deletionTimestamp === undefined;
      if (!leaves || !runsHooks(by)) return;
      if (!passed('beforeDrain', state.get('nodes', after.nodeName)))
        fail(`H1: ${after.name} was evicted before beforeDrain has succeeded`);
    },
    hooks: ({ before, after, by }: Change<'hooks'>): void => {
      if (after === undefined) return;
      if (after.state === 'Succeeded') succeeded.add(key(after.hook, after.attempt));
      if (before !== undefined || !isOperator(by)) return;
      const node = state.all('nodes').find(({ uid }) => uid === after.nodeUID);
      const isClaimed = claimOf(node)?.attempt === after.attempt;
      const last = claimed.get(after.attempt);
      if (!isClaimed && (last === undefined || time.now - last > onTheWay))
        fail(`H3: ${after.hook} runs for an attempt at ${node?.name ?? 'a node'} that is not claimed`);
    },
  };
  state.onChange((change) => {
    if (change.kind === 'policies') look.policies(change as Change<'policies'>);
    else if (change.kind === 'nodes') look.nodes(change as Change<'nodes'>);
    else if (change.kind === 'pods') look.pods(change as Change<'pods'>);
    else if (change.kind === 'hooks') look.hooks(change as Change<'hooks'>);
  });
}

/** To the release program of an uninstall every policy is gone, and its hooks with it. */
const runsHooks = (by: string): boolean => isOperator(by) && !by.startsWith('operator-release-');

/** Its policy is there and says that it was verified: the ledger is Soaking. */
function isVerified(state: ClusterState, { uid }: NodeFacts, policyUID: string, attempt: string): boolean {
  const entry = state.get('policies', policyUID)?.status.claims?.find(({ nodeUID }) => nodeUID === uid);
  return entry?.phase === 'Soaking' && entry.attempt === attempt;
}
