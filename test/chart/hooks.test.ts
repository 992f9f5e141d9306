/** What the chart makes where its values name a namespace for hooks. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { needed, only, render } from './helm.ts';
import type { Manifest } from './helm.ts';

const titles = (manifests: readonly Manifest[]): readonly string[] =>
  manifests.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '));
const withHooks = (hooks: object): Promise<readonly Manifest[]> =>
  render({ ...needed, hooks: { namespace: 'os-hooks', ...hooks } });

describe('with a namespace for hooks the chart', () => {
  let before: readonly string[];
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    before = titles(await render());
    manifests = await withHooks({});
  });

  it('makes these objects more', () => {
    expect(
      titles(manifests)
        .filter((title) => !before.includes(title))
        .toSorted(),
    ).toEqual([
      'Namespace os-hooks',
      'Role os-hooks container-os-operator-gate-tokens',
      'Role os-hooks container-os-operator-hooks',
      'RoleBinding os-hooks container-os-operator-gate-tokens',
      'RoleBinding os-hooks container-os-operator-hooks',
      'ServiceAccount os-hooks containeros-hooks',
      'ValidatingAdmissionPolicy container-os-operator-hook-jobs',
      'ValidatingAdmissionPolicyBinding container-os-operator-hook-jobs',
    ]);
  });

  it('grants the operator Jobs there, and nothing to the account of hooks', () => {
    const named = (kind: string): readonly Manifest[] =>
      manifests.filter((one) => one.kind === kind && one.metadata.namespace === 'os-hooks');
    expect(named('Role').flatMap((role) => role['rules'])).toContainEqual({
      apiGroups: ['batch'],
      resources: ['jobs'],
      verbs: ['create', 'list', 'watch', 'delete'],
    });
    const bound = manifests.filter(({ kind }) => kind.endsWith('Binding'));
    expect(JSON.stringify(bound.map((one) => one['subjects']))).not.toContain('containeros-hooks');
  });

  it('holds Pods there to what is restricted, and gives them no token', () => {
    const namespace = manifests.find(({ metadata }) => metadata.name === 'os-hooks');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(only(manifests, 'ServiceAccount', 'os-hooks')).toMatchObject({
      automountServiceAccountToken: false,
    });
  });

  it('gives them the pull secrets and the account of the values', async () => {
    const made = await withHooks({ serviceAccount: 'mine', imagePullSecrets: [{ name: 'pull' }] });
    expect(only(made, 'ServiceAccount', 'os-hooks')).toMatchObject({
      metadata: { name: 'mine' },
      imagePullSecrets: [{ name: 'pull' }],
    });
    const fence = made.find(({ metadata }) => metadata.name === 'container-os-operator-hook-jobs');
    expect(JSON.stringify(fence)).toContain("== 'mine'");
  });

  it('leaves the namespace to others where they have made it', async () => {
    const made = titles(await withHooks({ createNamespace: false }));
    expect(made).not.toContain('Namespace os-hooks');
    expect(made).toContain('Role os-hooks container-os-operator-hooks');
  });
});
