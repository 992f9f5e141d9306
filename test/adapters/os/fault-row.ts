/** One switch of a simulated host in a table: what is done to a host that has the fault, and what the last task answers. */
import type { Outcome, TaskAnswer } from '../../../src/api/task.ts';

export interface FaultRow<World, Faults> {
  /** The switch of the row, and what else it takes to see it. */
  readonly faults: Faults;
  /** The host as it is before the fault; a fresh one by default. */
  readonly host?: () => Promise<World>;
  readonly act: (world: World) => Promise<TaskAnswer>;
  readonly want: { readonly outcome: Outcome; readonly reason?: string; readonly message: string | RegExp };
  readonly then?: (world: World) => void;
}
