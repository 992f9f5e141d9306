import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Manifest } from './helm.ts';
import { needed, release, render } from './helm.ts';

const rule = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
const role = z.object({ rules: z.array(rule) });
const binding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
});

/** Each single right as a line: where, what, which, and the verb. */
function rightsOf(manifest: Manifest): string[] {
  const where = manifest.metadata.namespace ?? 'everywhere';
  return role
    .parse(manifest)
    .rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames ?? ['*']).flatMap((name) =>
            verbs.map((verb) => `${where}: ${verb} ${group === '' ? 'core' : group}/${resource} ${name}`),
          ),
        ),
      ),
    );
}

describe('the rights that the chart grants', () => {
  let manifests: readonly Manifest[];
  const isHook = ({ metadata }: Manifest): boolean => metadata.annotations?.['helm.sh/hook'] === 'pre-delete';
  const ofKind = (...kinds: string[]) => manifests.filter((one) => kinds.includes(one.kind) && !isHook(one));
  const atUninstall = (...kinds: string[]) =>
    manifests.filter((one) => kinds.includes(one.kind) && isHook(one));
  beforeAll(async () => {
    manifests = await render();
  });

  it('are exactly these', () => {
    const own = release.namespace;
    expect(ofKind('ClusterRole', 'Role').flatMap(rightsOf).toSorted()).toEqual(
      [
        'everywhere: list containeros.dev/containerospolicies *',
        'everywhere: watch containeros.dev/containerospolicies *',
        'everywhere: update containeros.dev/containerospolicies/status *',
        'everywhere: list containeros.dev/containerosnodes *',
        'everywhere: watch containeros.dev/containerosnodes *',
        'everywhere: create containeros.dev/containerosnodes *',
        'everywhere: delete containeros.dev/containerosnodes *',
        'everywhere: update containeros.dev/containerosnodes/status *',
        'everywhere: list core/nodes *',
        'everywhere: watch core/nodes *',
        'everywhere: patch core/nodes *',
        'everywhere: list core/pods *',
        'everywhere: watch core/pods *',
        'everywhere: create core/pods/eviction *',
        'everywhere: list policy/poddisruptionbudgets *',
        'everywhere: watch policy/poddisruptionbudgets *',
        'containeros-tasks: create core/pods *',
        'containeros-tasks: delete core/pods *',
        `${own}: create coordination.k8s.io/leases *`,
        `${own}: get coordination.k8s.io/leases containeros-operator`,
        `${own}: watch coordination.k8s.io/leases containeros-operator`,
        `${own}: update coordination.k8s.io/leases containeros-operator`,
        `${own}: get coordination.k8s.io/leases containeros-exclusive`,
        `${own}: delete coordination.k8s.io/leases containeros-exclusive`,
        'default: create events.k8s.io/events *',
        'default: patch events.k8s.io/events *',
      ].toSorted(),
    );
  });

  it('are to read tokens of gates, and no other Secret, in the namespace that the values name', async () => {
    const all = async (values: object): Promise<readonly string[]> =>
      (await render({ ...needed, ...values }))
        .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
        .flatMap(rightsOf)
        .filter((right) => right.includes('core/secrets'));
    expect(await all({})).toEqual([]);
    expect(await all({ hooks: { namespace: 'os-hooks' } })).toEqual(['os-hooks: get core/secrets *']);
  });

  it('go to the operator’s account and to nobody else', () => {
    const bindings = ofKind('ClusterRoleBinding', 'RoleBinding').map((manifest) => binding.parse(manifest));
    expect(bindings).toHaveLength(4);
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: 'container-os-operator', namespace: release.namespace },
      ]);
    }
  });

  it('are fewer for the pre-delete hook, and are there only while it runs', () => {
    const own = release.namespace;
    expect(atUninstall('ClusterRole', 'Role').flatMap(rightsOf).toSorted()).toEqual(
      [
        'everywhere: list core/nodes *',
        'everywhere: watch core/nodes *',
        'everywhere: patch core/nodes *',
        'everywhere: list core/pods *',
        'everywhere: watch core/pods *',
        'containeros-tasks: create core/pods *',
        'containeros-tasks: delete core/pods *',
        `${own}: patch apps/deployments/scale container-os-operator`,
        `${own}: create coordination.k8s.io/leases *`,
        `${own}: get coordination.k8s.io/leases containeros-operator`,
        `${own}: watch coordination.k8s.io/leases containeros-operator`,
        `${own}: update coordination.k8s.io/leases containeros-operator`,
        `${own}: get coordination.k8s.io/leases containeros-exclusive`,
        `${own}: delete coordination.k8s.io/leases containeros-exclusive`,
      ].toSorted(),
    );
    const bindings = atUninstall('ClusterRoleBinding', 'RoleBinding').map((one) => binding.parse(one));
    expect(bindings).toHaveLength(3);
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: 'container-os-operator-release', namespace: own },
      ]);
    }
    const policies = atUninstall(
      'ServiceAccount',
      'ClusterRole',
      'Role',
      'ClusterRoleBinding',
      'RoleBinding',
    );
    for (const { metadata } of policies)
      expect(metadata.annotations?.['helm.sh/hook-delete-policy']).toContain('hook-succeeded');
  });

  it('are each bound where they are defined', () => {
    const bound = manifests
      .filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind))
      .map((manifest) => {
        const { roleRef } = binding.parse(manifest);
        return `${roleRef.kind} ${manifest.metadata.namespace ?? '-'} ${roleRef.name}`;
      });
    const roles = manifests.filter(({ kind }) => /^(Cluster)?Role$/.test(kind));
    const defined = roles.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'} ${metadata.name}`,
    );
    expect(bound.toSorted()).toEqual(defined.toSorted());
  });
});
