/** A client with a node's own certificate: what its kubelet, or who has broken into it, may do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ApiClient } from '../../lab/api/api-client.ts';
import { createApiClient } from '../../lab/api/api-client.ts';
import type { Scene } from './scene.ts';
import { sharedStage } from './scene.ts';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export function asNode(scene: Scene, name: string): ApiClient {
  const file = join(sharedStage().dir, 'nodes', scene.full(name), 'kubeconfig');
  const { clusters, users }: Kubeconfig = parse(readFileSync(file, 'utf8'));
  const plain = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
  return createApiClient(clusters[0].cluster.server, {
    ca: plain(clusters[0].cluster['certificate-authority-data']),
    cert: plain(users[0].user['client-certificate-data']),
    key: plain(users[0].user['client-key-data']),
  });
}
