/** Waits and limits of the operator itself (Helm values). All in milliseconds unless the name says otherwise. */
export interface Settings {
  /** `order.notAfter` = order + this. */
  readonly orderValidity: number;
  /** A host may put an accepted reboot off: the order is void so long after `notAfter`. */
  readonly orderVoidAfter: number;
  readonly inspectTimeout: number;
  readonly stageTimeout: number;
  /** A hook that has not ended by then has failed. */
  readonly hookTimeout: number;
  /** Inspect Pods at once. */
  readonly maxInspects: number;
  /** First wait after a task without an answer; doubles to `taskBackoffMost`. */
  readonly taskBackoff: number;
  readonly taskBackoffMost: number;
  /** Wait before an eviction that a PDB refused is sent again without a change of the PDB. */
  readonly evictionBudgetRetry: number;
  readonly evictionWebhookRetry: number;
  /** A preview older than this is taken again before a claim rests on it. */
  readonly previewFresh: number;
  /** A drain preview that refuses for so long is `Stalled/DrainImpossible`. */
  readonly drainImpossibleAfter: number;
  /** Unhealthy in one go during the soak for longer than this counts as a failure. */
  readonly soakUnhealthy: number;
  /** A node whose Node watch was not heard for so long lets no new claim happen. */
  readonly watchSilence: number;
  /** A node is started on an answer of a gate that was asked for at most so long ago. */
  readonly gateFresh: number;
  /** A gate that is not open is asked again after so long. */
  readonly gateAgain: number;
  /** Past its grace period by so long a terminating Pod is named with its finalizers. */
  readonly terminatingNamed: number;
  /** A node whose clock is ahead by more is not a candidate. */
  readonly clockAhead: number;
  /** How often a Pod of one owner may come back to a draining node. */
  readonly evictionsPerOwner: number;
  readonly maxClaims: number;
}

export const defaultSettings: Settings = {
  orderValidity: 120_000,
  orderVoidAfter: 360_000,
  inspectTimeout: 300_000,
  stageTimeout: 1_200_000,
  hookTimeout: 600_000,
  maxInspects: 25,
  taskBackoff: 15_000,
  taskBackoffMost: 600_000,
  evictionBudgetRetry: 30_000,
  evictionWebhookRetry: 10_000,
  previewFresh: 10_000,
  drainImpossibleAfter: 86_400_000,
  soakUnhealthy: 60_000,
  watchSilence: 90_000,
  gateFresh: 15_000,
  gateAgain: 30_000,
  terminatingNamed: 120_000,
  clockAhead: 30_000,
  evictionsPerOwner: 3,
  maxClaims: 200,
};
