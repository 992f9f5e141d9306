/**
 * No node is claimed for a version, and no download of one is begun, that its policy did not allow. A policy that has just been changed
 * may not have reached the operator yet: what it said a moment before counts as well. Written against the stored objects alone.
 */
import { durationToMillis } from '../../../src/api/duration.ts';
import type { PolicySpec } from '../../../src/api/policy-spec.ts';
import type { PolicyFacts } from '../../../src/plan/facts.ts';
import { osAdapters } from '../../../src/adapters/os/index.ts';
import type { Change } from '../cluster-state.ts';
import { claimOf, isOperator } from '../invariants.ts';
import type { World } from '../world.ts';

/** The longest that the watch of policies is frozen, and a process asleep, with some time to act on what was seen. */
const newsTakes = 200_000;

interface Said {
  readonly spec: PolicySpec;
  /** In force from here until the next one. */
  readonly from: number;
}

export function watchVersions(world: World): void {
  const { state, time, fail } = world;
  const said = new Map<string, Said[]>();
  /** By policy UID and version: the earliest time that its status ever told. */
  const seen = new Map<string, number>();
  const createdAt = new Map<string, number>();

  const policyChanged = ({ before, after }: Change<'policies'>): void => {
    if (after === undefined) return;
    for (const { version, at } of after.status.versionsSeen ?? []) {
      const key = `${after.uid} ${version}`;
      seen.set(key, Math.min(seen.get(key) ?? Number.POSITIVE_INFINITY, Date.parse(at)));
    }
    if ('invalid' in after.spec || (before !== undefined && before.spec === after.spec)) return;
    said.set(after.uid, [...(said.get(after.uid) ?? []), { spec: after.spec, from: time.now }]);
  };

  /** Why no policy text in force since `since` allows it; undefined where one does. */
  const refusal = (policyUID: string, version: string, from: string, since: number): string | undefined => {
    const all = said.get(policyUID) ?? [];
    const inForce = all.filter((_one, i) => (all[i + 1]?.from ?? Number.POSITIVE_INFINITY) >= since);
    const reasons = inForce.map(({ spec }) =>
      whyNot(spec, version, from, time.now, seen.get(`${policyUID} ${version}`)),
    );
    return reasons.includes(undefined) ? undefined : reasons.at(-1);
  };

  state.onChange((change) => {
    if (change.kind === 'policies') policyChanged(change as Change<'policies'>);
    if (change.kind === 'tasks' && change.before === undefined) createdAt.set(change.key, time.now);
    if (change.kind !== 'nodes' || !isOperator(change.by)) return;
    const { before, after } = change as Change<'nodes'>;
    const claim = claimOf(after);
    if (claim === undefined || claimOf(before) !== undefined) return;
    const why = refusal(claim.policyUID, claim.target, claim.from, time.now - newsTakes);
    if (why !== undefined) fail(`V1: ${after?.name ?? ''} was claimed for ${claim.target}, which is ${why}`);
  });
  world.onStaged.push(({ machine, podName, policyUID, version, from }) => {
    const since = (createdAt.get(podName) ?? time.now) - newsTakes;
    const why = refusal(policyUID, version, from, since);
    if (why !== undefined) fail(`V2: ${machine} was left with ${version} staged, which is ${why}`);
  });
}

function whyNot(
  { os, target }: PolicySpec,
  version: string,
  from: string,
  now: number,
  seenAt: number | undefined,
): string | undefined {
  const { deny = [], approval, approvedVersion, minimumAge } = target;
  if (deny.includes(version)) return 'denied';
  if (approval === 'Manual' && approvedVersion !== version) return 'not approved';
  if (minimumAge === undefined || osAdapters[os].compareVersions(version, from) < 0) return undefined;
  // The clocks of two leaders are one here.
  return seenAt === undefined || seenAt + durationToMillis(minimumAge) > now ? 'too young' : undefined;
}

/** Whether the policy, by what it says now and has seen so far, lets a node that runs `from` have it at that time. */
export function isAllowedAt(
  { spec, status }: PolicyFacts,
  version: string,
  from: string,
  at: number,
): boolean {
  const seen = status.versionsSeen?.find((one) => one.version === version)?.at;
  return (
    !('invalid' in spec) &&
    whyNot(spec, version, from, at, seen === undefined ? undefined : Date.parse(seen)) === undefined
  );
}

/** Whether the policy lets a node have it in the end, when all is old enough. */
export const isAllowedInTheEnd = (policy: PolicyFacts, version: string): boolean =>
  !('invalid' in policy.spec) && whyNot(policy.spec, version, '', Number.POSITIVE_INFINITY, 0) === undefined;
