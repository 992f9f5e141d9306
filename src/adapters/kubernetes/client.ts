/** JSON requests and streams to the API server: keep-alive, a limit on every wait, and a guard asked directly before a request goes out. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { StaleError, UnreachableError } from '../../ports/errors.ts';
import type { Credentials } from './credentials.ts';
import { ApiFailure, failureIn, isFailure, isRefusal, messageOf } from './errors.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Throws what keeps the request from being sent. */
  readonly guard?: (() => void) | undefined;
  /** Milliseconds for the whole answer (a stream: for its head); 15 s unless told. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RequestOutcome {
  readonly method: string;
  /** The status code, or `<error>` where there was no answer. */
  readonly code: string;
  readonly host: string;
}

export interface ApiClient {
  /** Throws ApiFailure for a refusal, UnreachableError without an answer, and what the guard threw. */
  request<T>(request: ApiRequest): Promise<T>;
  /** A GET whose body is read while it arrives. Throws as `request`. */
  open(request: Omit<ApiRequest, 'method' | 'body'>): Promise<http.IncomingMessage>;
  /** Aborts at the next success after nobody was there to answer: whoever waits out an outage need not wait longer. */
  readonly recovery: () => AbortSignal;
  readonly close: () => void;
}

const usualTimeoutMs = 15_000;

export interface ApiClientOptions {
  readonly credentials: Credentials;
  readonly userAgent: string;
  /** Told of each answer, for metrics. */
  readonly onOutcome?: (outcome: RequestOutcome) => void;
}

export function createApiClient({ credentials, userAgent, onOutcome }: ApiClientOptions): ApiClient {
  let recovery = new AbortController();
  let away = false;
  const note = (success: boolean): void => {
    if (away && success) {
      recovery.abort();
      recovery = new AbortController();
    }
    away = !success;
  };

  const send = async (request: ApiRequest): Promise<http.IncomingMessage> => {
    const { server, agent, headers } = await access(credentials, request);
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const target = new URL(`${server.href.replace(/\/$/, '')}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) target.searchParams.set(name, value);
    const options: https.RequestOptions = {
      ...urlToHttpOptions(target),
      method: request.method,
      agent,
      ...(request.signal && { signal: request.signal }),
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...headers,
        ...(payload && { 'content-type': contentTypeOf(request.method), 'content-length': payload.length }),
      },
    };
    try {
      const response = await exchange(server.protocol === 'http:' ? http : https, options, payload, request);
      onOutcome?.({ method: request.method, code: String(response.statusCode ?? 0), host: server.host });
      if (!isRefusal(response.statusCode)) note(true);
      return response;
    } catch (error) {
      if (!(error instanceof StaleError)) {
        if (isNobodyThere(error)) note(false);
        onOutcome?.({ method: request.method, code: '<error>', host: server.host });
      }
      throw error;
    }
  };

  const attempt = async (request: ApiRequest): Promise<http.IncomingMessage | ApiFailure> => {
    const response = await send(request);
    if (!isRefusal(response.statusCode)) return response;
    const body = await textOf(response, request);
    return failureIn(nameOf(request), response.statusCode, response.headers['retry-after'], body);
  };

  const accepted = async (request: ApiRequest): Promise<http.IncomingMessage> => {
    let answer = await attempt(request);
    if (isFailure(answer, 'Unauthorized')) {
      // A token that was replaced a moment ago. Nothing was done, so any request may be sent again.
      credentials.refused();
      answer = await attempt(request);
    }
    if (answer instanceof ApiFailure) throw answer;
    return answer;
  };

  return {
    request: async <T>(request: ApiRequest) => {
      const limited = { ...request, signal: limit(request) };
      const answer: T = JSON.parse(await textOf(await accepted(limited), limited));
      return answer;
    },
    open: (request) => accepted({ ...request, method: 'GET' }),
    recovery: () => recovery.signal,
    close: credentials.close,
  };
}

/** Resolves at the head of the answer. */
function exchange(
  transport: Pick<typeof https, 'request'>,
  options: https.RequestOptions,
  payload: Buffer | undefined,
  request: ApiRequest,
): Promise<http.IncomingMessage> {
  const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
  return new Promise((resolve, reject) => {
    const outgoing = transport.request(options);
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof StaleError ? error : unreachable(request, error));
    });
    outgoing.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    outgoing.once('socket', (socket: Socket) => {
      whenConnected(socket, () => {
        // A handshake may have taken long: what was true before it need not be true now.
        try {
          request.guard?.();
        } catch (error) {
          outgoing.destroy(error instanceof Error ? error : new StaleError(String(error)));
          return;
        }
        outgoing.end(payload);
      });
    });
  });
}

function whenConnected(socket: Socket, then: () => void): void {
  const secure = socket instanceof TLSSocket;
  const connecting = socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true);
  if (connecting) socket.once(secure ? 'secureConnect' : 'connect', then);
  else then();
}

async function access(credentials: Credentials, request: ApiRequest): ReturnType<Credentials['access']> {
  try {
    return await credentials.access();
  } catch (error) {
    throw unreachable(request, error);
  }
}

async function textOf(response: http.IncomingMessage, request: ApiRequest): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(Buffer.from(chunk));
  } catch (error) {
    throw unreachable(request, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Not a slow or an overloaded server: to come back early would only make that one worse. */
function isNobodyThere(error: unknown): boolean {
  const { cause } = error instanceof UnreachableError ? error : {};
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH';
}

function limit({ signal, timeoutMs = usualTimeoutMs }: ApiRequest): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

function unreachable(request: ApiRequest, error: unknown): UnreachableError {
  return new UnreachableError(`${nameOf(request)}: ${messageOf(error)}`, { cause: error });
}

function nameOf({ method, path }: ApiRequest): string {
  return `${method} ${path}`;
}

function contentTypeOf(method: ApiRequest['method']): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
