/** The Node object of a machine, as seen and written from the lab. */
import type { ApiClient, ApiObject } from '../api/api-client.ts';
import { isNotFound } from '../api/api-error.ts';

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
}

export interface NodeObject extends ApiObject {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly NodeCondition[];
    readonly nodeInfo?: { readonly bootID?: string; readonly osImage?: string };
  };
}

export const nodesPath = '/api/v1/nodes';

export function nodePath(name: string): string {
  return `${nodesPath}/${name}`;
}

export async function readNode(client: ApiClient, name: string): Promise<NodeObject | undefined> {
  try {
    return await client.get<NodeObject>(nodePath(name));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function readiness(node: NodeObject | undefined): NodeCondition['status'] | undefined {
  return node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** Says Ready=False in the node's own name, as a kubelet does that goes down or has just come up. */
export async function reportNotReady(
  node: ApiClient,
  name: string,
  message: string,
  nodeInfo: { readonly bootID?: string } = {},
): Promise<void> {
  const now = new Date().toISOString();
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'KubeletNotReady',
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await node.patch(`${nodePath(name)}/status`, 'strategic-merge', {
    status: { conditions: [condition], nodeInfo },
  });
}
