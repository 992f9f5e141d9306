/** What everything in a run shares: time, the cluster's state, chance, and the record of what hosts were told to do. */
import type { HostSettings } from '../../src/api/restore.ts';
import type { NodeFacts, NodeView, PodFacts, PolicyFacts } from '../../src/plan/facts.ts';
import type { ApiServer } from './api-server.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Gates } from './gates.ts';
import type { Random } from './random.ts';
import type { ChartVerb, Rates, Scenario } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A reboot call that a task sent on its host. */
export interface RebootCall {
  readonly machine: string;
  readonly attempt: string | undefined;
  readonly bootID: string;
  readonly orderBootID: string;
  readonly notAfter: number;
  /** By the host's clock. */
  readonly hostTime: number;
}

/** A consistent list of a node's Pods that somebody was given. */
export interface PodList {
  readonly node: string;
  readonly at: number;
  readonly revision: number;
  readonly pods: readonly PodFacts[];
  readonly by: string;
}

/** What the process knew that sent the status which is being stored. */
export interface StatusPut {
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  readonly policies: readonly PolicyFacts[];
  readonly views: ReadonlyMap<string, NodeView>;
  readonly base: PolicyFacts;
  readonly sentAt: number;
}

/** A claim on its way to the Node, and the policy as its sender knew it. */
export interface ClaimSent {
  readonly at: number;
  readonly policy: PolicyFacts | undefined;
}

/** What a Stage left on a host. */
export interface StagedByTask {
  readonly machine: string;
  readonly podName: string;
  readonly policyUID: string;
  readonly version: string;
  /** What runs there. */
  readonly from: string;
}

export interface World {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly state: ClusterState;
  readonly api: ApiServer;
  readonly random: (name: string) => Random;
  /** The probability now: none once the run is calm. */
  readonly rate: (name: keyof Rates) => number;
  readonly rebootCalls: RebootCall[];
  /** Told when a reboot begins because a call was accepted. */
  readonly onOrderedReboot: ((machine: string, attempt: string | undefined) => void)[];
  /** Told when a task has changed settings of a host. */
  readonly onPinned: ((machine: string, before: HostSettings, after: HostSettings) => void)[];
  /** Told when a Stage has ended with an image on the host. */
  readonly onStaged: ((staged: StagedByTask) => void)[];
  readonly lists: PodList[];
  /** Told when a person runs helm. */
  readonly onChart: ((verb: ChartVerb) => void)[];
  statusPut: StatusPut | undefined;
  /** By attempt. */
  readonly claimsSent: Map<string, ClaimSent>;
  /** A line of the run's story. */
  readonly gates: Gates;
  readonly startedAt: number;
  readonly tell: (line: string) => void;
  /** Something is broken: the run ends here. */
  readonly fail: (problem: string) => void;
}
