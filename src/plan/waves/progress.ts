/** How far each wave is, and what the ones after it wait for. */
import { durationToMillis } from '../../api/duration.ts';
import type { PolicyStatus, WaveStatus } from '../../api/policy-status.ts';
import type { Wave } from '../../api/waves.ts';
import type { Millis } from '../facts.ts';
import type { Decided } from '../owned-nodes.ts';
import { isoTime, timeOf } from '../text.ts';

export interface Progress {
  /** Empty: the nodes that fit no wave. */
  readonly name: string;
  readonly nodes: number;
  /** Its nodes that are waited for. */
  readonly open: readonly Decided[];
  /** All are done, and waves after it are not: when the next one begins, where it was the update of a node that ended this one. */
  readonly soakUntil: Millis | undefined;
}

export function progressOf(
  waves: readonly Wave[],
  /** The nodes of each wave, the nameless last. */
  members: readonly (readonly Decided[])[],
  isOpen: (one: Decided) => boolean,
  /** What was stored of waves under the present spec. */
  stored: PolicyStatus['waves'],
): readonly Progress[] {
  const open = members.map((nodes) => nodes.filter((one) => isOpen(one)));
  return members.map((nodes, place) => {
    const wave = waves[place];
    const name = wave?.name ?? '';
    const over = open[place]?.length === 0 && open.slice(place + 1).some(({ length }) => length > 0);
    const soakUntil =
      over && wave !== undefined
        ? latest(
            ...nodes.map(({ decision }) => soakEnd(wave, decision.seen.lastUpdate?.at)),
            // A node that ended the wave may be gone, with its view.
            timeOf(stored?.find((one) => one.name === name)?.soakUntil),
          )
        : undefined;
    return { name, nodes: nodes.length, open: open[place] ?? [], soakUntil };
  });
}

function soakEnd({ soak }: Wave, verifiedAt: string | undefined): Millis | undefined {
  const at = timeOf(verifiedAt);
  const millis = durationToMillis(soak);
  return at === undefined || millis === 0 ? undefined : at + millis;
}

const latest = (...times: readonly (Millis | undefined)[]): Millis | undefined =>
  times.reduce((a, b) => (b === undefined || (a !== undefined && a > b) ? a : b), undefined);

export const isOver = ({ open, soakUntil }: Progress, now: Millis): boolean =>
  open.length === 0 && (soakUntil === undefined || soakUntil <= now);

export function statusOfWaves(
  progress: readonly Progress[],
  now: Millis,
): Pick<PolicyStatus, 'currentWave' | 'waves'> {
  const current = progress.find((one) => !isOver(one, now));
  const waves = progress.filter(({ name, nodes }) => name !== '' || nodes > 0);
  return {
    ...(current === undefined ? {} : { currentWave: current.name }),
    waves: waves.map(({ name, nodes, open, soakUntil }): WaveStatus => ({
      name,
      nodes,
      done: nodes - open.length,
      ...(soakUntil === undefined ? {} : { soakUntil: isoTime(soakUntil) }),
    })),
  };
}
