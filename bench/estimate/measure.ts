/** One rollout in the simulation: what its status promised when half of the nodes were done, and when it was over. */
import type { PolicyFacts } from '../../src/plan/facts.ts';
import { simulate } from '../../test/simulation/simulate.ts';
import type { Fleet } from './draw-fleet.ts';

export interface Measured {
  readonly seed: number;
  readonly what: string;
  /** Milliseconds. */
  readonly took: number;
  /** When half of the nodes were done, as a share of `took`. */
  readonly halfAt: number;
  /** The estimate minus the end, as a share of `took`, at a quarter, half and three quarters of the nodes; undefined without estimate. */
  readonly off: Readonly<Record<'quarter' | 'half' | 'late', number | undefined>>;
}

/** @throws Error where the rollout broke or did not end. */
export async function measure({ scenario, nodes, what }: Fleet): Promise<Measured> {
  const marks = {
    quarter: Math.ceil(nodes / 4),
    half: Math.ceil(nodes / 2),
    late: Math.ceil((nodes * 3) / 4),
  };
  const said: { quarter?: Said; half?: Said; late?: Said } = {};
  let ended: { readonly from: number; readonly to: number } | undefined;
  const { problem } = await simulate(scenario, ({ state, time }) => {
    state.onChange(({ kind, after }) => {
      if (kind !== 'policies' || after === undefined || ended !== undefined) return;
      const { status } = after as PolicyFacts;
      const { rollout, history = [], estimatedCompletion } = status;
      const [last] = history;
      if (last?.outcome === 'Complete' && last.endedAt !== undefined) {
        ended = { from: Date.parse(last.startedAt), to: Date.parse(last.endedAt) };
        time.stopped = true;
      }
      for (const name of ['quarter', 'half', 'late'] as const)
        if ((rollout?.updated ?? 0) >= marks[name])
          said[name] ??= {
            at: time.now,
            estimate: estimatedCompletion === undefined ? undefined : Date.parse(estimatedCompletion),
          };
    });
  });
  if (ended === undefined) throw new Error(`Seed ${scenario.seed} did not end: ${problem ?? what}`);
  const { from, to } = ended;
  const off = ({ estimate }: Said = { at: 0, estimate: undefined }): number | undefined =>
    estimate === undefined ? undefined : (estimate - to) / (to - from);
  return {
    seed: scenario.seed,
    what,
    took: to - from,
    halfAt: ((said.half?.at ?? to) - from) / (to - from),
    off: { quarter: off(said.quarter), half: off(said.half), late: off(said.late) },
  };
}

interface Said {
  readonly at: number;
  readonly estimate: number | undefined;
}
