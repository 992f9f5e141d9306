/** /livez, /readyz and /metrics. That /livez answers at all says that the event loop turns; the checks say the rest. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Check {
  readonly name: string;
  /** Undefined: well. Otherwise what is wrong, in a sentence. */
  readonly problem: () => string | undefined;
}

export interface HealthOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly live: readonly Check[];
  readonly ready: readonly Check[];
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
}

export interface HealthServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly code: number;
  readonly text: string;
  readonly type?: string;
}

/** Rejects when it cannot listen there. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const method = request.method ?? '';
    void answer(options, method, request.url ?? '/')
      .catch((error: unknown): Answer => ({ code: 500, text: `${String(error)}\n` }))
      .then(({ code, text, type = 'text/plain; charset=utf-8' }) => {
        response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
        response.end(method === 'HEAD' ? undefined : text);
      });
  });
  // Nobody has a reason to send us anything slowly.
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: portOf(server.address()),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port');
  return address.port;
}

async function answer(options: HealthOptions, method: string, url: string): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { code: 405, text: 'only GET\n' };
  const { pathname, searchParams } = new URL(url, 'http://local');
  const verbose = searchParams.has('verbose');
  switch (pathname) {
    case '/livez':
      return told('livez', options.live, verbose);
    case '/readyz':
      return told('readyz', options.ready, verbose);
    case '/metrics':
      return { code: 200, text: await options.metrics.text(), type: options.metrics.contentType };
    default:
      return { code: 404, text: 'here are /livez, /readyz and /metrics\n' };
  }
}

function told(name: string, checks: readonly Check[], verbose: boolean): Answer {
  const results = checks.map((check) => ({ name: check.name, problem: check.problem() }));
  const failed = results.some(({ problem }) => problem !== undefined);
  const lines = results.map((result) =>
    result.problem === undefined ? `[+]${result.name} ok` : `[-]${result.name} failed: ${result.problem}`,
  );
  const verdict = `${name} check ${failed ? 'failed' : 'passed'}`;
  return {
    code: failed ? 503 : 200,
    text: verbose || failed ? `${[...lines, verdict].join('\n')}\n` : 'ok\n',
  };
}
