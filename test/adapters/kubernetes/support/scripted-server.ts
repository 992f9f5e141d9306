/** A small HTTP server that answers as a test says: for faults that a real API server shows too rarely. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { createApiClient } from '../../../../src/adapters/kubernetes/client.ts';
import type { ApiClient, RequestOutcome } from '../../../../src/adapters/kubernetes/client.ts';
import { createCredentials } from '../../../../src/adapters/kubernetes/credentials.ts';
import { systemClock } from './system-clock.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ScriptedServer {
  readonly api: ApiClient;
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly outcomes: readonly RequestOutcome[];
  close(): Promise<void>;
}

export type Script = (asked: Asked, response: ServerResponse, nth: number) => void;

/** `script` is called for each request with its number, from 0. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const outcomes: RequestOutcome[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
      const query = Object.fromEntries(searchParams);
      const now = { method: request.method ?? '', path: pathname, query, headers: request.headers, body };
      asked.push(now);
      script(now, response, asked.length - 1);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const { port } = address;
  const api = createApiClient({
    credentials: createCredentials(() => kubeConfigOf(port), systemClock),
    userAgent: 'test',
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  return {
    api,
    port,
    asked,
    outcomes,
    close: async () => {
      api.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function kubeConfigOf(port: number, token = 'a-token'): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'tester', token },
  );
  return config;
}

export function answerJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function answerStatus(
  response: ServerResponse,
  code: number,
  message: string,
  more: object = {},
): void {
  answerJson(response, code, { kind: 'Status', status: 'Failure', message, code, ...more });
}

/** Writes watch events and leaves the stream open. */
export function streamEvents(response: ServerResponse, ...events: readonly object[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const event of events) response.write(`${JSON.stringify(event)}\n`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
