/**
 * A small client of the Kubernetes API for the lab itself. The lab does not use the operator's own client: what drives and
 * judges the operator must not share its faults.
 */
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import { lines } from './lines.ts';

export interface Credentials {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** An object as the API shows it; only what the lab looks at is typed. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

export interface ApiList<T extends ApiObject> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

export interface WatchEvent<T extends ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export type PatchType = 'merge' | 'strategic-merge' | 'json';

export interface ApiClient {
  /** @throws ApiError on an HTTP status of 400 or more; the transport's own error otherwise. */
  get<T>(path: string): Promise<T>;
  create<T>(path: string, body: unknown): Promise<T>;
  replace<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, type: PatchType, body: unknown): Promise<T>;
  remove<T>(path: string, options?: unknown): Promise<T>;
  /** Body as it is, for `/readyz` and logs. */
  text(path: string): Promise<string>;
  /** Ends when the server or `signal` ends the stream. An ERROR event is handed out, not thrown. */
  watch<T extends ApiObject>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>>;
  close(): void;
}

/** Milliseconds without an answer after which a request counts as lost. */
const requestTimeoutMs = 30_000;

export function createApiClient(server: string, credentials: Credentials): ApiClient {
  const agent = new https.Agent({
    keepAlive: true,
    ca: credentials.ca,
    ...(credentials.cert !== undefined && { cert: credentials.cert }),
    ...(credentials.key !== undefined && { key: credentials.key }),
  });

  const open = (method: string, path: string, signal?: AbortSignal, body?: unknown, contentType?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const request = https.request(`${server}${path}`, {
        method,
        agent,
        headers: {
          accept: 'application/json',
          'user-agent': 'container-os-operator-lab',
          ...(credentials.token !== undefined && { authorization: `Bearer ${credentials.token}` }),
          ...(payload !== undefined && {
            'content-type': contentType ?? 'application/json',
            'content-length': String(Buffer.byteLength(payload)),
          }),
        },
        ...(signal && { signal }),
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(payload);
    });

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<string> => {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const response = await open(method, path, signal, body, contentType);
    const text = await textOf(response);
    refuseErrors(`${method} ${path}`, response.statusCode ?? 0, text);
    return text;
  };
  const json = async <T>(...request: Parameters<typeof send>): Promise<T> => {
    // The API server keeps its own schemas; the caller names the one that its path has.
    const answer: T = JSON.parse(await send(...request));
    return answer;
  };

  return {
    get: (path) => json('GET', path),
    create: (path, body) => json('POST', path, body),
    replace: (path, body) => json('PUT', path, body),
    patch: (path, type, body) => json('PATCH', path, body, `application/${type}-patch+json`),
    remove: (path, options) => json('DELETE', path, options),
    text: (path) => send('GET', path),
    async *watch<T extends ApiObject>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
      const response = await open('GET', path, signal);
      if (response.statusCode !== 200) {
        refuseErrors(`WATCH ${path}`, response.statusCode ?? 0, await textOf(response));
      }
      for await (const line of lines(response)) {
        const event: WatchEvent<T> = JSON.parse(line);
        yield event;
      }
    },
    close: () => {
      agent.destroy();
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

function refuseErrors(request: string, status: number, body: string): void {
  if (status < 400) return;
  const said: { reason?: string; message?: string } = body.startsWith('{') ? JSON.parse(body) : {};
  throw new ApiError(request, status, said.reason ?? '', said.message ?? body);
}
