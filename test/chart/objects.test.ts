import { beforeAll, describe, expect, it } from '@jest/globals';
import { needed, only, release, render } from './helm.ts';
import type { Manifest } from './helm.ts';

const labels = {
  'app.kubernetes.io/name': 'container-os-operator',
  'app.kubernetes.io/instance': release.name,
};

/** Made before an uninstall and gone after it. */
const atUninstall = [
  'ClusterRole container-os-operator-release',
  'ClusterRoleBinding container-os-operator-release',
  'Job os-operator container-os-operator-release',
  'Role containeros-tasks container-os-operator-release',
  'Role os-operator container-os-operator-release',
  'RoleBinding containeros-tasks container-os-operator-release',
  'RoleBinding os-operator container-os-operator-release',
  'ServiceAccount os-operator container-os-operator-release',
];

describe('the chart', () => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render();
  });

  it('makes these objects and no others', () => {
    const made = manifests.map(({ kind, metadata }) =>
      [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '),
    );
    expect(made.toSorted()).toEqual(
      [
        'ClusterRole container-os-operator',
        'ClusterRoleBinding container-os-operator',
        'CustomResourceDefinition containerosnodes.containeros.dev',
        'CustomResourceDefinition containerospolicies.containeros.dev',
        'Deployment os-operator container-os-operator',
        'FlowSchema container-os-operator-leases',
        'Namespace containeros-tasks',
        'NetworkPolicy containeros-tasks default-deny',
        'PodDisruptionBudget os-operator container-os-operator',
        'Role containeros-tasks container-os-operator',
        'Role default container-os-operator-events',
        'Role os-operator container-os-operator',
        'RoleBinding containeros-tasks container-os-operator',
        'RoleBinding default container-os-operator-events',
        'RoleBinding os-operator container-os-operator',
        'ServiceAccount os-operator container-os-operator',
        'ValidatingAdmissionPolicy container-os-operator-nodes',
        'ValidatingAdmissionPolicy container-os-operator-running-tasks',
        'ValidatingAdmissionPolicy container-os-operator-task-pods',
        'ValidatingAdmissionPolicyBinding container-os-operator-nodes',
        'ValidatingAdmissionPolicyBinding container-os-operator-running-tasks',
        'ValidatingAdmissionPolicyBinding container-os-operator-task-pods',
        ...atUninstall,
      ].toSorted(),
    );
  });

  it('labels everything as its own', () => {
    for (const { metadata } of manifests) expect(metadata.labels).toMatchObject(labels);
  });

  it('keeps task Pods in a namespace of their own that may touch hosts and no network', () => {
    expect(only(manifests, 'Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'privileged',
    });
    expect(only(manifests, 'NetworkPolicy')['spec']).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('gives no Pod a token by itself', () => {
    const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount');
    expect(accounts.map((account) => account['automountServiceAccountToken'])).toEqual([false, false]);
  });

  it('lets one replica go at a time, and any that does not work', () => {
    expect(only(manifests, 'PodDisruptionBudget')['spec']).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: labels },
    });
  });

  it('puts the requests about its Leases, and no others, among those of leader elections', () => {
    expect(only(manifests, 'FlowSchema')['spec']).toEqual({
      priorityLevelConfiguration: { name: 'leader-election' },
      matchingPrecedence: 150,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [
            {
              kind: 'ServiceAccount',
              serviceAccount: { name: 'container-os-operator', namespace: release.namespace },
            },
          ],
          resourceRules: [
            {
              apiGroups: ['coordination.k8s.io'],
              resources: ['leases'],
              verbs: ['get', 'watch', 'create', 'update', 'delete'],
              namespaces: [release.namespace],
            },
          ],
        },
      ],
    });
  });

  it.each([0, 1])(
    'has no disruption budget with %d replicas, which it would only block',
    async (replicas) => {
      const kinds = (await render({ ...needed, replicas })).map(({ kind }) => kind);
      expect(kinds).not.toContain('PodDisruptionBudget');
    },
  );

  it('binds each admission policy so that it refuses', () => {
    const bound = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    for (const binding of bound) {
      const policyName = binding.metadata.name;
      expect(binding['spec']).toEqual({ policyName, validationActions: ['Deny'] });
    }
    const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(policies.map(({ metadata }) => metadata.name)).toEqual(bound.map(({ metadata }) => metadata.name));
    for (const policy of policies) expect(policy['spec']).toMatchObject({ failurePolicy: 'Fail' });
  });

  it('has no admission policies where it is told so', async () => {
    const none = await render({ ...needed, admissionPolicies: { enabled: false } });
    expect(none.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))).toEqual([]);
  });

  it('lets task Pods run the further images that it is told', async () => {
    const rewritten = 'mirror.example.com/container-os-operator:v1';
    const made = await render({ ...needed, admissionPolicies: { images: [rewritten] } });
    const policy = made.find(
      ({ kind, metadata }) =>
        kind === 'ValidatingAdmissionPolicy' && metadata.name === 'container-os-operator-task-pods',
    );
    expect(JSON.stringify(policy?.['spec'])).toContain(`:0.1.0 or ${rewritten}"`);
  });

  it('keeps the CRDs at uninstall, and so all policies', () => {
    const crds = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');
    const keep = { 'helm.sh/resource-policy': 'keep' };
    expect(crds.map(({ metadata }) => metadata.annotations)).toEqual([keep, keep]);
  });

  it('lets go of the CRDs where it is told to', async () => {
    const crd = 'CustomResourceDefinition';
    const loose = await render({ ...needed, crds: { keep: false } });
    expect(loose.filter(({ kind }) => kind === crd).map(({ metadata }) => metadata.annotations)).toEqual([
      undefined,
      undefined,
    ]);
    const none = await render({ ...needed, crds: { enabled: false } });
    expect(none.filter(({ kind }) => kind === crd)).toEqual([]);
  });
});
