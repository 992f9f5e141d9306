/** Jobs that the right to run hooks would let the operator's account make, and its admission policy does not. */
import { hookJobManifest } from '../../../src/adapters/kubernetes/hook-job.ts';
import { aHookJob } from '../../adapters/kubernetes/support/objects.ts';
import { anyJob, hookJobs, hooksNamespace } from '../fenced-cluster.ts';
import type { Attempt } from './attempt.ts';

/** The Job of a hook, with other fields of its own, of its Pod and of its container. */
const hookJob = (pod: object, container: object = {}, job: object = {}, metadata: object = {}): object => {
  const account = { namespace: hooksNamespace, serviceAccount: 'containeros-hooks' };
  const made = Object(hookJobManifest(aHookJob({ attempt: 'stolen' }), account));
  const { template } = made.spec;
  const [first] = template.spec.containers;
  return {
    ...made,
    spec: {
      ...made.spec,
      ...job,
      template: {
        metadata: { ...template.metadata, ...metadata },
        spec: { ...template.spec, containers: [{ ...first, ...container }], ...pod },
      },
    },
  };
};
const attempt = (name: string, job: object, refusal: string): Attempt => ({
  name: `make a hook ${name}`,
  send: (as) => as.create(hookJobs, job),
  refusal,
});
const pod = 'spec.template.spec';
const container = `${pod}.containers[0]`;
const volume = (source: object): object => ({ volumes: [{ name: 'mine', ...source }] });
const mounted = { volumeMounts: [{ name: 'mine', mountPath: '/mine' }] };
const plain = `${container}.env: must have plain values`;
const secret = { secretKeyRef: { name: 'gate', key: 'token' } };
const secured = `${container}.securityContext: must be without privileges`;
const podSecured = `${pod}.securityContext: must be runAsNonRoot`;
const bare = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const once = 'spec: must be one run of one Pod, with a deadline';

export const ofHookJobs: readonly Attempt[] = [
  attempt(
    'of another account',
    hookJob({ serviceAccountName: 'somebody', serviceAccount: 'somebody' }),
    `${pod}.serviceAccountName: must be containeros-hooks`,
  ),
  attempt(
    'with the token of its account',
    hookJob({ automountServiceAccountToken: true }),
    `${pod}.automountServiceAccountToken: must be false`,
  ),
  attempt(
    'that mounts a token',
    hookJob(volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }), mounted),
    `${pod}.volumes: a hook has none`,
  ),
  attempt(
    'that mounts a Secret',
    hookJob(volume({ secret: { secretName: 'gate' } }), mounted),
    `${pod}.volumes: a hook has none`,
  ),
  attempt(
    'that mounts its host',
    hookJob(volume({ hostPath: { path: '/' } }), mounted),
    `${pod}.volumes: a hook has none`,
  ),
  attempt('with a variable out of a Secret', hookJob({}, { env: [{ name: 'A', valueFrom: secret }] }), plain),
  attempt(
    'with all variables of a Secret',
    hookJob({}, { envFrom: [{ secretRef: { name: 'gate' } }] }),
    `${container}.envFrom: a hook has none`,
  ),
  attempt('that is privileged', hookJob({}, { securityContext: { privileged: true } }), secured),
  attempt(
    'that gains privileges',
    hookJob({}, { securityContext: { ...bare, allowPrivilegeEscalation: true } }),
    secured,
  ),
  attempt(
    'with a capability',
    hookJob({}, { securityContext: { ...bare, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } } }),
    secured,
  ),
  attempt('that is root', hookJob({}, { securityContext: { ...bare, runAsUser: 0 } }), secured),
  attempt(
    'that may be root',
    hookJob({ securityContext: { runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } } }),
    podSecured,
  ),
  attempt(
    'without a filter of system calls',
    hookJob({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } } }),
    podSecured,
  ),
  ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) =>
    attempt(`with ${field}`, hookJob({ [field]: true }), `${pod}.${field}: a hook has none`),
  ),
  ...Object.entries({
    nodeName: 'n1',
    nodeSelector: { role: 'secret' },
    tolerations: [{ operator: 'Exists' }],
    priorityClassName: 'system-node-critical',
    runtimeClassName: 'other',
    imagePullSecrets: [{ name: 'pull' }],
  }).map(([field, value]) =>
    attempt(`with ${field}`, hookJob({ [field]: value }), `${pod}.${field}: a hook has none`),
  ),
  attempt(
    'with an init container',
    hookJob({ initContainers: [{ name: 'first', image: 'mine' }] }),
    `${pod}.initContainers: a hook has none`,
  ),
  attempt(
    'with a second container',
    hookJob({
      containers: ['a', 'b'].map((name) => ({ name, image: 'mine', securityContext: bare })),
    }),
    `${pod}.containers: must be exactly one`,
  ),
  attempt(
    'with annotations that others act on',
    hookJob({}, {}, {}, { annotations: { 'example.com/inject': 'secrets' } }),
    'spec.template.metadata.annotations: must be none',
  ),
  attempt(
    'with labels that others act on',
    hookJob({}, {}, {}, { labels: { 'example.com/inject': 'secrets' } }),
    'spec.template.metadata.labels: must be of containeros.dev/ only',
  ),
  attempt('without a deadline', hookJob({}, {}, { activeDeadlineSeconds: null }), once),
  attempt('with many Pods', hookJob({}, {}, { parallelism: 50, completions: 50 }), once),
  {
    name: 'make a hook in another namespace',
    send: (as) => as.create('/apis/batch/v1/namespaces/default/jobs', anyJob),
    refusal: 'cannot create resource "jobs" in API group "batch" in the namespace "default"',
  },
];
