/** The task Pod of a node, as the API server shows it. */
import { tasksNamespace } from '../../../src/api/keys.ts';
import { isNotFound } from '../../lab/api/api-error.ts';
import { until } from '../../lab/process/until.ts';
import type { Scene } from './scene.ts';
import { patience } from './waits.ts';

export interface RawTaskPod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status?: { readonly phase?: string };
}

export const taskPodsPath = `/api/v1/namespaces/${tasksNamespace}/pods`;

/** Waits until the node has a task Pod that `is` wants, and answers it. */
export async function untilTask(
  scene: Scene,
  node: string,
  is: (pod: RawTaskPod) => boolean,
): Promise<RawTaskPod> {
  const { uid } = (await scene.node(node)).metadata;
  const look = async (): Promise<RawTaskPod | undefined> => {
    try {
      const pod = await scene.client.get<RawTaskPod>(`${taskPodsPath}/task-${uid}`);
      return is(pod) ? pod : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return until(`a task Pod on ${node}`, look, { withinMs: patience(60_000), everyMs: 100 });
}
