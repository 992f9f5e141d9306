/** Jobs of hooks: made under a fixed name, so that a second one for the same attempt is refused; deleted only if still the same Job. */
import type { ClusterWriter } from '../../ports/cluster.ts';
import { InvalidError } from '../../ports/errors.ts';
import type { ApiClient } from './client.ts';
import { inPortWords, isFailure, toPortError } from './errors.ts';
import type { RawHookJob } from './facts/hook.ts';
import { type HookJobOptions, hookJobManifest } from './hook-job.ts';
import { jobPath, jobsPath } from './paths.ts';

type HookWrites = Pick<ClusterWriter, 'createHook' | 'deleteHook'>;

export function hookWrites(
  api: ApiClient,
  options: HookJobOptions | undefined,
  wrote: (job: RawHookJob) => void,
): HookWrites {
  return {
    createHook: async (hook, guard) => {
      if (options === undefined) throw new InvalidError('there is no namespace for hooks');
      const path = jobsPath(options.namespace);
      const body = hookJobManifest(hook, options);
      wrote(await inPortWords(api.request<RawHookJob>({ method: 'POST', path, body, guard })));
    },
    deleteHook: async (jobName, jobUID) => {
      if (options === undefined) return;
      const body = { preconditions: { uid: jobUID }, propagationPolicy: 'Background' };
      try {
        await api.request({ method: 'DELETE', path: jobPath(options.namespace, jobName), body });
      } catch (error) {
        if (!isFailure(error, 'NotFound') && !isFailure(error, 'Conflict')) throw toPortError(error);
      }
    },
  };
}
