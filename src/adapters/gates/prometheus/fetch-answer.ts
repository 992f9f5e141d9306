/** One GET with a limit on time and size. It follows no redirect: a token must not go where the policy did not say. */
import http from 'node:http';
import https from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export const mostBytes = 1024 * 1024;

/** Throws an Error whose message says what went wrong, for people, up to the address: `connection refused by`. */
export function fetchAnswer(url: URL, token: string | undefined, timeoutMs: number): Promise<Answer> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, {
      // A connection of its own: nothing of one policy's gate is left to another's.
      agent: false,
      headers: {
        accept: 'application/json',
        'user-agent': 'container-os-operator',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const fail = (error: Error): void =>
      reject(new Error(error.name === 'AbortError' ? 'no answer in time from' : sayError(error)));
    request.on('error', fail);
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) {
          reject(new Error(`an answer of more than ${mostBytes} bytes from`));
          request.destroy();
          return;
        }
        chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        if (response.complete) resolve({ status: statusCode, body: Buffer.concat(chunks).toString('utf8') });
        else reject(new Error('half an answer from'));
      });
    });
  });
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused by',
  ECONNRESET: 'connection reset by',
  ENOTFOUND: 'no address for',
  EAI_AGAIN: 'no address now for',
  EHOSTUNREACH: 'no route to',
  ENETUNREACH: 'no route to',
  ETIMEDOUT: 'no connection to',
};

/** Several addresses of one name fail together, with an empty message. */
function sayError(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return causes[code] ?? `${error.message === '' ? code : error.message}, asking`;
}
