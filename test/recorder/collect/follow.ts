/** Follows all objects of one resource from a list on, over broken streams. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiList, ApiObject } from '../../lab/api/api-client.ts';
import { ApiError, isNotFound } from '../../lab/api/api-error.ts';

export interface Seen {
  readonly revision: number;
  /** From a list: what it was before is not known, or not for certain. */
  readonly old: boolean;
  readonly deleted: boolean;
  readonly object: ApiObject;
}

export interface Followed {
  /** Settles with the first list. */
  readonly listed: Promise<void>;
  /** Settles when it has ended. Rejects when the API server stayed away, or refused. */
  readonly ended: Promise<void>;
}

const pauseMs = 100;
/** How long the API server may be away, milliseconds. */
const patienceMs = 120_000;

/** @param path of the list, without a query. One that is not served yet is asked for until it is. */
export function follow(
  client: ApiClient,
  path: string,
  each: (seen: Seen) => void,
  signal: AbortSignal,
): Followed {
  let listed = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    listed = resolve;
  });
  const known = new Map<string, ApiObject>();
  const take = (seen: Seen): void => {
    if (seen.deleted) known.delete(keyOf(seen.object));
    else known.set(keyOf(seen.object), seen.object);
    each(seen);
  };

  /** Where to go on from; undefined where only a list can tell. */
  let version: string | undefined;
  let heard = Date.now();

  /** Takes what is listed and not known, or known and not listed. */
  const list = async (): Promise<void> => {
    const { items, metadata } = await client.get<ApiList<ApiObject>>(path);
    const gone = new Map(known);
    for (const object of items) {
      gone.delete(keyOf(object));
      const before = known.get(keyOf(object));
      if (before === undefined || revisionOf(object) > revisionOf(before)) {
        take({ revision: revisionOf(object), old: true, deleted: false, object });
      }
    }
    const revision = Number(metadata.resourceVersion);
    for (const object of gone.values()) take({ revision, old: true, deleted: true, object });
    version = metadata.resourceVersion;
    heard = Date.now();
    listed();
  };
  const watch = async (from: string): Promise<void> => {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
    for await (const { type, object } of client.watch<ApiObject>(`${path}?${query}`, signal)) {
      heard = Date.now();
      // A restarted API server does not know what was before its start.
      version = type === 'ERROR' ? undefined : object.metadata.resourceVersion;
      if (version === undefined) return;
      if (type === 'BOOKMARK') continue;
      take({ revision: Number(version), old: false, deleted: type === 'DELETED', object });
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (version === undefined) await list();
        if (version !== undefined) await watch(version);
      } catch (error) {
        if (signal.aborted) return;
        if (isNotFound(error)) {
          // A kind that is not served yet has no objects, which is a first list too.
          heard = Date.now();
          listed();
        } else if (error instanceof ApiError && error.status === 410) version = undefined;
        else if (!isPassing(error) || Date.now() - heard > patienceMs) throw error;
      }
      await sleep(pauseMs);
    }
  };
  return { listed: first, ended: run() };
}

/** Not an answer to the question: a server that starts, also one that has just learnt of a new kind, or none at all. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status >= 500;
}

export const revisionOf = ({ metadata }: ApiObject): number => Number(metadata.resourceVersion ?? 0);

function keyOf({ metadata: { namespace, name } }: ApiObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
