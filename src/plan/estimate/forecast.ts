/** What is to be expected of a rollout if nothing new comes between: when each node is started, and when the last one is done. */
import { durationToMillis } from '../../api/duration.ts';
import { timeOf } from '../text.ts';
import type { Waves } from '../waves.ts';
import { openingsOf } from './openings.ts';
import { type RemainingInput, remainingOf } from './remaining.ts';
import { type Scheduled, scheduleTurns } from './schedule-turns.ts';
import { typicalBy } from './typical.ts';

export interface ForecastInput extends Omit<RemainingInput, 'typical'> {
  readonly waves: Pick<Waves, 'placeOf' | 'status'>;
}

/** Undefined where nothing is left to do, and where some node would never have its turn. */
export function forecastOf(input: ForecastInput): Scheduled | undefined {
  const { spec, policy, snapshot, rules } = input.shared;
  const typical = typicalBy(spec, policy.name, snapshot, rules);
  const { turns, underWay, slots, groupSlots } = remainingOf({ ...input, typical });
  // Nobody knows when a PodDisruptionBudget will allow what it refuses now: with nothing else left there is nothing to expect.
  if (underWay.length === 0 && turns.every(({ node }) => input.refused.has(node))) return undefined;
  return scheduleTurns(turns, underWay, {
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
  });
}
