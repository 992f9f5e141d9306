/** Keeps what a Node showed, so that a state that lasts a blink is not missed. */
import type { ApiClient, ApiList } from './api/api-client.ts';
import { nodesPath, readiness } from './machine/node-object.ts';
import type { NodeObject } from './machine/node-object.ts';

export interface NodeRecord {
  /** `<Ready's status> old|new` for each change of either; `old` is the given boot id. */
  states(oldBootID: string): readonly string[];
  stop(): void;
}

/** Records from the Node as it is now. A watch that breaks off makes `states` throw, since something may be missing. */
export async function recordNode(client: ApiClient, name: string): Promise<NodeRecord> {
  const stopping = new AbortController();
  const seen: NodeObject[] = [];
  let broken: unknown;
  const query = `fieldSelector=metadata.name%3D${name}`;
  const list = await client.get<ApiList<NodeObject>>(`${nodesPath}?${query}`);
  seen.push(...list.items);
  const follow = async (): Promise<void> => {
    const path = `${nodesPath}?${query}&watch=1&resourceVersion=${list.metadata.resourceVersion}`;
    for await (const { object } of client.watch<NodeObject>(path, stopping.signal)) seen.push(object);
    throw new Error('The API server ended the watch');
  };
  follow().catch((error: unknown) => {
    broken = error;
  });
  return {
    states: (oldBootID) => {
      if (broken !== undefined) throw new Error(`The record of ${name} is not complete`, { cause: broken });
      const states = seen.map((node) => {
        const age = node.status?.nodeInfo?.bootID === oldBootID ? 'old' : 'new';
        return `${readiness(node) ?? 'none'} ${age}`;
      });
      return states.filter((state, i) => state !== states[i - 1]);
    },
    stop: () => {
      stopping.abort();
    },
  };
}
