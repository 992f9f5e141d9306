/** Takes the operator's own Deployment down to no Pods. */
import type { ApiClient } from './client.ts';
import { inPortWords, isFailure } from './errors.ts';

/** False where there is no such Deployment. Throws errors of the port. */
export async function scaleToZero(api: ApiClient, namespace: string, deployment: string): Promise<boolean> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(deployment)}/scale`;
  try {
    await api.request({ method: 'PATCH', path, body: { spec: { replicas: 0 } } });
    return true;
  } catch (error) {
    if (isFailure(error, 'NotFound')) return false;
    return inPortWords(Promise.reject(error));
  }
}
