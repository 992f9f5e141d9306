/** A consistent list, page by page, each object handed on as soon as its page is there. */
import type { ApiClient } from './client.ts';
import type { RawList, RawObject } from './raw.ts';

const pageSize = 500;
/** More pages than any cluster has: a server that always says "continue" must not hold us for ever. */
const mostPages = 10_000;

interface ListRequest<R extends RawObject> {
  readonly api: ApiClient;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly each: (object: R) => void;
}

/** Answers the resourceVersion of the list. Throws as ApiClient.request; kind Expired when a page's token is too old. */
export async function listPaged<R extends RawObject>({
  api,
  path,
  query,
  signal,
  each,
}: ListRequest<R>): Promise<string> {
  let next = '';
  for (let page = 0; page < mostPages; page++) {
    const list = await api.request<RawList<R>>({
      method: 'GET',
      path,
      query: { ...query, limit: String(pageSize), ...(next !== '' && { continue: next }) },
      timeoutMs: 60_000,
      ...(signal && { signal }),
    });
    for (const item of list.items ?? []) each(item);
    next = list.metadata?.continue ?? '';
    if (next === '') return list.metadata?.resourceVersion ?? '';
  }
  throw new Error(`GET ${path}: more than ${mostPages} pages`);
}
