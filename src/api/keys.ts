/** Every label and annotation key that we read or write. Nowhere else. */
export const group = 'containeros.dev';
export const version = 'v1alpha1';

/** Annotations on Nodes. */
export const claimKey = `${group}/claim`;
export const holdKey = `${group}/hold`;
export const keepCordonedKey = `${group}/keep-cordoned`;
export const retryKey = `${group}/retry`;
export const updateNowKey = `${group}/update-now`;
/** What the host's own settings were before the operator changed them. */
export const restoreKey = `${group}/restore`;

/** Label on Nodes: a person's word for the OS, where a build of their own does not call itself by its name. */
export const osKey = `${group}/os`;

/** Annotation on Pods: not to be evicted before this RFC 3339 time. */
export const doNotEvictBeforeKey = `${group}/do-not-evict-before`;

/** Labels on node-task Pods. */
export const taskKey = `${group}/task`;
export const nodeUIDKey = `${group}/node-uid`;
export const policyUIDKey = `${group}/policy-uid`;

/** On a Secret with the token of a gate: a label that must be there, and an annotation with the address it may be sent to. */
export const gateTokenKey = `${group}/gate-token`;
export const allowedUrlKey = `${group}/allowed-url`;

/** Label on the Jobs of hooks: which hook. They also carry `nodeUIDKey` and `policyUIDKey`. */
export const hookKey = `${group}/hook`;

/** Annotations on node-task Pods. */
export const attemptKey = `${group}/attempt`;
/** What an Inspect or Stage was asked for, where that changes its answer. */
export const askedKey = `${group}/asked`;

/** Other people's keys that we honour or, where listed in a claim's `added`, set. */
export const scaleDownDisabledKey = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
export const doNotDisruptKey = 'karpenter.sh/do-not-disrupt';
export const mirrorPodKey = 'kubernetes.io/config.mirror';
export const controlPlaneKeys = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
] as const;

/** Taints that say an autoscaler is deleting the node. */
export const deletingTaints = ['ToBeDeletedByClusterAutoscaler', 'karpenter.sh/disrupted'] as const;

export const tasksNamespace = 'containeros-tasks';
export const leaseName = 'containeros-operator';
export const exclusiveLeaseName = 'containeros-exclusive';
