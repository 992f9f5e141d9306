/** The operator's own waits and limits as they come from Helm values: Go-style durations and counts, each within safe bounds. */
import { z } from 'zod';
import { duration, durationToMillis, millisToDuration } from '../api/duration.ts';
import { defaultSettings } from '../plan/settings.ts';
import type { Settings } from '../plan/settings.ts';

/** Times of the leader election, in milliseconds, with the meaning that Kubernetes' own components give them. */
export interface LeaseTimes {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export const defaultLeaseTimes: LeaseTimes = {
  leaseDuration: 15_000,
  renewDeadline: 10_000,
  retryPeriod: 2000,
};

type Count = 'maxInspects' | 'evictionsPerOwner' | 'maxClaims';
type Wait = Exclude<keyof Settings, Count> | keyof LeaseTimes;

/** The smallest accepted value of each wait. */
export const leastWaits = {
  orderValidity: '5s',
  orderVoidAfter: '5s',
  inspectTimeout: '5s',
  stageTimeout: '5s',
  hookTimeout: '5s',
  taskBackoff: '1s',
  taskBackoffMost: '1s',
  evictionBudgetRetry: '1s',
  evictionWebhookRetry: '1s',
  previewFresh: '1s',
  drainImpossibleAfter: '10s',
  soakUnhealthy: '1s',
  watchSilence: '5s',
  // An answer may take 10 s.
  gateFresh: '11s',
  gateAgain: '1s',
  terminatingNamed: '1s',
  clockAhead: '1s',
  leaseDuration: '3s',
  renewDeadline: '2s',
  retryPeriod: '200ms',
} as const satisfies Record<Wait, string>;

/** The bounds of each count. */
export const countBounds = {
  maxInspects: [1, 1000],
  evictionsPerOwner: [1, 100],
  // The ledger in a policy's status has room for so many.
  maxClaims: [1, 200],
} as const satisfies Record<Count, readonly [least: number, most: number]>;

export const settingNames: readonly string[] = [...Object.keys(leastWaits), ...Object.keys(countBounds)];

const wait = (least: string) =>
  duration({ least, description: `At least ${least}.` })
    .transform(durationToMillis)
    .exactOptional();
const count = ([least, most]: readonly [number, number]) => {
  const message = `must be a whole number from ${String(least)} to ${String(most)}`;
  return z.int(message).min(least, message).max(most, message).exactOptional();
};

export const operatorSettings = z
  .strictObject(
    {
      orderValidity: wait(leastWaits.orderValidity),
      orderVoidAfter: wait(leastWaits.orderVoidAfter),
      inspectTimeout: wait(leastWaits.inspectTimeout),
      stageTimeout: wait(leastWaits.stageTimeout),
      hookTimeout: wait(leastWaits.hookTimeout),
      taskBackoff: wait(leastWaits.taskBackoff),
      taskBackoffMost: wait(leastWaits.taskBackoffMost),
      evictionBudgetRetry: wait(leastWaits.evictionBudgetRetry),
      evictionWebhookRetry: wait(leastWaits.evictionWebhookRetry),
      previewFresh: wait(leastWaits.previewFresh),
      drainImpossibleAfter: wait(leastWaits.drainImpossibleAfter),
      soakUnhealthy: wait(leastWaits.soakUnhealthy),
      watchSilence: wait(leastWaits.watchSilence),
      gateFresh: wait(leastWaits.gateFresh),
      gateAgain: wait(leastWaits.gateAgain),
      terminatingNamed: wait(leastWaits.terminatingNamed),
      clockAhead: wait(leastWaits.clockAhead),
      leaseDuration: wait(leastWaits.leaseDuration),
      renewDeadline: wait(leastWaits.renewDeadline),
      retryPeriod: wait(leastWaits.retryPeriod),
      maxInspects: count(countBounds.maxInspects),
      evictionsPerOwner: count(countBounds.evictionsPerOwner),
      maxClaims: count(countBounds.maxClaims),
    } satisfies Record<Wait | Count, z.ZodType>,
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `must have no other keys than ${settingNames.join(', ')}`
          : undefined,
    },
  )
  .transform((given) => {
    const { leaseDuration, renewDeadline, retryPeriod, ...settings } = {
      ...defaultLeaseTimes,
      ...defaultSettings,
      ...given,
    };
    return { settings, lease: { leaseDuration, renewDeadline, retryPeriod } };
  })
  .superRefine(({ settings, lease }, context) => {
    const atMost = (key: string, value: number, most: number, because: string): void => {
      if (value <= most) return;
      const message = `must be at most ${millisToDuration(most)}, ${because}`;
      context.addIssue({ code: 'custom', path: [key], input: millisToDuration(value), message });
    };
    // A budget that counts nodes as they were longer ago is none.
    atMost(
      'watchSilence',
      settings.watchSilence,
      defaultSettings.watchSilence,
      'the oldest sight of nodes that a budget may rest on',
    );
    atMost('taskBackoff', settings.taskBackoff, settings.taskBackoffMost, 'the value of taskBackoffMost');
    // A holder must have given up before anybody else may start, and have tried more than once before it gives up.
    atMost('renewDeadline', lease.renewDeadline, lease.leaseDuration - 1000, 'leaseDuration less 1s');
    atMost('retryPeriod', lease.retryPeriod, lease.renewDeadline / 2, 'half of renewDeadline');
  });
