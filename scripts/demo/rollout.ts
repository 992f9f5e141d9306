/** What the demo shows of the cluster: plain data, from what anybody with kubectl could see. */

export interface Row {
  readonly node: string;
  readonly os: string;
  readonly state: string;
  /** Empty while nobody knows it yet. */
  readonly version: string;
  /** The version that the demo wants it to reach. */
  readonly wanted: string;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly because: string;
  /** Seconds from cordon to uncordon, once it is back. */
  readonly seconds: number | undefined;
}

export interface PolicyRow {
  readonly name: string;
  readonly progress: string;
  readonly message: string;
  /** It says that it is up to date, and its ledger is empty. */
  readonly settled: boolean;
}

export interface Rollout {
  readonly rows: readonly Row[];
  readonly policies: readonly PolicyRow[];
}

export type Kind = 'Done' | 'Moving' | 'Waiting' | 'Trouble';

const moving = ['Staging', 'Cordoning', 'Draining', 'Rebooting', 'Verifying', 'Soaking'];
const trouble = ['Failed', 'Held', 'Unsupported'];

export function kindOf({ state, version, wanted }: Row): Kind {
  if (trouble.includes(state)) return 'Trouble';
  if (moving.includes(state)) return 'Moving';
  return state === 'UpToDate' && version === wanted ? 'Done' : 'Waiting';
}

export const countOf = ({ rows }: Rollout, kind: Kind): number =>
  rows.filter((row) => kindOf(row) === kind).length;

export const isFinished = ({ rows, policies }: Rollout): boolean =>
  rows.every((row) => kindOf(row) === 'Done') && policies.every(({ settled }) => settled);
