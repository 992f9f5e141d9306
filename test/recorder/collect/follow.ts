/** Follows all objects of one resource from a list on, over broken streams, without a gap. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiList, ApiObject } from '../../lab/api/api-client.ts';
import { ApiError, isNotFound } from '../../lab/api/api-error.ts';

export interface Seen {
  readonly revision: number;
  readonly old: boolean;
  readonly deleted: boolean;
  readonly object: ApiObject;
}

export interface Followed {
  /** Settles with the first list. */
  readonly listed: Promise<void>;
  /** Settles when it has ended. Rejects when something may have been missed. */
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

  const list = async (): Promise<string> => {
    const answer = await client.get<ApiList<ApiObject>>(path);
    for (const object of answer.items) {
      each({ revision: revisionOf(object), old: true, deleted: false, object });
    }
    return answer.metadata.resourceVersion;
  };
  const run = async (): Promise<void> => {
    let version = await untilServed(list, listed, signal);
    listed();
    let heard = Date.now();
    while (version !== undefined && !signal.aborted) {
      try {
        const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
        for await (const { type, object } of client.watch<ApiObject>(`${path}?${query}`, signal)) {
          // A version that is too old to go on from: what came between is lost, and so is this recording.
          if (type === 'ERROR') throw new GapError(`${path}: ${JSON.stringify(object)}`);
          version = object.metadata.resourceVersion ?? version;
          heard = Date.now();
          if (type === 'BOOKMARK') continue;
          each({ revision: Number(version), old: false, deleted: type === 'DELETED', object });
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof GapError || Date.now() - heard > patienceMs) throw error;
      }
      await sleep(pauseMs);
    }
  };
  return { listed: first, ended: run() };
}

class GapError extends Error {
  override readonly name = 'GapError';
}

/** Undefined when the signal came first. A kind that is not served yet has no objects, which is a first list too. */
async function untilServed(
  list: () => Promise<string>,
  empty: () => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  let heard = Date.now();
  while (!signal.aborted) {
    try {
      return await list();
    } catch (error) {
      if (isNotFound(error)) {
        empty();
        heard = Date.now();
      } else if (Date.now() - heard > patienceMs || !isPassing(error)) throw error;
      await sleep(pauseMs);
    }
  }
  return undefined;
}

/** Not an answer to the question: a server that starts, also one that has just learnt of a new kind, or none at all. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status >= 500;
}

export const revisionOf = ({ metadata }: ApiObject): number => Number(metadata.resourceVersion ?? 0);
