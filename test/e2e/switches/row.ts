/** What the rows of the hosts' switches are made of. */
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { OsName } from '../../../src/api/os.ts';

/** A trouble of a host that its node tells of, and that keeps it from its update. */
export interface Switch {
  /** What is wrong with the host. */
  readonly is: string;
  readonly faults?: Readonly<Record<string, unknown>>;
  /** What else is set of the host meanwhile. */
  readonly host?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly state: NodeViewStatus['state'];
  readonly reason?: string;
  readonly because: RegExp;
  /** The reason of the attempt that it costs, which is the reason of the node then; none without. */
  readonly attempt?: string;
  /** A Stage waits for its end in the node's turn. */
  readonly goesOn?: boolean;
}

/** A trouble of a host that is updated all the same. */
export interface Odd {
  readonly with: string;
  readonly faults: Readonly<Record<string, unknown>>;
  /** What else is set of the host. */
  readonly host?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One node, whose host has one trouble after the other, and an odd one in the same policy, which goes on meanwhile. */
export interface Chain {
  readonly node: string;
  readonly os: OsName;
  /** Of the policy. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly switches: readonly Switch[];
  readonly peer: Odd;
}

/** A host with a policy of its own that is updated in spite of its trouble. */
export interface OddAlone extends Odd {
  readonly node: string;
  readonly os: OsName;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A host on which the Reboot, or what came of it, spends an attempt. */
export interface Spent {
  readonly node: string;
  readonly faults: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly says: RegExp;
  readonly reboots: number;
}

/** What a node says that tries again after a failure. */
export const triesAgain = (text: string): RegExp => new RegExp(`^tries again after \\S+: ${text}`);

export const unknown = { state: 'Unknown' } as const;
export const unsupported = { state: 'Unsupported' } as const;
export const upToDate = { state: 'UpToDate' } as const;
