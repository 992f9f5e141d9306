/** For cases that are not about gates. */
import type { ReconcileOptions } from '../../src/control/reconcile.ts';

export const noGates: ReconcileOptions['gates'] = {
  ask: () => undefined,
  keep: () => undefined,
  ledgerChanges: () => undefined,
};
