/** Programs of people around the update of a node: whether one has run for this attempt, and the step that starts it. */
import { millisToDuration } from '../api/duration.ts';
import type { Hook, HookName } from '../api/hooks.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { HookFacts, Millis } from './facts.ts';
import type { ClaimedCase } from './node-case.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import { sayTime } from './text.ts';

export type HookVerdict =
  /** It has succeeded, or there is none to run. */
  | { readonly kind: 'Passed'; readonly job: HookFacts | undefined }
  | {
      readonly kind: 'Waits';
      readonly because: string;
      readonly steps: readonly Step[];
      readonly wakeAt?: Millis;
    }
  | { readonly kind: 'Failed'; readonly because: string; readonly job: HookFacts | undefined };

export const hookNames = ['beforeDrain', 'afterUpdate'] as const satisfies readonly HookName[];

export const hookTitle = (hook: HookName): string => `hook ${hook}`;

/** What a refused Job is called in the memory of tasks: that of another attempt says nothing of this one. */
export const hookTask = (hook: HookName, attempt: string): string => `${hookTitle(hook)} of ${attempt}`;

/** A Job that the API server refuses so many times in a row, with doubling waits, is a hook that failed. */
const mostRefusals = 5;
/** The job controller ends a Job at its deadline; where it does not, nothing is waited for much longer. */
const past = 60_000;

export function judgeHook(c: ClaimedCase, hook: HookName): HookVerdict {
  const { now, settings, taskMemory } = c.snapshot;
  const program = programOf(c, hook);
  // One that is not known of may have run all the same.
  if (program !== undefined && c.snapshot.hooks === 'Unheard')
    return { kind: 'Waits', because: unheard, steps: [] };
  const job = jobOf(c, hook);
  if (program === undefined || job?.state === 'Succeeded') return { kind: 'Passed', job };
  const title = hookTitle(hook);
  const failed = (why: string): HookVerdict => ({
    kind: 'Failed',
    because: `${title} failed${why === '' ? '' : `: ${why}`}`,
    job,
  });
  if (job === undefined) {
    const refused = taskMemory.get(c.node.uid);
    if (refused?.task !== hookTask(hook, c.claim.attempt) || c.retried) return start(c, hook, program);
    if (refused.count >= mostRefusals) return failed(refused.because);
    if (refused.notBefore <= now) return start(c, hook, program);
    return {
      kind: 'Waits',
      because: `${refused.because}; tried again after ${sayTime(refused.notBefore)}`,
      steps: [],
      wakeAt: refused.notBefore,
    };
  }
  if (job.state === 'Failed') return failed(job.message);
  if (job.deleting) return { kind: 'Waits', because: `the Job of ${title} is going away`, steps: [] };
  const end = job.createdAt + settings.hookTimeout + past;
  if (now >= end) return failed(`it did not end within ${millisToDuration(settings.hookTimeout)}`);
  const because = job.message === '' ? `${title} is running` : `${title} waits: ${job.message}`;
  return { kind: 'Waits', because, steps: [], wakeAt: end };
}

/** Only the policy that made the claim runs its hooks on the node. */
function programOf({ policy, claim, spec, snapshot }: ClaimedCase, hook: HookName): Hook | undefined {
  return policy.uid === claim.policyUID && snapshot.hooks !== undefined ? spec.hooks?.[hook] : undefined;
}

const jobOf = ({ snapshot, node, claim }: ClaimedCase, hook: HookName): HookFacts | undefined =>
  snapshot.hooks === 'Unheard'
    ? undefined
    : snapshot.hooks?.find(
        (job) => job.nodeUID === node.uid && job.attempt === claim.attempt && job.hook === hook,
      );

function start(c: ClaimedCase, hook: HookName, program: Hook): HookVerdict {
  const { node, policy, claim, seen, snapshot } = c;
  const to = hook === 'beforeDrain' ? claim.target : (seen.version ?? claim.target);
  const because = `${hookTitle(hook)} is started`;
  const step: Step = {
    do: 'CreateHook',
    node: node.name,
    nodeUID: node.uid,
    policyUID: policy.uid,
    attempt: claim.attempt,
    hook,
    program,
    variables: {
      CONTAINEROS_NODE: node.name,
      CONTAINEROS_POLICY: policy.name,
      CONTAINEROS_OS: claim.os,
      CONTAINEROS_FROM_VERSION: claim.from,
      CONTAINEROS_TO_VERSION: to,
    },
    deadlineSeconds: Math.ceil(snapshot.settings.hookTimeout / 1000),
    because,
  };
  return { kind: 'Waits', because, steps: [step] };
}

export const deleteHook = (job: HookFacts, node: string, because: string): Step => ({
  do: 'DeleteHook',
  node,
  nodeUID: job.nodeUID,
  jobName: job.jobName,
  jobUID: job.jobUID,
  because,
});

/** Seconds that the hooks of this attempt took, from the Job to its end. */
export function hookSeconds(c: ClaimedCase): Readonly<Record<string, number>> {
  return Object.fromEntries(
    hookNames.flatMap((hook) => {
      const job = jobOf(c, hook);
      if (job?.state !== 'Succeeded' || job.endedAt === undefined) return [];
      return [[hook, Math.max(0, Math.round((job.endedAt - job.createdAt) / 1000))] as const];
    }),
  );
}

const hasHooks = ({ hooks }: Pick<PolicySpec, 'hooks'>): boolean =>
  hookNames.some((hook) => hooks?.[hook] !== undefined);

/** Why nothing is started: hooks that cannot run must not be left out in silence. */
export const hooksUnavailable = (
  spec: Pick<PolicySpec, 'hooks'>,
  snapshot: Pick<Snapshot, 'hooks'>,
): string | undefined =>
  snapshot.hooks === undefined && hasHooks(spec)
    ? "spec.hooks cannot run: the chart's value hooks.namespace is not set"
    : undefined;

const unheard =
  'the Jobs of hooks cannot be listed; does the namespace of hooks exist, with the rights of the chart?';
/** A first list takes a moment. */
const unheardFor = 60_000;

/** Jobs that are there are not known: nothing is started, and what is under way waits at its next hook. */
export function hooksUnheard(
  spec: Pick<PolicySpec, 'hooks'>,
  { hooks, leadsSince, now }: Pick<Snapshot, 'hooks' | 'leadsSince' | 'now'>,
): { readonly because: string; readonly stalledAt: Millis; readonly stalled: boolean } | undefined {
  if (hooks !== 'Unheard' || !hasHooks(spec)) return undefined;
  const stalledAt = leadsSince + unheardFor;
  return { because: `spec.hooks cannot run: ${unheard}`, stalledAt, stalled: now >= stalledAt };
}
