/** What a policy's status says of a pass: counts, versions and conditions around its story. */
import { type Condition, setCondition } from '../api/condition.ts';
import type { NodeStateName } from '../api/container-os-node.ts';
import type { Failure, LedgerEntry, PolicyStatus } from '../api/policy-status.ts';
import { isOnItsWay } from './decide-node.ts';
import type { PolicyFacts } from './facts.ts';
import { gateStatuses } from './gates.ts';
import { historyOf } from './history.ts';
import type { PolicyCase } from './node-case.ts';
import { type Decided, isSupported } from './owned-nodes.ts';
import type { PolicyReason } from './policy-reasons.ts';
import { same } from './same.ts';
import type { Snapshot } from './snapshot.ts';
import { type Counts, type Story, type StoryInput, tell, updating, waitingStates } from './story.ts';
import { isoTime, listed } from './text.ts';
import { versionsSeenAfter } from './versions-seen.ts';
import type { Waves } from './waves.ts';

export interface StatusInput extends StoryInput {
  readonly entries: readonly LedgerEntry[];
  /** A new `retry.token` is being carried out. */
  readonly attemptsLeft: boolean;
  readonly waves: Pick<Waves, 'status'>;
}

export function statusOf(input: StatusInput): PolicyStatus {
  const { shared, decided, entries, failures } = input;
  const { policy, snapshot } = shared;
  const supported = decided.filter((one) => isSupported(one));
  const count = (...states: readonly NodeStateName[]): number =>
    supported.filter(({ decision }) => states.includes(decision.state)).length;
  const upToDate = count('UpToDate');
  // A node that another policy, gone by now, has on its way is ours already, and not up to date.
  const orphaned = shared.orphaned.length;
  const counts = {
    nodes: decided.filter(({ ownership }) => ownership.kind === 'Owned').length + orphaned,
    supported: supported.length + orphaned,
    upToDate,
    updating: supported.filter(({ decision }) => updating.has(decision.state)).length + orphaned,
    pending: count(...waitingStates),
    failed: count('Failed'),
    held: decided.filter(({ decision }) => decision.state === 'Held').length,
    unsupported: decided.filter(({ decision }) => decision.state === 'Unsupported').length,
  };
  const story = tell(input, supported, counts);
  const now = isoTime(snapshot.now);
  let conditions: readonly Condition[] = policy.status.conditions ?? [];
  const wanted = conditionsOf(input, supported, counts, story);
  for (const one of wanted)
    conditions = setCondition(conditions, { ...one, observedGeneration: policy.generation }, now);
  // Abnormal-true conditions are absent when false, or tools take them for news.
  conditions = order(conditions.filter(({ type }) => wanted.some((one) => one.type === type)));
  const targets = [
    ...new Set(
      supported.flatMap(({ decision }) =>
        decision.target === undefined || decision.target === '' ? [] : [decision.target],
      ),
    ),
  ];
  const token = retryToken(input);
  const gates = gateStatuses(shared, input.gate !== undefined);
  const seen = versionsSeenAfter(
    policy.status.versionsSeen ?? [],
    supported.map(({ decision }) => decision.seen),
    shared.rules,
    snapshot.now,
  );
  const { supported: total, ...shown } = counts;
  const { schedule } = shared;
  return {
    observedGeneration: policy.generation,
    conditions: [...conditions],
    progress: `${upToDate}/${total}`,
    message: story.message.slice(0, 1024),
    ...shown,
    ...(targets.length === 0
      ? {}
      : { target: targets.length === 1 ? (targets[0] ?? '') : `Mixed(${targets.length})` }),
    versions: versionsOf(supported),
    ...(schedule.open || schedule.opensAt === undefined ? {} : { nextWindow: isoTime(schedule.opensAt) }),
    ...(seen.length === 0 ? {} : { versionsSeen: [...seen] }),
    failures: [...failures],
    ...(gates.length === 0 ? {} : { gates: [...gates] }),
    ...(token === undefined ? {} : { retryToken: token }),
    ...historyOf(input),
    ...input.waves.status,
    claims: [...entries],
    fence: snapshot.fence,
  };
}

type Wanted = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'> & {
  readonly reason: PolicyReason;
};

function conditionsOf(
  input: StatusInput,
  supported: readonly Decided[],
  counts: Counts,
  story: Story,
): readonly Wanted[] {
  const { shared, failures, halt, decided } = input;
  const current =
    counts.upToDate === counts.supported &&
    counts.supported > 0 &&
    !decided.some(({ ownership }) => ownership.kind === 'Tie');
  const inFlight = counts.updating > 0;
  const degraded = failures.length > 0 || counts.failed > 0;
  return [
    {
      type: 'Ready',
      status: 'True',
      reason: counts.nodes === 0 ? 'NoNodes' : 'Accepted',
      message: counts.nodes === 0 ? story.message : `owns ${counts.nodes} nodes${ignored(shared)}`,
    },
    {
      type: 'UpToDate',
      status: current ? 'True' : 'False',
      reason: current
        ? 'AllNodesCurrent'
        : counts.nodes === 0
          ? 'NoNodes'
          : inFlight
            ? 'RolloutInProgress'
            : story.idle === 'AwaitingApproval' || story.idle === 'TooYoung'
              ? story.idle
              : 'NodesPending',
      message: current
        ? `all ${supported.length} nodes are up to date`
        : `${counts.upToDate} of ${counts.supported} nodes are up to date`,
    },
    {
      type: 'Progressing',
      status: inFlight ? 'True' : 'False',
      reason: inFlight ? 'UpgradingNodes' : story.idle,
      message: story.message,
    },
    {
      type: 'Paused',
      status: shared.spec.paused ? 'True' : 'False',
      reason: shared.spec.paused ? 'PausedBySpec' : 'NotPaused',
      message: shared.spec.paused ? 'spec.paused is true' : 'spec.paused is false',
    },
    {
      type: 'Degraded',
      status: degraded ? 'True' : 'False',
      reason: !degraded ? 'NoFailures' : halt === undefined ? 'NodeFailed' : 'FailureBudgetExceeded',
      message: degraded ? `failed: ${listed(failedNames(failures, supported))}` : 'no node failed',
    },
    ...(story.stalled === undefined ? [] : [{ type: 'Stalled', status: 'True' as const, ...story.stalled }]),
  ];
}

/** What the spec says and this operating system has no use for. */
const ignored = ({ spec, rules }: PolicyCase): string =>
  rules.stageIsActivation && spec.rollout.prefetch.enabled
    ? '; rollout.prefetch is ignored: on this operating system a download is activated at once'
    : '';

const failedNames = (failures: readonly Failure[], supported: readonly Decided[]): readonly string[] => [
  ...new Set([
    ...failures.map(({ node }) => node),
    ...supported.filter(({ decision }) => decision.state === 'Failed').map(({ node }) => node.name),
  ]),
];

const conditionOrder = ['Ready', 'UpToDate', 'Progressing', 'Paused', 'Degraded', 'Stalled'];
const order = (conditions: readonly Condition[]): readonly Condition[] =>
  conditions.toSorted((a, b) => conditionOrder.indexOf(a.type) - conditionOrder.indexOf(b.type));

function versionsOf(supported: readonly Decided[]): Record<string, number> {
  const versions: Record<string, number> = {};
  for (const { decision } of supported) {
    const version = decision.seen.version ?? 'unknown';
    versions[version] = (versions[version] ?? 0) + 1;
  }
  return Object.fromEntries(
    Object.entries(versions)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, 50),
  );
}

/** The token counts as carried out only once no attempts are left, so that a crash in between loses nothing. */
function retryToken({ shared, decided, attemptsLeft }: StatusInput): string | undefined {
  const { policy, spec, snapshot } = shared;
  if (!attemptsLeft) return policy.status.retryToken;
  const left = decided.some(
    (one) =>
      one.ownership.kind === 'Owned' &&
      !isOnItsWay(one, policy.status.claims) &&
      (snapshot.views.get(one.node.name)?.status.attempts ?? []).length > 0,
  );
  return left ? policy.status.retryToken : spec.retry.token;
}

/** A spec that cannot be used: nothing of the ledger is lost, and a person is called. */
export function invalidStatus(
  policy: PolicyFacts,
  why: string,
  snapshot: Snapshot,
): PolicyStatus | undefined {
  const now = isoTime(snapshot.now);
  const message = `the spec cannot be used: ${why}`.slice(0, 1024);
  let conditions: readonly Condition[] = policy.status.conditions ?? [];
  const observedGeneration = policy.generation;
  const reason: PolicyReason = 'InvalidSpec';
  conditions = setCondition(
    conditions,
    { type: 'Ready', status: 'False', reason, message, observedGeneration },
    now,
  );
  conditions = setCondition(
    conditions,
    { type: 'Stalled', status: 'True', reason, message, observedGeneration },
    now,
  );
  const status: PolicyStatus = {
    ...policy.status,
    observedGeneration,
    message,
    conditions: [...order(conditions)],
  };
  return same(status, policy.status) ? undefined : status;
}
