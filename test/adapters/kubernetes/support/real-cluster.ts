/** A real control plane with our kinds, and an account that has exactly the operator's rights on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { createApiClient } from '../../../../src/adapters/kubernetes/client.ts';
import type { ApiClient } from '../../../../src/adapters/kubernetes/client.ts';
import { createCredentials } from '../../../../src/adapters/kubernetes/credentials.ts';
import { writeKubeconfig } from '../../../lab/api/kubeconfig.ts';
import { ensurePrograms } from '../../../lab/build/ensure-programs.ts';
import { startControlPlane } from '../../../lab/control-plane.ts';
import type { ControlPlane } from '../../../lab/control-plane.ts';
import { systemClock } from './system-clock.ts';

export const ownNamespace = 'operator-system';
export const hooksNamespace = 'hooks';

export interface RealCluster {
  readonly plane: ControlPlane;
  readonly kubeconfig: string;
  readonly api: ApiClient;
  apply(...objects: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

const rule = (apiGroups: string, resources: string, verbs: string, resourceNames?: string): object => ({
  apiGroups: [apiGroups],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(resourceNames !== undefined && { resourceNames: [resourceNames] }),
});
const subjects = [{ kind: 'User', name: 'operator', apiGroup: 'rbac.authorization.k8s.io' }];
const rbac = 'rbac.authorization.k8s.io/v1';

function granted(
  kind: 'ClusterRole' | 'Role',
  name: string,
  rules: readonly object[],
  namespace?: string,
): object[] {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
  return [
    { apiVersion: rbac, kind, metadata, rules },
    { apiVersion: rbac, kind: `${kind}Binding`, metadata, roleRef, subjects },
  ];
}

const rights = [
  ...granted('ClusterRole', 'operator', [
    rule('containeros.dev', 'containerospolicies', 'get list watch'),
    rule('containeros.dev', 'containerospolicies/status', 'update'),
    rule('containeros.dev', 'containerosnodes', 'get list watch create delete'),
    rule('containeros.dev', 'containerosnodes/status', 'update'),
    rule('', 'nodes', 'get list watch patch'),
    rule('', 'pods', 'list watch'),
    rule('', 'pods/eviction', 'create'),
    rule('policy', 'poddisruptionbudgets', 'list watch'),
  ]),
  ...granted('Role', 'tasks', [rule('', 'pods', 'create delete')], 'containeros-tasks'),
  ...granted(
    'Role',
    'leases',
    [
      rule('coordination.k8s.io', 'leases', 'create'),
      rule('coordination.k8s.io', 'leases', 'get watch update', 'containeros-operator'),
      rule('coordination.k8s.io', 'leases', 'get delete', 'containeros-exclusive'),
    ],
    ownNamespace,
  ),
  ...granted('Role', 'hooks', [rule('batch', 'jobs', 'create list watch delete')], hooksNamespace),
  ...granted('Role', 'events', [rule('events.k8s.io', 'events', 'create patch')], 'default'),
];

const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export async function startRealCluster(): Promise<RealCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'adapter-'));
  const plane = await startControlPlane(dir, { programs: await ensurePrograms() });
  const apply = async (...objects: readonly object[]): Promise<void> => {
    await plane.kubectl(['apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
  };
  await plane.kubectl(['apply', '-f', join(import.meta.dirname, '../../../../crds')]);
  await apply(...['containeros-tasks', ownNamespace, hooksNamespace].map(namespace));
  await apply(...rights);
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  const credentials = await plane.pki.issue('operator', 'operator');
  const kubeconfig = writeKubeconfig(join(dir, 'operator.kubeconfig'), plane.server, 'operator', credentials);
  const api = createApiClient({
    credentials: createCredentials(() => {
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      return config;
    }, systemClock),
    userAgent: 'test',
  });
  return {
    plane,
    kubeconfig,
    api,
    apply,
    stop: async () => {
      api.close();
      await plane.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
