/** What the checks read of the cluster's objects: the raw form, less what would only fill the history. */

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly creationTimestamp?: string;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

export interface RawObject {
  readonly metadata: Metadata;
}

export interface RawNode extends RawObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly bootID?: string; readonly osImage?: string };
  };
}

export interface RawPod extends RawObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly state?: { readonly terminated?: { readonly message?: string } };
    }[];
  };
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface RawPolicy extends RawObject {
  readonly spec: {
    readonly os: string;
    readonly nodeSelector?: LabelSelector;
    readonly includeControlPlane?: boolean;
    readonly priority?: number;
    readonly mode?: string;
    readonly paused?: boolean;
    readonly rollout?: {
      readonly maxUnavailable?: number | string;
      readonly ignoreUnavailable?: LabelSelector;
      readonly maxFailures?: number | string;
    };
    readonly drain?: {
      readonly skipPods?: LabelSelector;
      readonly skipTerminatingOlderThan?: string;
      readonly gracePeriodSeconds?: number;
    };
    readonly retry?: { readonly token?: string };
  };
  readonly status?: {
    readonly claims?: readonly LedgerEntry[];
    readonly fence?: string;
    readonly failures?: readonly { readonly nodeUID: string }[];
    readonly retryToken?: string;
  };
}

export interface LedgerEntry {
  readonly node: string;
  readonly nodeUID: string;
  readonly attempt: string;
  readonly phase: string;
}

export interface RawView extends RawObject {
  readonly status?: {
    readonly state?: string;
    readonly version?: string;
    readonly lastUpdate?: { readonly to: string; readonly at: string };
  };
}

export interface Objects {
  readonly nodes: RawNode;
  readonly pods: RawPod;
  readonly policies: RawPolicy;
  readonly views: RawView;
}
export type Resource = keyof Objects;
