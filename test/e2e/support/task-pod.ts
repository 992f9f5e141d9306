/** The task Pod of a node, as the API server shows it. */
import { taskKey, tasksNamespace } from '../../../src/api/keys.ts';
import type { TaskKind } from '../../../src/api/task.ts';
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

async function taskOf(scene: Scene, uid: string): Promise<RawTaskPod | undefined> {
  try {
    return await scene.client.get<RawTaskPod>(`${taskPodsPath}/task-${uid}`);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits until the node has a task Pod that `is` wants, and answers it. */
export async function untilTask(
  scene: Scene,
  node: string,
  is: (pod: RawTaskPod) => boolean,
): Promise<RawTaskPod> {
  const { uid } = (await scene.node(node)).metadata;
  const look = async (): Promise<RawTaskPod | undefined> => {
    const pod = await taskOf(scene, uid);
    return pod !== undefined && is(pod) ? pod : undefined;
  };
  return until(`a task Pod on ${node}`, look, { withinMs: patience(60_000), everyMs: 100 });
}

/** Waits until the program of such a task runs. */
export const untilRuns = (scene: Scene, node: string, task: TaskKind): Promise<RawTaskPod> =>
  untilTask(
    scene,
    node,
    ({ metadata, status }) => metadata.labels?.[taskKey] === task && status?.phase === 'Running',
  );

export async function untilNoTask(scene: Scene, node: string): Promise<void> {
  const { uid } = (await scene.node(node)).metadata;
  const isGone = async (): Promise<true | undefined> => (await taskOf(scene, uid)) === undefined || undefined;
  await until(`the task Pod on ${node} to go`, isGone, { withinMs: patience(60_000) });
}
