/** A request as the endpoints see it. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  /** The last value of each parameter; a parameter without a value is the empty string. */
  readonly query: ReadonlyMap<string, string>;
  readonly contentType: string | undefined;
  readonly body: Body;
}

/** The body, or how long it would have been where it is more than the server takes. */
export type Body = { readonly text: string } | { readonly tooLarge: number };

/** Splits a request target. Also takes the absolute form that proxies use. Undefined where it is not a path. */
export function parseTarget(target: string): Pick<ApiRequest, 'path' | 'query'> | undefined {
  const local = target.replace(/^https?:\/\/[^/]*/, '');
  if (!local.startsWith('/')) return undefined;
  const mark = local.indexOf('?');
  const [path, query] = mark < 0 ? [local, ''] : [local.slice(0, mark), local.slice(mark + 1)];
  try {
    return { path: decodeURIComponent(path), query: new Map(new URLSearchParams(query)) };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
