/** The Job of a hook and its Pod: what it was made for, how it ended, and what keeps it from starting. */
import type { HookName } from '../../../api/hooks.ts';
import { attemptKey, hookKey, nodeUIDKey } from '../../../api/keys.ts';
import type { HookFacts } from '../../../plan/facts.ts';
import { hookJobName } from '../hook-job.ts';
import type { RawCondition, RawObject } from '../raw.ts';
import type { RawPod } from './pod.ts';
import { cleanText, lastText } from './text.ts';
import { millisOf } from './time.ts';

export interface RawHookJob extends RawObject {
  readonly status?: {
    readonly active?: number;
    readonly completionTime?: string;
    readonly conditions?: readonly RawCondition[];
  };
}

export type RawHookPod = RawPod;

/** A Job trimmed, before its Pod is known. */
export interface HookRecord {
  /** Undefined for a Job that the operator did not make: its name says so. */
  readonly facts: Omit<HookFacts, 'message'> | undefined;
  /** Why the job controller gave it up. */
  readonly reason: string;
  /** A Pod of it is there. */
  readonly active: boolean;
}

/** A Pod of a hook, as far as it has something to say. */
export interface HookPodRecord {
  readonly jobUID: string;
  /** What keeps it from starting. */
  readonly waits: string;
  /** How it ended, if it did not well. */
  readonly ended: string | undefined;
}

const names: readonly HookName[] = ['beforeDrain', 'afterUpdate'];
const longest = 600;

export function hookRecord({ metadata = {}, status = {} }: RawHookJob): HookRecord {
  const { name: jobName = '', labels = {}, annotations = {} } = metadata;
  const hook = names.find((one) => one === labels[hookKey]);
  const nodeUID = labels[nodeUIDKey] ?? '';
  const attempt = annotations[attemptKey] ?? '';
  const is = (type: string): RawCondition | undefined =>
    (status.conditions ?? []).find((one) => one.type === type && one.status === 'True');
  const failed = is('Failed');
  const complete = is('Complete');
  const ours = hook !== undefined && jobName === hookJobName({ nodeUID, attempt, hook });
  return {
    facts: ours
      ? {
          jobName,
          jobUID: metadata.uid ?? '',
          nodeUID,
          attempt,
          hook,
          state: complete ? 'Succeeded' : failed ? 'Failed' : 'Running',
          deleting: metadata.deletionTimestamp !== undefined,
          createdAt: millisOf(metadata.creationTimestamp) ?? 0,
          endedAt: millisOf(status.completionTime ?? failed?.lastTransitionTime),
        }
      : undefined,
    reason: failed?.reason ?? '',
    active: (status.active ?? 0) > 0,
  };
}

export function hookPodRecord({ metadata = {}, status = {} }: RawHookPod): HookPodRecord {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const { waiting, terminated } = status.containerStatuses?.[0]?.state ?? {};
  const scheduled = (status.conditions ?? []).find(({ type }) => type === 'PodScheduled');
  const ended =
    terminated !== undefined && (terminated.exitCode ?? 0) !== 0
      ? withText(
          endOf(terminated.reason ?? '', terminated.exitCode ?? 0),
          lastText(terminated.message, longest),
        )
      : status.phase === 'Failed'
        ? withText(status.reason ?? 'its pod failed', cleanText(status.message, longest))
        : undefined;
  const waits =
    waiting?.reason !== undefined && !['ContainerCreating', 'PodInitializing'].includes(waiting.reason)
      ? withText(waiting.reason, cleanText(waiting.message, longest))
      : scheduled?.status === 'False'
        ? withText('its pod has no node', cleanText(scheduled.message, longest))
        : '';
  return { jobUID: owner?.uid ?? '', waits, ended };
}

const endOf = (reason: string, exitCode: number): string =>
  reason === 'OOMKilled' ? 'killed for want of memory' : `exit code ${exitCode}`;

const withText = (what: string, text: string): string => (text === '' ? what : `${what}: ${text}`);
