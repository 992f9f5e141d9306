/** What a run starts from, as data: machines, policies, workloads, and how often what goes wrong. */
import type { OsName } from '../../src/api/os.ts';
import type { GateStatus } from '../../src/api/policy-status.ts';

export type GateState = GateStatus['state'];

export interface MachineSpec {
  readonly name: string;
  readonly os: OsName;
  readonly version: string;
  /** What its update server offers. */
  readonly offer: string;
  /** What else is in its repository: older ones. */
  readonly older?: readonly string[];
  /** The wave of the offer does not come: it is listed only where waves are ignored. */
  readonly gated?: boolean;
  /** Its own setting; `latest` if left out. */
  readonly lock?: string;
  readonly controlPlane?: boolean;
  /** It is added to the cluster so many milliseconds after the start. */
  readonly joinsAt?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Conditions that its kubelet tells beside Ready, and their sound status. */
  readonly conditions?: Readonly<Record<string, 'True' | 'False'>>;
  /** How far its clock is ahead of the operator's, in milliseconds. */
  readonly clockAhead?: number;
  /** Milliseconds that it takes to boot, at least and at most. */
  readonly boots?: readonly [number, number];
}

export interface WorkloadSpec {
  readonly name: string;
  readonly replicas: number;
  /** `maxUnavailable` of its PodDisruptionBudget; none if left out. */
  readonly pdb?: number;
  /** A second budget over the same Pods: the Eviction API then refuses always. */
  readonly secondPdb?: boolean;
  /** Its Pods tolerate cordons and want no other node: they come back to it. */
  readonly comesBack?: boolean;
  readonly daemon?: boolean;
  /** Pods nobody brings back. */
  readonly bare?: boolean;
  /** Milliseconds that a Pod takes to stop. */
  readonly stops: number;
}

/** Probabilities: per request, per task, per reboot, or per minute as the names say. */
export interface Rates {
  readonly requestLost: number;
  readonly answerLost: number;
  readonly crashBefore: number;
  readonly crashAfter: number;
  readonly slow: number;
  readonly repeated: number;
  readonly taskRefused: number;
  readonly taskNeverStarts: number;
  readonly taskLost: number;
  readonly stageFails: number;
  readonly stageRetry: number;
  readonly rebootRefused: number;
  readonly rebootIgnored: number;
  readonly rebootLate: number;
  readonly fallsBack: number;
  readonly neverReturns: number;
  readonly flaps: number;
  readonly slowBoot: number;
  readonly daemonSilent: number;
  readonly selfRebootPerHour: number;
  readonly notReadyPerHour: number;
  readonly sleepPerHour: number;
  readonly frozenWatchPerHour: number;
  readonly webhookPerHour: number;
  readonly hookRefused: number;
  readonly hookFails: number;
  readonly hookHangs: number;
  /** Somebody deletes its Job. */
  readonly hookLost: number;
}

export const noFaults: Rates = {
  requestLost: 0,
  answerLost: 0,
  crashBefore: 0,
  crashAfter: 0,
  slow: 0,
  repeated: 0,
  taskRefused: 0,
  taskNeverStarts: 0,
  taskLost: 0,
  stageFails: 0,
  stageRetry: 0,
  rebootRefused: 0,
  rebootIgnored: 0,
  rebootLate: 0,
  fallsBack: 0,
  neverReturns: 0,
  flaps: 0,
  slowBoot: 0,
  daemonSilent: 0,
  selfRebootPerHour: 0,
  notReadyPerHour: 0,
  sleepPerHour: 0,
  frozenWatchPerHour: 0,
  webhookPerHour: 0,
  hookRefused: 0,
  hookFails: 0,
  hookHangs: 0,
  hookLost: 0,
};

/** What a person does with helm; `uninstallNoHooks` leaves nodes as they are. */
export type ChartVerb = 'uninstall' | 'uninstallNoHooks' | 'install' | 'upgrade';

/** What a person does at a time after the start. */
export interface Deed {
  readonly at: number;
  readonly what:
    | { readonly do: 'cordon' | 'uncordon' | 'unhold' | 'remake' | 'retry'; readonly node: string }
    | { readonly do: 'hold' | 'keepCordoned' | 'updateNow' | 'notNow'; readonly node: string }
    /** `removeClaim`: the annotation; `scaleDown`: the Node for good. */
    | { readonly do: 'removeClaim' | 'deleteView' | 'scaleDown'; readonly node: string }
    | { readonly do: 'breakSpec' | 'mendSpec' | 'wipeStatus'; readonly policy: string }
    | { readonly do: 'edit'; readonly policy: string; readonly spec: object }
    | { readonly do: 'deletePolicy' | 'remakePolicy'; readonly policy: string }
    | { readonly do: 'pdb'; readonly workload: string; readonly maxUnavailable: number }
    /** update_engine stages what is offered by itself. */
    | { readonly do: 'selfStage'; readonly node: string }
    | { readonly do: 'offer'; readonly node: string; readonly version: string }
    /** What the gates with this query are told from then on. */
    | { readonly do: 'gate'; readonly query: string; readonly state: GateState }
    | {
        readonly do: 'condition';
        readonly node: string;
        readonly type: string;
        readonly status: 'True' | 'False';
      }
    | { readonly do: ChartVerb | 'deleteKinds' | 'restoreKinds' }
    /** On the host itself, with its own client. */
    | { readonly do: 'lock'; readonly node: string; readonly version: string };
}

export interface Scenario {
  readonly seed: number;
  /** Noon of an ordinary day if left out. */
  readonly startsAt?: string;
  readonly machines: readonly MachineSpec[];
  readonly policies: readonly {
    readonly name: string;
    readonly spec: object;
    /** What people change in the end. */
    readonly rightSpec?: object;
  }[];
  readonly workloads: readonly WorkloadSpec[];
  readonly rates: Rates;
  readonly deeds: readonly Deed[];
  /** The operator was given no namespace for hooks. */
  readonly noHooks?: true;
  /** All processes of the operator die then. Milliseconds after the start. */
  readonly kills?: readonly number[];
  /** Its story tells estimates and rollouts too. */
  readonly tellsTimes?: boolean;
  /** Processes of the operator. */
  readonly replicas: number;
  /** They run on machines of the cluster, and so go down with them. */
  readonly inCluster: boolean;
  /** From here on nothing goes wrong any more, and people put right what can be put right. Milliseconds after the start. */
  readonly calmAt: number;
  /** Milliseconds after the start. */
  readonly endAt: number;
}
