/** A switch for the readiness of a DaemonSet's Pods: their kubelets really ask it, over loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scene } from './scene.ts';
import { kubectlPatience } from './waits.ts';

export interface ReadinessSwitch {
  set(ready: boolean): void;
  close(): Promise<void>;
}

/** Runs DaemonSet `name` on one node, and settles when its Pod there is Ready. */
export async function deployAgent(scene: Scene, name: string, node: string): Promise<ReadinessSwitch> {
  let ready = true;
  const server = createServer((_request, response) => {
    response.writeHead(ready ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const labels = { app: name };
  const readinessProbe = {
    httpGet: { host: '127.0.0.1', port },
    periodSeconds: 1,
    failureThreshold: 1,
  };
  await scene.apply({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: scene.namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': scene.full(node) },
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: 'example.invalid/agent:1', readinessProbe }],
        },
      },
    },
  });
  await scene.kubectl([
    '-n',
    scene.namespace,
    'rollout',
    'status',
    `daemonset/${name}`,
    kubectlPatience(60_000),
  ]);
  return {
    set: (wanted) => {
      ready = wanted;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
