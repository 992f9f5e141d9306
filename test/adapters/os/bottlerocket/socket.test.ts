/** The client against servers that misbehave. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createApi } from '../../../../src/adapters/os/bottlerocket/api.ts';
import { callSocket, SocketError } from '../../../../src/adapters/os/bottlerocket/socket.ts';

let folder: string;
let socketPath: string;
let server: Server | undefined;
const open = new Set<Socket>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sock-'));
  socketPath = join(folder, 'api.sock');
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  await rm(folder, { recursive: true });
});

/** Each connection is handled once its first bytes are there. */
async function serve(handle: (socket: Socket, head: string) => void): Promise<void> {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => open.delete(socket));
    socket.once('data', (chunk) => handle(socket, chunk.toString()));
  });
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
}

const answer = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (timeout = 2000) => callSocket(socketPath, { method: 'GET', path: '/os', timeout });

async function errorOf(call: Promise<unknown>): Promise<SocketError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SocketError);
  return error as SocketError;
}

describe('callSocket', () => {
  it('uses one connection per request and asks for its end', async () => {
    const heads: string[] = [];
    await serve((socket, head) => {
      heads.push(head);
      socket.end(answer('200 OK', '{}'));
    });
    await get();
    await get();
    expect(heads).toHaveLength(2);
    expect(heads[0]?.toLowerCase()).toContain('connection: close');
  });

  it('knows that nothing was sent when there is no socket', async () => {
    expect(await errorOf(get())).toMatchObject({ sent: false, code: 'ENOENT' });
  });

  it('takes a connection that breaks after the request for sent', async () => {
    await serve((socket) => socket.destroy());
    expect(await errorOf(get())).toMatchObject({ sent: true });
  });

  it('takes silence for sent, and waits no longer than it was told', async () => {
    await serve(() => undefined);
    const started = performance.now();
    expect(await errorOf(get(100))).toMatchObject({ sent: true, code: '' });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('does not take half an answer for an answer', async () => {
    await serve((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"'));
    expect(await errorOf(get())).toMatchObject({ sent: true });
  });

  it('refuses an answer without end', async () => {
    await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const part = Buffer.alloc(1024 * 1024, 'x');
      const more = () => {
        if (!socket.destroyed) socket.write(part, more);
      };
      more();
    });
    expect((await errorOf(get(20_000))).message).toContain('longer than');
  });

  it('decodes characters that lie across two parts', async () => {
    const bytes = Buffer.from('"héllo"');
    await serve((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`);
      socket.write(bytes.subarray(0, 3));
      setTimeout(() => socket.end(bytes.subarray(3)), 20);
    });
    expect((await get()).text).toBe('"héllo"');
  });
});

describe('createApi', () => {
  const status = {
    update_state: 'Idle',
    available_updates: [],
    chosen_update: null,
    active_partition: null,
    staging_partition: null,
    most_recent_command: null,
  };

  it.each([
    ['423 Locked', 'whatever it says', { kind: 'Busy' }],
    ['404 Not Found', 'Update status is uninitialized', { kind: 'None' }],
    ['404 Not Found', '', { kind: 'Refused', status: 404 }],
    ['500 Internal Server Error', 'damaged', { kind: 'Refused', status: 500, text: 'damaged' }],
    ['200 OK', 'not json', { kind: 'Refused', status: 200 }],
    ['200 OK', JSON.stringify({ ...status, update_state: 'Melting' }), { kind: 'Refused', status: 200 }],
    ['200 OK', JSON.stringify(status), { kind: 'Status', status: { state: 'Idle', listed: [] } }],
  ])('reads a status answered with %s and %j', async (line, body, want) => {
    await serve((socket) => socket.end(answer(line, body)));
    expect(await createApi({ socketPath }).readStatus()).toMatchObject(want);
  });

  it.each([
    ['204 No Content', '', { kind: 'Accepted' }],
    ['423 Locked', 'Update lock held', { kind: 'Busy' }],
    ['409 Conflict', 'not allowed', { kind: 'WrongState', text: 'not allowed' }],
    ['404 Not Found', 'no longer exists', { kind: 'Missing', text: 'no longer exists' }],
    ['404 Not Found', '', { kind: 'Refused', status: 404 }],
    ['500 Internal Server Error', 'dispatcher failed', { kind: 'Refused', status: 500 }],
  ])('reads a command answered with %s and %j', async (line, body, want) => {
    const text = line.startsWith('204') ? `HTTP/1.1 ${line}\r\n\r\n` : answer(line, body);
    await serve((socket) => socket.end(text));
    expect(await createApi({ socketPath }).command('prepare')).toMatchObject(want);
  });

  it('keeps only the end of a huge error text', async () => {
    const stderr = `${'progress '.repeat(1_200_000)}the error`;
    const command = { cmd_type: 'prepare', cmd_status: 'Failed', timestamp: 't', exit_status: 1, stderr };
    await serve((socket) =>
      socket.end(answer('200 OK', JSON.stringify({ ...status, most_recent_command: command }))),
    );
    const reply = await createApi({ socketPath }).readStatus();
    if (reply.kind !== 'Status') throw new Error(`expected a status, got ${reply.kind}`);
    expect(reply.status.command?.errorText).toMatch(/the error$/);
    expect(reply.status.command?.errorText.length).toBeLessThanOrEqual(800);
  });

  it.each([
    ['200 OK', '{}', { kind: 'None' }],
    ['500 Internal Server Error', 'locked down', { kind: 'Refused', status: 500, text: 'locked down' }],
    ['404 Not Found', "Found no 'settings' in datastore", { kind: 'None' }],
    [
      '200 OK',
      '{"updates":{"version-lock":"v1.26.0","ignore-waves":true}}',
      { kind: 'Settings', settings: { 'version-lock': 'v1.26.0', 'ignore-waves': true } },
    ],
    [
      '200 OK',
      '{"updates":{"version-lock":"1.26.0"}}',
      { kind: 'Settings', settings: { 'version-lock': '1.26.0', 'ignore-waves': false } },
    ],
    [
      '200 OK',
      '{"updates":{"version-lock":"; rm"}}',
      { kind: 'Refused', status: 200, text: expect.any(String) },
    ],
  ])('reads settings answered with %s and %s', async (line, body, want) => {
    await serve((socket) => socket.end(answer(line, body)));
    expect(await createApi({ socketPath }).readSettings()).toEqual(want);
  });

  it.each([
    ['204 No Content', '200 OK', { kind: 'Accepted' }, ['PATCH', 'POST']],
    [
      '204 No Content',
      '500 Internal Server Error',
      { kind: 'NotApplied', status: 500 },
      ['PATCH', 'POST', 'DELETE'],
    ],
    ['400 Bad Request', '200 OK', { kind: 'Refused', status: 400 }, ['PATCH']],
  ])(
    'leaves nothing pending behind a change answered with %s and a commit answered with %s',
    async (patched, committed, want, methods) => {
      const calls: string[][] = [];
      await serve((socket, head) => {
        const [method = '', url = ''] = head.split(' ');
        calls.push([method, url.split('?')[1] ?? 'the shared one']);
        const line = method === 'PATCH' ? patched : method === 'POST' ? committed : '200 OK';
        socket.end(line.startsWith('204') ? `HTTP/1.1 ${line}\r\n\r\n` : answer(line, '[]'));
      });
      const write = () => createApi({ socketPath }).writeSettings({ 'version-lock': '1.26.1' });
      expect(await write()).toMatchObject(want);
      expect(calls.map(([method]) => method)).toEqual(methods);
      await write();
      // All calls of a change name its transaction, and no other change does.
      const names = calls.map(([, name]) => name);
      expect(new Set(names.slice(0, methods.length)).size).toBe(1);
      expect(new Set(names).size).toBe(2);
    },
  );
});
