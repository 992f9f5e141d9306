/** What is to be expected of a rollout if nothing new comes between: when each node is started, and when the last one is done. */
import { durationToMillis } from '../../api/duration.ts';
import type { Decided } from '../owned-nodes.ts';
import { timeOf } from '../text.ts';
import type { Waves } from '../waves.ts';
import { openingsOf } from './openings.ts';
import { type RemainingInput, remainingOf } from './remaining.ts';
import { type Scheduled, scheduleTurns } from './schedule-turns.ts';
import { typicalBy } from './typical.ts';

export interface ForecastInput extends Omit<RemainingInput, 'typical'> {
  readonly waves: Pick<Waves, 'placeOf' | 'isWaitedFor' | 'status'>;
}

export interface Forecast extends Scheduled {
  /** Of nodes that hold up the waves after theirs, and that no clock lets go, one of the earliest such wave. */
  readonly heldUpBy: Decided | undefined;
  /** Nothing is under way, and what could be started now was not: only the time of day moves what is expected. */
  readonly stands: boolean;
}

export function forecastOf(input: ForecastInput): Forecast {
  const { spec, policy, snapshot, rules } = input.shared;
  const typical = typicalBy(spec, policy.name, snapshot, rules);
  const { turns, underWay, standing, slots, groupSlots } = remainingOf({ ...input, typical });
  const heldUpBy = standing.toSorted((a, b) => input.waves.placeOf(a.node) - input.waves.placeOf(b.node))[0];
  // Nobody knows when a PodDisruptionBudget will allow what it refuses now: with nothing else left there is nothing to expect.
  if (underWay.length === 0 && turns.every(({ node }) => input.refused.has(node)))
    return { starts: new Map(), never: new Map(), done: undefined, heldUpBy, stands: true };
  const scheduled = scheduleTurns(turns, underWay, {
    now: snapshot.now,
    slots,
    groupSlots,
    soak: durationToMillis(spec.rollout.soak),
    waveSoak: (wave) => durationToMillis(spec.rollout.waves?.[wave]?.soak ?? '0s'),
    waveOpens: (wave) =>
      Math.max(
        snapshot.now,
        ...(input.waves.status.waves ?? []).slice(0, wave).map(({ soakUntil }) => timeOf(soakUntil) ?? 0),
      ),
    opening: openingsOf(spec.schedule),
    lastWave: heldUpBy === undefined ? Number.POSITIVE_INFINITY : input.waves.placeOf(heldUpBy.node),
  });
  const stages = input.decided.some(
    ({ decision }) => decision.state === 'Staging' || decision.prefetch === true,
  );
  const due = [...scheduled.starts.values()].some(({ at }) => at <= snapshot.now);
  const stands = underWay.length === 0 ? !stages && due : underWay.every(({ overdue }) => overdue === true);
  return { ...scheduled, heldUpBy, stands };
}
