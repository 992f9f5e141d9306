/** Keeps every revision that a watch told of some objects, so that a state that lasts a blink is not missed. */
import type { ApiClient, ApiList, ApiObject } from '../../lab/api/api-client.ts';

export interface Seen<T> {
  /** When this process heard of it, in milliseconds since the epoch. */
  readonly at: number;
  readonly object: T;
}

/** Oldest first, beginning with what there was. @throws Error when the watch broke off, since something may be missing. */
export type History<T> = () => readonly Seen<T>[];

export interface Histories {
  /** `selector` is a query such as `labelSelector=app%3Dweb`. */
  record<T extends ApiObject>(path: string, selector: string): Promise<History<T>>;
  /** Ends all of them. */
  stop(): void;
}

export function openHistories(client: ApiClient): Histories {
  const stopping = new AbortController();
  return {
    record: async <T extends ApiObject>(path: string, selector: string): Promise<History<T>> => {
      let broken: unknown;
      const list = await client.get<ApiList<T>>(`${path}?${selector}`);
      const seen = list.items.map((object): Seen<T> => ({ at: Date.now(), object }));
      const follow = async (): Promise<void> => {
        const watch = `${path}?${selector}&watch=1&resourceVersion=${list.metadata.resourceVersion}`;
        for await (const { object } of client.watch<T>(watch, stopping.signal))
          seen.push({ at: Date.now(), object });
        throw new Error('The API server ended the watch');
      };
      follow().catch((error: unknown) => {
        broken = error;
      });
      return () => {
        if (broken !== undefined)
          throw new Error(`The history of ${path} is not complete`, { cause: broken });
        return seen;
      };
    },
    stop: () => {
      stopping.abort();
    },
  };
}

/** The selector of one object by its name. */
export const named = (name: string): string => `fieldSelector=metadata.name%3D${name}`;
