/** Tells which Nodes changed in what the lab cares for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiList } from '../api/api-client.ts';
import type { LabLog } from '../process/lab-log.ts';
import { prefix } from './annotations.ts';
import { nodesPath } from './node-object.ts';
import type { NodeObject } from './node-object.ts';

const retryMs = 500;
/** Seconds after which the server ends a watch; a stream that died in silence is thus found. */
const streamSeconds = 120;

/**
 * Calls `onChange` with the name of each Node that is there, that comes or goes, or whose UID, labels or lab annotations
 * change. Goes on over every failure until `signal`.
 */
export async function watchNodes(
  client: ApiClient,
  onChange: (name: string) => void,
  signal: AbortSignal,
  log: LabLog,
): Promise<void> {
  const seen = new Map<string, string>();
  const note = (node: NodeObject): void => {
    const { name, uid, labels, annotations } = node.metadata;
    const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(prefix));
    const print = JSON.stringify([uid, labels, ours]);
    if (seen.get(name) === print) return;
    seen.set(name, print);
    onChange(name);
  };
  const forget = (name: string): void => {
    if (seen.delete(name)) onChange(name);
  };

  while (!signal.aborted) {
    try {
      const list = await client.get<ApiList<NodeObject>>(nodesPath);
      const present = new Set(list.items.map(({ metadata }) => metadata.name));
      for (const name of seen.keys()) if (!present.has(name)) forget(name);
      list.items.forEach(note);
      await follow(list.metadata.resourceVersion);
    } catch (error) {
      if (signal.aborted) return;
      log(`The watch on Nodes broke off and starts again: ${String(error)}`);
      await sleep(retryMs);
    }
  }

  async function follow(resourceVersion: string): Promise<void> {
    const query = `watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=${String(streamSeconds)}`;
    const events = client.watch<NodeObject>(`${nodesPath}?${query}`, signal);
    for await (const { type, object } of events) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') forget(object.metadata.name);
      else if (type !== 'BOOKMARK') note(object);
    }
  }
}
