/** Everything up to the policies: nodes, workloads, recorder, the chart by the real helm. */
import type { ApiObject } from '../../test/lab/api/api-client.ts';
import { installOperator } from '../../test/lab/chart.ts';
import { operatorNamespace } from '../../test/lab/control-plane/audit-policy.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { until } from '../../test/lab/process/until.ts';
import type { Scene } from '../../test/lab/scene.ts';
import { applyScene } from '../../test/lab/scene.ts';

interface Deployment extends ApiObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly availableReplicas?: number };
}

const limitMs = 300_000;

/** @throws Error naming what did not come up; an AbortError after `signal`. */
export async function prepareCluster(
  lab: Lab,
  scene: Scene,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  say(`Starting ${String(scene.nodes.length)} nodes, and workloads with PodDisruptionBudgets on them`);
  await applyScene(lab, scene);
  signal.throwIfAborted();
  say('Installing the chart with helm');
  // Without helm's own wait, which nothing could cut short.
  await installOperator(lab, { wait: false });
  say('Waiting for two operator Pods and for the workloads');
  const deployments = scene.workloads.filter(({ kind }) => kind === 'Deployment');
  const wanted = [
    ...deployments.map(({ metadata: { namespace = 'default', name } }) => ({ namespace, name })),
    { namespace: operatorNamespace, name: 'container-os-operator' },
  ];
  for (const { namespace, name } of wanted) {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    const isAvailable = async (): Promise<true | undefined> => {
      const { spec, status } = await lab.client.get<Deployment>(path);
      return status?.availableReplicas === spec.replicas || undefined;
    };
    await until(`the Deployment ${name} to be available`, isAvailable, {
      withinMs: limitMs,
      everyMs: 250,
      signal,
    });
  }
}
