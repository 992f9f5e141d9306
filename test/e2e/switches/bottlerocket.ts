/** The switches of the simulated Bottlerocket, each with what its node says of it. */
import { asked } from './bottlerocket/asked.ts';
import { staged } from './bottlerocket/staged.ts';
import type { Chain } from './row.ts';

export { otherOperator } from './bottlerocket/asked.ts';
export { spent } from './bottlerocket/spent.ts';

export const chains: readonly Chain[] = [...asked, ...staged];

/** Of the API server. As from a stop of its unit, which ends what it runs and may take long, and from its sudden death, which does not. */
export const restarts = [
  { how: 'Stop', downMs: 36_000, endsCommands: true },
  { how: 'Kill', downMs: 5000, endsCommands: false },
] as const;
