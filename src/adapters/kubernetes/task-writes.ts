/** Task Pods: made under a fixed name, so that a second one for the same Node is refused; deleted only if still the same Pod. */
import type { ClusterWriter } from '../../ports/cluster.ts';
import type { ApiClient } from './client.ts';
import { inPortWords, isFailure, toPortError } from './errors.ts';
import type { RawPod } from './facts/pod.ts';
import { listPaged } from './list-paged.ts';
import { taskPodPath, taskPodsPath } from './paths.ts';
import type { TaskPodOptions } from './task-pod.ts';
import { taskPodManifest, taskPodName } from './task-pod.ts';

type TaskWrites = Pick<ClusterWriter, 'createTask' | 'deleteTask' | 'taskExists'>;

export function taskWrites(
  api: ApiClient,
  options: TaskPodOptions,
  wrote: (pod: RawPod) => void,
): TaskWrites {
  return {
    createTask: async (task, guard) => {
      const body = taskPodManifest(task, options);
      wrote(await inPortWords(api.request<RawPod>({ method: 'POST', path: taskPodsPath, body, guard })));
    },
    deleteTask: async (podName, podUID) => {
      const body = { preconditions: { uid: podUID } };
      try {
        // With the Pod's own grace period: one that may still reboot its host is asked, never forced.
        await api.request({ method: 'DELETE', path: taskPodPath(podName), body });
      } catch (error) {
        if (!isFailure(error, 'NotFound') && !isFailure(error, 'Conflict')) throw toPortError(error);
      }
    },
    taskExists: async (nodeUID) => {
      let found = false;
      const query = { fieldSelector: `metadata.name=${taskPodName(nodeUID)}` };
      await inPortWords(listPaged({ api, path: taskPodsPath, query, each: () => (found = true) }));
      return found;
    },
  };
}
