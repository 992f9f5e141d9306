/** HTTP over the host's Unix socket: one connection per request, because the server drops idle ones without a word. */
import { request } from 'node:http';

/** A status with a recorded error text of 10 MB is real; more than this is read by nobody. */
const longestBody = 16 * 1024 * 1024;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** No answer. `sent` is false only if the request certainly did not reach the server. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
  readonly sent: boolean;
  /** The system's code, such as ENOENT; empty for a timeout or an answer that is too long. */
  readonly code: string;
  constructor(
    message: string,
    options: { readonly sent: boolean; readonly code?: string; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.sent = options.sent;
    this.code = options.code ?? '';
  }
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
}

/** Throws SocketError when there is no complete answer. */
export function callSocket(socketPath: string, call: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (cause: unknown) => {
      const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
      const text = cause instanceof Error ? cause.message : String(cause);
      reject(new SocketError(`${call.method} ${call.path}: ${text}`, { sent: connected, code, cause }));
    };
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const headers = {
      host: 'localhost',
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
    };
    const outgoing = request(
      { socketPath, method: call.method, path: call.path, agent: false, headers },
      (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.length;
          if (length > longestBody)
            response.destroy(new Error(`the answer is longer than ${longestBody} bytes`));
          else parts.push(part);
        });
        response.on('end', () => {
          clearTimeout(timer);
          // Concatenated before decoding: a character may lie across two parts.
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
        });
        response.on('error', fail);
      },
    );
    const timer = setTimeout(() => {
      outgoing.destroy(new Error(`no answer within ${call.timeout} ms`));
    }, call.timeout);
    outgoing.on('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
      });
    });
    outgoing.on('close', () => {
      clearTimeout(timer);
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
