/** The Job of one hook: a program of the policy's author under an account without rights, held to Pod Security `restricted`. */
import { createHash } from 'node:crypto';
import { attemptKey, hookKey, nodeUIDKey, policyUIDKey } from '../../api/keys.ts';
import type { HookJob } from '../../ports/cluster.ts';

/** What an administrator sets for all hooks. */
export interface HookJobOptions {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** One Job for each node, attempt and hook, because one name. An attempt comes from an annotation on a Node and may be any text. */
export function hookJobName({
  nodeUID,
  attempt,
  hook,
}: Pick<HookJob, 'nodeUID' | 'attempt' | 'hook'>): string {
  const id = createHash('sha256')
    .update(JSON.stringify([nodeUID, attempt, hook]))
    .digest('hex')
    .slice(0, 20);
  return `${hook === 'beforeDrain' ? 'before-drain' : 'after-update'}-${id}`;
}

export function hookJobManifest(job: HookJob, { namespace, serviceAccount }: HookJobOptions): object {
  const { program } = job;
  const labels = { [hookKey]: job.hook, [nodeUIDKey]: job.nodeUID, [policyUIDKey]: job.policyUID };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: hookJobName(job),
      namespace,
      labels,
      annotations: { [attemptKey]: job.attempt },
    },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      activeDeadlineSeconds: job.deadlineSeconds,
      // A Pod that another node's drain or shutdown ended has not failed: it is run again elsewhere.
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'hook',
              image: program.image,
              ...(program.command && { command: program.command }),
              // Ours come first, so that none of them can be made of one of theirs.
              env: [
                ...Object.entries(job.variables).map(([name, value]) => ({ name, value: literal(value) })),
                ...(program.env ?? []).map(({ name, value }) => ({ name, value: literal(value) })),
              ],
              ...(program.resources && { resources: program.resources }),
              terminationMessagePolicy: 'FallbackToLogsOnError',
              securityContext: {
                privileged: false,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}

/** The kubelet would put another variable in the place of `$(NAME)`. */
const literal = (value: string): string => value.replaceAll('$', '$$$$');
