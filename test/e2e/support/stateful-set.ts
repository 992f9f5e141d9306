/** A StatefulSet of one Pod: the one that takes its place has the same name. */
import type { Scene } from './scene.ts';

export function statefulSetOfOne(
  { namespace }: Scene,
  name: string,
  nodeSelector: Readonly<Record<string, string>>,
): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector,
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: 'example.invalid/web:1' }],
        },
      },
    },
  };
}
