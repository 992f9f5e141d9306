/**
 * Gates: whether what the policy asks the world beside the cluster lets another node start. A node is started only on answers that are
 * young and were asked for after the last change of the ledger; nobody is asked while no node would start.
 */
import type { Gate } from '../api/health.ts';
import { durationToMillis } from '../api/duration.ts';
import type { GateStatus } from '../api/policy-status.ts';
import { same } from './same.ts';
import type { Millis } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import { earliest, isoTime, timeOf } from './text.ts';

export interface GateReading {
  readonly state: GateStatus['state'];
  /** What it found, without numbers that change all the time. */
  readonly because: string;
  /** When it was asked for. */
  readonly at: Millis;
  /** The ledger has not changed since it was asked for. */
  readonly current: boolean;
}

/** A gate that is asked for a policy: `key` stands for all that its answer depends on. */
export interface GateQuestion {
  readonly key: string;
  readonly prometheus: Gate['prometheus'];
}

export const gateKey = ({ prometheus }: Gate): string =>
  JSON.stringify([prometheus.url, prometheus.query, prometheus.passes, prometheus.tokenSecret]);

const gatesOf = ({ spec }: Pick<PolicyCase, 'spec'>): readonly Gate[] => spec.health?.gates ?? [];

const readingOf = ({ snapshot }: Pick<PolicyCase, 'snapshot'>, gate: Gate): GateReading | undefined =>
  snapshot.gateReadings.get(gateKey(gate));

/** A gate whose last answer was not "open": nobody is looked at before it is. */
export function closedGate(c: Pick<PolicyCase, 'spec' | 'snapshot'>): string | undefined {
  for (const gate of gatesOf(c)) {
    const reading = readingOf(c, gate);
    if (reading !== undefined && reading.state !== 'Open') return sayGate(gate, reading);
  }
  return undefined;
}

export const sayGate = (
  { name }: Pick<Gate, 'name'>,
  { state, because }: Pick<GateReading, 'state' | 'because'>,
): string =>
  state === 'Unknown'
    ? `gate ${name} cannot be evaluated: ${because}`
    : `gate ${name} is ${state === 'Open' ? 'open' : 'closed'}: ${because}`;

/** Whether a slot may be given, or a claim made, on what is known now. `ledgerChanges`: this very pass changes the ledger beside that. */
export function gatesPermit(c: Pick<PolicyCase, 'spec' | 'snapshot'>, ledgerChanges: boolean): boolean {
  const gates = gatesOf(c);
  return gates.length === 0 || (!ledgerChanges && gates.every((gate) => isSound(c, readingOf(c, gate))));
}

const isSound = (
  { snapshot: { now, settings } }: Pick<PolicyCase, 'snapshot'>,
  reading: GateReading | undefined,
): boolean =>
  reading?.state === 'Open' &&
  reading.current &&
  now - reading.at <= settings.gateFresh &&
  reading.at - now <= settings.clockAhead;

export interface GateWish {
  readonly ask: readonly GateQuestion[];
  readonly wakeAt: Millis | undefined;
}

/** What to ask now: before a start all that is not known soundly; else each gate once after the ledger changed. */
export function gatesToAsk(c: Pick<PolicyCase, 'spec' | 'snapshot'>, wanted: boolean): GateWish {
  const { now, settings } = c.snapshot;
  const ask: GateQuestion[] = [];
  let wakeAt: Millis | undefined;
  for (const gate of gatesOf(c)) {
    const reading = readingOf(c, gate);
    const outdated = reading !== undefined && !reading.current;
    const again =
      reading === undefined || outdated || reading.state === 'Open' ? now : reading.at + settings.gateAgain;
    if (wanted && !isSound(c, reading) && again > now) wakeAt = earliest(wakeAt, again);
    if (outdated || (wanted && !isSound(c, reading) && again <= now))
      ask.push({ key: gateKey(gate), prometheus: gate.prometheus });
  }
  return { ask, wakeAt };
}

/** For the status: gates that were looked at; `since` tells when each was last found open, or not open any more. */
export function gateStatuses(
  { spec, snapshot, policy }: Pick<PolicyCase, 'spec' | 'snapshot' | 'policy'>,
  /** A node would start but for a gate. */
  waiting: boolean,
): readonly GateStatus[] {
  const before = policy.status.gates ?? [];
  return gatesOf({ spec }).flatMap((gate): readonly GateStatus[] => {
    const stored = before.find(({ name }) => name === gate.name);
    const reading = readingOf({ snapshot }, gate);
    if (reading === undefined) return stored === undefined ? [] : [stored];
    const stays = stored !== undefined && (stored.state === 'Open') === (reading.state === 'Open');
    const { state } = reading;
    const since = stays ? stored.since : isoTime(reading.at);
    return [
      {
        name: gate.name,
        state,
        since,
        ...(waiting && state !== 'Open' ? { waitedSince: waitedSince(stored, snapshot.now) } : {}),
        because: reading.because.slice(0, 1024),
      },
    ];
  });
}

const waitedSince = (stored: GateStatus | undefined, now: Millis): string =>
  stored?.waitedSince ?? isoTime(now);

export interface GateObstacle {
  readonly message: string;
  readonly reason: 'GateClosed' | 'GateUnknown';
  /** For so long that a person must look. */
  readonly stalled: boolean;
}

/** What the policy says of gates while they keep nodes from starting; and when that becomes a person's business. */
export function gateObstacle(
  c: Pick<PolicyCase, 'spec' | 'snapshot' | 'policy'>,
): { readonly obstacle: GateObstacle; readonly wakeAt: Millis | undefined } | undefined {
  const { now } = c.snapshot;
  const shut = gatesOf(c).flatMap((gate) => {
    const stored = c.policy.status.gates?.find(({ name }) => name === gate.name);
    const reading = readingOf(c, gate);
    if (reading === undefined || reading.state === 'Open') return [];
    // Not for how long it was closed while nobody wanted to pass.
    const stalledAt = (timeOf(waitedSince(stored, now)) ?? now) + durationToMillis(gate.stalledAfter);
    return [{ gate, reading, stalledAt }];
  });
  const worst = shut.find(({ stalledAt }) => now >= stalledAt) ?? shut[0];
  if (worst === undefined) return undefined;
  const { gate, reading, stalledAt } = worst;
  const obstacle: GateObstacle = {
    message: sayGate(gate, reading),
    reason: reading.state === 'Unknown' ? 'GateUnknown' : 'GateClosed',
    stalled: now >= stalledAt,
  };
  return { obstacle, wakeAt: obstacle.stalled ? undefined : stalledAt };
}

/** Whether slots change hands between these two ledgers. */
export const ledgerDiffers = (
  before: readonly { readonly nodeUID: string; readonly attempt: string; readonly phase: string }[] = [],
  after: readonly { readonly nodeUID: string; readonly attempt: string; readonly phase: string }[] = [],
): boolean => {
  const essence = (list: typeof before): readonly string[] =>
    list.map(({ nodeUID, attempt, phase }) => `${nodeUID} ${attempt} ${phase}`).toSorted();
  return !same(essence(before), essence(after));
};
