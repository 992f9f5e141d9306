/** What is to come, as far as it can be told: the end of a rollout under way; in mode Plan the whole plan. */
import type { LedgerEntry } from '../api/policy-status.ts';
import type { Budget } from './budget.ts';
import { forecastOf } from './estimate/forecast.ts';
import type { Scheduled } from './estimate/schedule-turns.ts';
import { closedGate } from './gates.ts';
import { hooksUnavailable, hooksUnheard } from './hooks.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import { type PlanOnly, planOnly } from './plan-mode/plan-only.ts';
import type { Waves } from './waves.ts';

export interface OutlookInput {
  readonly shared: PolicyCase;
  readonly waves: Waves;
  readonly decided: readonly Decided[];
  /** After this pass. */
  readonly entries: readonly LedgerEntry[];
  readonly budget: Budget;
  readonly halt: string | undefined;
}

export interface Outlook {
  readonly decided: readonly Decided[];
  readonly forecast: Scheduled | undefined;
  readonly plan: PlanOnly | undefined;
}

export function outlookOf(input: OutlookInput): Outlook {
  const { shared, decided, halt } = input;
  // Nobody knows when a person ends these.
  if (shared.spec.paused || halt !== undefined) return { decided, forecast: undefined, plan: undefined };
  if (shared.spec.mode === 'Plan') {
    const plan = planOnly(input);
    return { decided: plan.decided, forecast: plan.forecast, plan };
  }
  if (
    hooksUnavailable(shared.spec, shared.snapshot) !== undefined ||
    hooksUnheard(shared.spec, shared.snapshot) !== undefined ||
    closedGate(shared) !== undefined
  )
    return { decided, forecast: undefined, plan: undefined };
  const refused = decided.flatMap(({ node, decision: { reason } }) =>
    reason === 'DrainBlocked' || reason === 'DrainImpossible' ? [node.name] : [],
  );
  return { decided, forecast: forecastOf({ ...input, refused: new Set(refused) }), plan: undefined };
}
