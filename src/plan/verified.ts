/** From verified to a free slot: the ledger says Soaking, the node is uncordoned, and after the soak its entry goes. */
import { durationToMillis } from '../api/duration.ts';
import type { RebootOrder } from '../api/claim.ts';
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import { attemptedAt } from './attempt-id.ts';
import { knowsAttempt, recordAttempt } from './attempts.ts';
import { judgeHealth, type WantedHealth } from './health.ts';
import { notReady } from './holdback.ts';
import { hookSeconds } from './hooks.ts';
import { inspectStep } from './inspect-step.ts';
import { inspectionOf } from './inspection.ts';
import { type ClaimedCase, type Decision, keep, type NodeCase, remove } from './node-case.ts';
import { stagesInTurn } from './os-rules.ts';
import { releaseStep } from './release.ts';
import type { Step } from './step.ts';
import { earliest, isoTime, sayTime, timeOf } from './text.ts';
import { decideUnclaimed } from './unclaimed.ts';

/** The ledger says Soaking for this very claim: only the uncordon is missing. */
export const isSoaking = ({ entry, claim }: Pick<ClaimedCase, 'entry' | 'claim'>): boolean =>
  entry?.phase === 'Soaking' && entry.attempt === claim.attempt;

export function verifiedDecision(
  c: ClaimedCase,
  order: RebootOrder,
  version: string,
  cleanup: readonly Step[],
): Decision {
  const { claim, snapshot } = c;
  // A policy that is gone has no ledger.
  if (c.policy.uid !== claim.policyUID) return finishDecision(c, order, cleanup);
  // The ledger says Soaking before the claim goes: else a crash between the two would look like a claim that never was.
  return {
    seen: updatedView(c, order, version),
    ledger: { kind: 'Soak', until: snapshot.now + durationToMillis(claim.timeouts.soak) },
    state: 'Verifying',
    because: verifiedText(version),
    steps: cleanup,
    cleared: true,
  };
}

/** Back into service: the last write on the Node. */
export function finishDecision(c: ClaimedCase, order: RebootOrder, cleanup: readonly Step[]): Decision {
  const { node, claim } = c;
  const version = c.seen.version ?? claim.target;
  const because = verifiedText(version);
  return {
    seen: updatedView(c, order, version),
    ledger: keep,
    state: 'Soaking',
    because,
    steps: [...cleanup, releaseStep(node, claim, because)],
    cleared: true,
  };
}

/** No node is staged for so long in its slot: an id that says so is not ours. */
const day = 86_400_000;

export const verifiedText = (version: string): string => `verified on ${version}`;

/** What a verified node's view says. Said again, after a crash or a hook, the time stays that of the verification. */
export function updatedView(c: ClaimedCase, order: RebootOrder, version: string): NodeViewStatus {
  return {
    ...withoutVersion(c.seen, c.claim.target, version),
    lastUpdate: isSaid(c)
      ? { ...c.seen.lastUpdate, to: version, seconds: { ...c.seen.lastUpdate.seconds, ...hookSeconds(c) } }
      : lastUpdate(c, order, version),
  };
}

type Said = ClaimedCase & {
  readonly seen: { readonly lastUpdate: NonNullable<NodeViewStatus['lastUpdate']> };
};

/** Its last update is that of this claim. */
const isSaid = (c: ClaimedCase): c is Said =>
  c.seen.lastUpdate?.from === c.claim.from &&
  (timeOf(c.seen.lastUpdate.at) ?? 0) >= (timeOf(c.claim.at) ?? 0);

/** The view of a node that was verified, and does not run that version any more. */
export function notUpdated(c: ClaimedCase, view: NodeViewStatus): NodeViewStatus {
  if (!isSaid(c)) return view;
  const { lastUpdate: _lastUpdate, ...rest } = view;
  return rest;
}

function lastUpdate(
  c: ClaimedCase,
  order: RebootOrder,
  version: string,
): NonNullable<NodeViewStatus['lastUpdate']> {
  const { claim, node, snapshot, spec } = c;
  const { now } = snapshot;
  const seconds = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000));
  const orderedAt = timeOf(order.at) ?? now;
  // A node that came back before anybody missed it was Ready all the time: then nobody knows when its boot was over.
  const back = node.readySince ?? now;
  const claimedAt = timeOf(claim.at) ?? orderedAt;
  const inTurn = stagesInTurn(spec, snapshot.rules[claim.os]);
  const slotAt = inTurn ? attemptedAt(claim.attempt) : undefined;
  const staged = slotAt !== undefined && claimedAt >= slotAt && claimedAt - slotAt <= day;
  const hooks = hookSeconds(c);
  const withoutHook = (taken: number): number => Math.max(0, taken - (hooks['afterUpdate'] ?? 0));
  const cameBack = back > orderedAt && back <= now;
  return {
    from: claim.from,
    to: version,
    at: isoTime(now),
    seconds: {
      ...(staged ? { stage: seconds(slotAt, claimedAt) } : {}),
      ...hooks,
      drain: Math.max(0, seconds(claimedAt, orderedAt) - (hooks['beforeDrain'] ?? 0)),
      reboot: cameBack ? seconds(orderedAt, back) : withoutHook(seconds(orderedAt, now)),
      ...(cameBack ? { verify: withoutHook(seconds(back, now)) } : {}),
    },
  };
}

/** A version that was reached has no failed attempts any more, and is not staged any more. */
function withoutVersion(view: NodeViewStatus, target: string, version: string): NodeViewStatus {
  const { attempts, staged: _staged, ...rest } = view;
  const others = (attempts ?? []).filter((entry) => entry.version !== target && entry.version !== version);
  return { ...rest, ...(others.length === 0 ? {} : { attempts: others }) };
}

/** A node whose claim is gone and whose slot is kept until it has been healthy for the soak. */
export function decideSoaking(c: NodeCase, entry: LedgerEntry): Decision {
  const { node, snapshot, spec, seen, settled } = c;
  const { now, settings } = snapshot;
  const steps = settled.deletion === undefined ? [] : [settled.deletion];
  const base = { seen, steps, state: 'Soaking', target: seen.version } as const;
  const soak = durationToMillis(spec.rollout.soak);
  const until = timeOf(entry.until) ?? now;
  const health = judgeHealth(soakHealth(c), node, snapshot.pods.get(node.name));
  if (node.ready && health.kind === 'Unlisted')
    return { ...base, because: 'verified; lists its pods', ledger: keep };
  if (!node.ready || health.kind === 'NotMet') {
    const ill = node.ready && health.kind === 'NotMet' ? health : undefined;
    const since = Math.min(
      (ill === undefined ? node.readySince : ill.since) ?? now,
      // One fault may follow another, and what is missing tells no time.
      firstSeenIll(c, attemptedAt(entry.attempt) ?? until - soak) ?? now,
      now,
    );
    const unwell = { ...seen, unhealthySince: isoTime(since) };
    const because = `unhealthy during the soak: ${ill === undefined ? notReady(c) : ill.because}`;
    if (now - since <= settings.soakUnhealthy)
      return {
        ...base,
        seen: unwell,
        because,
        ledger: keep,
        wakeAt: since + settings.soakUnhealthy + 1000,
      };
    const failed = {
      version: seen.version ?? '',
      attempt: entry.attempt,
      reason: 'UnhealthyDuringSoak',
      message: because,
      spent: true,
    } as const;
    const known =
      knowsAttempt(seen, entry.attempt) || c.failures.some(({ attempt }) => attempt === entry.attempt);
    return {
      ...base,
      state: 'Failed',
      reason: failed.reason,
      because: `${because}; its slot is kept until it has been healthy for ${spec.rollout.soak}`,
      seen: recordAttempt(unwell, failed, spec.retry, now),
      ledger: keep,
      ...(known
        ? {}
        : {
            failure: {
              node: node.name,
              nodeUID: node.uid,
              version: failed.version,
              attempt: entry.attempt,
              reason: failed.reason,
              at: isoTime(now),
            },
          }),
    };
  }
  // A break in health begins the soak anew; a node that was Ready all along soaks from its verification. A time that lies further
  // ahead than a clock may be is no time.
  const times = [node.readySince ?? 0, health.kind === 'Met' ? health.since : 0];
  const healthySince = Math.max(...times.map((at) => (at > now + settings.clockAhead ? 0 : at)));
  const end = healthySince > until - soak ? Math.max(until, healthySince + soak) : until;
  const inspect: ReturnType<typeof inspectStep> = inspectionOf(seen, node, spec.checkInterval, now).fresh
    ? {}
    : inspectStep(c);
  if (now < end)
    return {
      ...base,
      ...inspect,
      because: `verified; stays healthy until ${sayTime(end)} before its slot is free`,
      ledger: keep,
      wakeAt: earliest(end, inspect.wakeAt),
    };
  const { candidate: _candidate, prefetch: _prefetch, ...free } = decideUnclaimed({ ...c, entry: undefined });
  return { ...free, ledger: remove, cleared: true };
}

/** Since when it has been seen to be unhealthy in each pass, if that was in this attempt. */
function firstSeenIll({ snapshot, node }: NodeCase, begun: number): number | undefined {
  const view = snapshot.views.get(node.name);
  const at = view?.nodeUID === node.uid ? timeOf(view.status.unhealthySince) : undefined;
  return at !== undefined && at >= begun ? at : undefined;
}

/** The claim is gone: what the policy says now, without how many Pods there were. */
function soakHealth({ spec }: NodeCase): WantedHealth {
  const { nodeConditions, pods } = spec.health ?? {};
  return {
    ...(nodeConditions === undefined ? {} : { conditions: nodeConditions }),
    ...(pods === undefined ? {} : { pods }),
  };
}
