/** The HTTP side of the API server: a real Unix socket, one request at a time, and the ways the process can go away. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createSerialWorker } from '../serial-worker.ts';
import { listenAt } from '../unix-socket.ts';
import { failure, unknownCall, type Answer } from './answer.ts';
import { parseTarget, type ApiRequest, type Body } from './request.ts';

const bodyLimitBytes = 2_097_152;
const headerLimitBytes = 131_072;
const silenceLimitMs = 5000;
/** The real socket belongs to root and the group `api`. */
const owner = { mode: 0o660, uid: 0, gid: 274 };

export interface ApiServer {
  /** Stop: the socket file goes, as on SIGTERM. Kill: it stays behind, dead. */
  close(how: 'Stop' | 'Kill'): Promise<void>;
}

export interface ApiServerOptions {
  readonly path: string;
  readonly idleCloseMs: number;
  readonly handle: (request: ApiRequest) => Answer;
  readonly log: (line: string) => void;
}

/** Throws what binding the socket throws. */
export async function openApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const inTurn = createSerialWorker();
  const server = createServer(
    {
      keepAliveTimeout: options.idleCloseMs,
      keepAliveTimeoutBuffer: 0,
      headersTimeout: silenceLimitMs,
      requestTimeout: 0,
      connectionsCheckingInterval: 250,
      maxHeaderSize: headerLimitBytes,
      requireHostHeader: false,
    },
    (message, response) => {
      answer(message, response).catch((error: unknown) => {
        options.log(`request failed: ${String(error)}`);
        message.socket.destroy();
      });
    },
  );
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', (error) => options.log(`client went away: ${error.message}`));
    const body = await readBody(message);
    const target = parseTarget(message.url ?? '');
    await inTurn(async () => {
      const result =
        target === undefined
          ? unknownCall
          : options.handle({
              method: message.method ?? '',
              ...target,
              contentType: message.headers['content-type'],
              body,
            });
      if (result.stallMs !== undefined) await new Promise((resolve) => setTimeout(resolve, result.stallMs));
      send(message, response, result);
    });
  };
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    refuse(error, socket, options.log);
  });
  const file = await listenAt(server, options.path, owner);
  return {
    async close(how) {
      if (how === 'Stop') await file.remove();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await file.release();
    },
  };
}

async function readBody(message: IncomingMessage): Promise<Body> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > bodyLimitBytes) return { tooLarge: announced };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return { tooLarge: size };
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}

function send(message: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer.hangUp === true) {
    message.socket.destroy();
    return;
  }
  // The real server only names the connection when a client asks about it.
  if (message.headers.connection === undefined) response.removeHeader('connection');
  const length = answer.body === undefined ? {} : { 'content-length': Buffer.byteLength(answer.body) };
  const type = answer.contentType === undefined ? {} : { 'content-type': answer.contentType };
  response.writeHead(answer.status, { ...length, ...type });
  response.end(answer.body);
  if (answer.stray !== undefined) message.socket.write(answer.stray);
}

/** What is not HTTP gets the bare status line that the real server sends, and the connection ends. */
function refuse(
  error: NodeJS.ErrnoException & { rawPacket?: Buffer },
  socket: Socket,
  log: (line: string) => void,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    log(`client went away: ${error.message}`);
    socket.destroy();
    return;
  }
  // The real server has no list of methods: it looks for a route first.
  const wellFormed = /^[A-Z]+ \/\S* HTTP\/1\.[01]\r\n/.test(error.rawPacket?.toString('latin1') ?? '');
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : wellFormed
          ? '404 Not Found'
          : '400 Bad Request';
  const close = status.startsWith('404') ? '' : 'connection: close\r\n';
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n${close}\r\n`);
}

/** The answer to a body over the limit. */
export function tooLarge(bytes: number): Answer {
  return failure(
    413,
    `JSON payload (${bytes} bytes) is larger than allowed (limit: ${bodyLimitBytes} bytes).`,
  );
}
