/** What the Pods of tasks had of their node. */
import { taskKey } from '../../../src/api/keys.ts';
import type { ApiObject } from '../../lab/api/api-client.ts';
import type { History } from './history.ts';

export interface TaskPodWithRights extends ApiObject {
  readonly spec: {
    readonly nodeName: string;
    readonly hostPID?: boolean;
    readonly containers: readonly { readonly securityContext: { readonly privileged?: boolean } }[];
  };
}

/** Of all task Pods of a node that a history holds, by task: each set of rights once, in the order in which they came. */
export function rightsOfTasks(
  history: History<TaskPodWithRights>,
  node: string,
): Readonly<Record<string, readonly string[]>> {
  const rights: Record<string, string[]> = {};
  for (const { object } of history()) {
    if (object.spec.nodeName !== node) continue;
    const of = (rights[object.metadata.labels?.[taskKey] ?? 'no task'] ??= []);
    const had = rightsOf(object);
    if (!of.includes(had)) of.push(had);
  }
  return rights;
}

function rightsOf({ spec }: TaskPodWithRights): string {
  const rights = [
    ...(spec.containers.some(({ securityContext }) => securityContext.privileged === true)
      ? ['privileged']
      : []),
    ...(spec.hostPID === true ? ['hostPID'] : []),
  ];
  return rights.join(', ') || 'none';
}
