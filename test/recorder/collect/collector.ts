/** Keeps the record of a cluster while it runs: four watches and the audit log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiList, ApiObject } from '../../lab/api/api-client.ts';
import { isNotFound } from '../../lab/api/api-error.ts';
import type { AuditEvent } from '../world/audit.ts';
import { isOurs } from '../world/audit.ts';
import type { ObjectEvent, RecordedEvent } from '../world/event.ts';
import { keyOf } from '../world/history.ts';
import type { Objects, Resource } from '../world/objects.ts';
import { trim } from '../world/trim.ts';
import { follow, revisionOf } from './follow.ts';
import type { Seen } from './follow.ts';
import { openTail } from './tail.ts';

export interface Collector {
  /** All that there is to see from here on is recorded. */
  readonly ready: Promise<void>;
  /** Rejects when the record has a gap. Never resolves before `stop`. */
  readonly broken: Promise<void>;
  /** Waits until everything that has happened by now is recorded. @throws Error when that does not come about. */
  catchUp(): Promise<void>;
  stop(): void;
}

const paths: Readonly<Record<Resource, string>> = {
  nodes: '/api/v1/nodes',
  pods: '/api/v1/pods',
  policies: '/apis/containeros.dev/v1alpha1/containerospolicies',
  views: '/apis/containeros.dev/v1alpha1/containerosnodes',
};
const resources: readonly Resource[] = ['nodes', 'pods', 'policies', 'views'];
const tailMs = 200;
const catchUpMs = 30_000;

export function collect(
  client: ApiClient,
  auditLog: string,
  write: (event: RecordedEvent) => void,
): Collector {
  const ending = new AbortController();
  const newest = new Map<string, number>();
  const audit = openTail(auditLog, true);
  const readAudit = (): void => {
    audit.read((line) => {
      const event: AuditEvent = JSON.parse(line);
      if (isOurs(event)) write({ kind: 'Audit', event });
    });
  };
  const record = (resource: Resource, seen: Seen): void => {
    // The path of a watch says which kind its objects are of.
    const object = trim(resource, seen.object as unknown as Objects[typeof resource]);
    newest.set(`${resource} ${keyOf(object)}`, seen.deleted ? 0 : seen.revision);
    const { revision, old, deleted } = seen;
    write({ kind: 'Object', resource, revision, at: Date.now(), old, deleted, object } as ObjectEvent);
  };
  const follows = resources.map((resource) =>
    follow(
      client,
      paths[resource],
      (seen) => {
        record(resource, seen);
      },
      ending.signal,
    ),
  );
  const timer = setInterval(readAudit, tailMs);

  /** What a list of now shows and the record lacks, or shows otherwise. */
  const missing = async (resource: Resource): Promise<readonly string[]> => {
    const listed = await listOf(client, paths[resource]);
    const there = new Map(listed.map((object) => [`${resource} ${nameOf(object)}`, revisionOf(object)]));
    const late = [...there].filter(([key, revision]) => (newest.get(key) ?? 0) < revision);
    const left = [...newest].filter(
      ([key, revision]) => revision > 0 && key.startsWith(`${resource} `) && !there.has(key),
    );
    return [...late, ...left].map(([key]) => key);
  };
  return {
    ready: Promise.all(follows.map(({ listed }) => listed)).then(() => undefined),
    broken: Promise.all(follows.map(({ ended }) => ended)).then(() => undefined),
    catchUp: async () => {
      const deadline = performance.now() + catchUpMs;
      for (const resource of resources) {
        // Objects go on changing meanwhile: it is enough to be level with one list of each resource.
        for (let late = await missing(resource); late.length > 0; late = await missing(resource)) {
          if (performance.now() > deadline)
            throw new Error(`Not seen to the end: ${late.slice(0, 3).join(', ')}`);
          await sleep(50);
        }
      }
      readAudit();
    },
    stop: () => {
      clearInterval(timer);
      ending.abort();
      audit.close();
    },
  };
}

async function listOf(client: ApiClient, path: string): Promise<readonly ApiObject[]> {
  try {
    return (await client.get<ApiList<ApiObject>>(path)).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function nameOf({ metadata: { namespace, name } }: ApiObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
