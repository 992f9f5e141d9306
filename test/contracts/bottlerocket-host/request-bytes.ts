/** The bytes of recorded requests, also of those that the recording only describes. */
import type { RecordedRequest } from './recording.ts';

export function requestBytes(request: RecordedRequest): string {
  const target = `${request.path ?? ''}${request.query === undefined ? '' : `?${request.query}`}`;
  const body = bodyText(request.body);
  const headers = new Map<string, string>();
  if (request.host !== null) headers.set('Host', request.host ?? 'localhost');
  if (request.method === 'PATCH' || request.method === 'PUT') headers.set('Content-Type', 'application/json');
  if (body !== undefined) headers.set('Content-Length', String(Buffer.byteLength(body)));
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, headerText(value));
  }
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // Without a length there is no body: its bytes would be another request.
  const sent = headers.has('Content-Length') ? (body ?? '') : '';
  return `${request.method ?? ''} ${target} HTTP/1.1\r\n${lines}\r\n${sent}`;
}

/** Long bodies are recorded by their size. */
function bodyText(recorded: string | undefined): string | undefined {
  const size = /\((\d+) bytes\)$/.exec(recorded ?? '')?.[1] ?? /^(\d+) bytes;/.exec(recorded ?? '')?.[1];
  if (size === undefined) return recorded;
  const frame = '{"motd":""}'.length;
  return `{"motd":"${'x'.repeat(Number(size) - frame)}"}`;
}

function headerText(recorded: string): string {
  const size = /^(\d+) bytes$/.exec(recorded)?.[1];
  return size === undefined ? recorded : 'x'.repeat(Number(size));
}

const os = 'GET /os HTTP/1.1\r\n';
const chunked = '{"motd":"chk"}';
const described: Readonly<Record<string, string>> = {
  'HTTP/1.0 without any header': 'GET /os HTTP/1.0\r\n\r\n',
  'HTTP/1.0 with Connection: keep-alive': 'GET /os HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'two Host headers': `${os}Host: a\r\nHost: b\r\n\r\n`,
  'connection opened, nothing sent': '',
  'headers never completed': `${os}Host: `,
  'chunked body {"motd":"chk"}': `PATCH /settings?tx=chk HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunked.length.toString(16)}\r\n${chunked}\r\n0\r\n\r\n`,
  'Expect: 100-continue, body {"motd":"abcd" (one byte short of valid)':
    'PATCH /settings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n{"motd":"abcd"',
};

/** What a `raw` request sends: its own text, or what that text describes. */
export function rawBytes(raw: string): string {
  return described[raw] ?? raw;
}
