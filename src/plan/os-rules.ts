/** What the plan must know of an operating system: pure functions and capabilities, one implementation per adapter. */
import type { NodeStateName, NodeViewStatus } from '../api/container-os-node.ts';
import type { OsName } from '../api/os.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Pins } from '../api/restore.ts';
import type { NodeFacts } from './facts.ts';

export type Recognition<Reason extends string = string> =
  | {
      readonly kind: 'Ours';
      /** Where the Node object shows it. */ readonly version?: string;
      readonly variant?: string;
    }
  | { readonly kind: 'Unsupported'; readonly reason: Reason; readonly because: string }
  | { readonly kind: 'NotOurs' };

export interface Shown {
  readonly version?: string;
  readonly variant?: string;
}

export interface OsRules {
  readonly os: OsName;
  readonly choosesVersion: boolean;
  /** After Stage any reboot enters the new version. */
  readonly stageIsActivation: boolean;
  readonly knowsAvailableBeforeStaging: boolean;
  /** The Node object shows the version: verified without a task. */
  readonly versionInNodeInfo: boolean;
  /** Milliseconds from a release to the last of the waves that spread it by default; absent where nothing like that is known. */
  readonly wavesEndAfterMs?: number;
  /** Whether the node runs this OS, from its Node object alone. */
  readonly recognise: (node: NodeFacts) => Recognition;
  /** Version and variant on the Node object, whatever its labels say of who manages it; nothing where none are to be seen. */
  readonly shown: (node: Pick<NodeFacts, 'osImage'>) => Shown;
  /** Negative if `a` is older than `b`. Texts that are no version sort below all versions, equal among themselves. */
  readonly compareVersions: (a: string, b: string) => number;
  /** False for what stands for a version whose number the host has forgotten. */
  readonly isNamed: (version: string) => boolean;
  /** What a Stage sets on the host, so that it takes `version`; without one, what the host itself chooses. */
  readonly pins: (spec: PolicySpec, version: string | undefined) => Pins;
  /** What to call a staged version that the host names `said`, where it named one `before` in the same boot: it may forget. */
  readonly stagedName: (said: string, before: string | undefined) => string;
  /** What the system itself adds to the sentence of a node that is up to date; undefined where it has nothing to say. */
  readonly remark: (seen: NodeViewStatus) => string | undefined;
  /** The reason that the system's own table has for a node in this state; shown where there is no other. */
  readonly reasonOf: (state: NodeStateName, seen: NodeViewStatus) => string | undefined;
  /** What tasks need of the policy, as plain data: goes into each request's `options` and into the claim. */
  readonly taskOptions: (spec: PolicySpec) => Readonly<Record<string, string | boolean>>;
}

export type OsRulesByName = Readonly<Record<OsName, OsRules>>;

/** Staging belongs to a node's turn: it has its slot by then. */
export const stagesInTurn = (
  spec: PolicySpec,
  { stageIsActivation }: Pick<OsRules, 'stageIsActivation'>,
): boolean => stageIsActivation || !spec.rollout.prefetch.enabled;
