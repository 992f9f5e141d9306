/** What stands between one operator and the API server in scenes of faults: everything goes through it, and it can hold or cut each piece. */
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { lines } from '../../lab/api/lines.ts';
import type { ControlPlane } from '../../lab/control-plane.ts';

export interface Call {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** The server's answer so far; undefined while there is none, or where there never was. */
  status: number | undefined;
}

/** An answer of the proxy's own instead of the server's. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, all else as JSON. */
  readonly body: unknown;
}

/** `Cut`: the connection ends here, without a word more. */
export type Verdict = 'Pass' | 'Cut';

/** Each may take its time: meanwhile that piece is held. */
export interface Hooks {
  /** The operator asks; the server knows nothing of it yet. */
  readonly request?: (call: Call) => Promise<Verdict | Answer> | Verdict | Answer;
  /** The server has answered, so what was asked is done; the operator knows nothing of it yet. Not for watches. */
  readonly answer?: (call: Call, body: unknown) => Promise<Verdict> | Verdict;
  /** A watch tells something. */
  readonly event?: (call: Call, event: unknown) => Promise<Verdict> | Verdict;
}

export interface FaultProxy {
  /** `https://127.0.0.1:<port>`, with a certificate of the cluster's own. */
  readonly server: string;
  /** All that was asked for, oldest first. */
  readonly calls: readonly Call[];
  /** Replaces the hooks; none: everything passes. */
  use(hooks: Hooks): void;
  /** To be told of each request that the server carried out, after the hooks. */
  onDone(listener: (call: Call) => void): void;
  /** Breaks the connections of such calls that are under way. */
  cut(which: (call: Call) => boolean): void;
  close(): Promise<void>;
}

export const isWatch = ({ query }: Call): boolean => query.get('watch') === 'true';

export async function startFaultProxy({ apiHost, apiPort, pki }: ControlPlane): Promise<FaultProxy> {
  const calls: Call[] = [];
  const open = new Map<Call, Socket>();
  const listeners: ((call: Call) => void)[] = [];
  const sockets = new Set<Socket>();
  const agent = new https.Agent({ keepAlive: true, ca: readFileSync(pki.file('ca.crt')) });
  let hooks: Hooks = {};

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const payload = await bytesOf(request);
    const url = new URL(request.url ?? '/', 'https://server');
    const { method = 'GET' } = request;
    const body = parsed(payload);
    const call: Call = {
      at: Date.now(),
      method,
      path: url.pathname,
      query: url.searchParams,
      body,
      status: undefined,
    };
    calls.push(call);
    open.set(call, request.socket);
    response.once('close', () => open.delete(call));
    const way = (await hooks.request?.(call)) ?? 'Pass';
    if (way === 'Cut') {
      request.socket.destroy();
      return;
    }
    if (way !== 'Pass') {
      call.status = way.status;
      const isText = typeof way.body === 'string';
      const contentType = isText ? 'text/plain' : 'application/json';
      response.writeHead(way.status, { 'content-type': contentType, ...way.headers });
      response.end(isText ? way.body : JSON.stringify(way.body));
      return;
    }
    const upstream = https.request({
      host: apiHost,
      port: apiPort,
      agent,
      method,
      path: request.url,
      // Whatever else a client may take, watches must be readable here.
      headers: { ...request.headers, 'accept-encoding': 'identity' },
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve);
      upstream.once('error', reject);
    });
    upstream.end(payload);
    const answer = await answered;
    call.status = answer.statusCode ?? 0;
    const headers = { ...answer.headers };
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    if (isWatch(call) && call.status === 200) {
      response.once('close', () => answer.destroy());
      response.writeHead(call.status, headers);
      response.flushHeaders();
      for await (const line of lines(answer)) {
        if ((await hooks.event?.(call, parsed(Buffer.from(line)))) === 'Cut') request.socket.destroy();
        response.write(`${line}\n`);
      }
      response.end();
      return;
    }
    const whole = await bytesOf(answer);
    const verdict = hooks.answer?.(call, parsed(whole));
    if (call.status < 300) for (const listener of listeners) listener(call);
    if ((await verdict) === 'Cut') request.socket.destroy();
    else response.writeHead(call.status, headers).end(whole);
  };

  const server = https.createServer(
    { key: readFileSync(pki.file('apiserver.key')), cert: readFileSync(pki.file('apiserver.crt')) },
    (request, response) => {
      handle(request, response).catch(() => {
        // One of the two ends is gone: to the other that looks as it would without us.
        request.socket.destroy();
      });
    },
  );
  // As long as the API server's own: who wakes up from a sleep must find its connections as it left them.
  server.keepAliveTimeout = 90_000;
  server.requestTimeout = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    server: `https://127.0.0.1:${String(port)}`,
    calls,
    use: (next) => {
      hooks = next;
    },
    onDone: (listener) => {
      listeners.push(listener);
    },
    cut: (which) => {
      for (const [call, socket] of open) if (which(call)) socket.destroy();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

async function bytesOf(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function parsed(text: Buffer): unknown {
  if (text.length === 0) return undefined;
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    // `/readyz` and the like: words, which no scene asks for.
    return undefined;
  }
}
