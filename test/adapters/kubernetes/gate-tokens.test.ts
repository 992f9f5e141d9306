import { afterEach, describe, expect, it } from '@jest/globals';
import { createGateTokens } from '../../../src/adapters/kubernetes/gate-tokens.ts';
import type { ScriptedServer } from './support/scripted-server.ts';
import { startScriptedServer } from './support/scripted-server.ts';

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

const url = 'https://prometheus.example.com:9090/select/0';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function tokenOf(secret: object | number, wanted = url): Promise<unknown> {
  server = await startScriptedServer((_asked, response) => {
    const status = typeof secret === 'number' ? secret : 200;
    const body = typeof secret === 'number' ? { kind: 'Status', message: 'no such right' } : secret;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const answer = await createGateTokens(server.api, 'os-hooks').tokenFor({ name: 'p', key: 'token' }, wanted);
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/namespaces/os-hooks/secrets/p',
  ]);
  return answer;
}

const aSecret = (
  allowed: string | undefined,
  data: object = { token: base64('abc\n') },
  labels: object = { 'containeros.dev/gate-token': '' },
): object => ({
  metadata: {
    labels,
    ...(allowed === undefined ? {} : { annotations: { 'containeros.dev/allowed-url': allowed } }),
  },
  data,
});

describe('the token of a gate', () => {
  it('is read anew each time, and goes where its Secret lets it', async () => {
    expect(await tokenOf(aSecret(url))).toEqual({ token: 'abc' });
  });

  it.each<{ name: string; secret: object | number; because: string }>([
    {
      name: 'has no label',
      secret: aSecret(url, undefined, {}),
      because: 'Secret os-hooks/p has no label containeros.dev/gate-token',
    },
    {
      name: 'names no address',
      secret: aSecret(undefined),
      because: 'Secret os-hooks/p has no annotation containeros.dev/allowed-url',
    },
    {
      name: 'names another address',
      secret: aSecret('https://other.example.com'),
      because: `annotation containeros.dev/allowed-url of Secret os-hooks/p does not allow ${url}`,
    },
    {
      name: 'has another key',
      secret: aSecret(url, { other: '' }),
      because: 'Secret os-hooks/p has no key token',
    },
    {
      name: 'holds what no header may hold',
      secret: aSecret(url, { token: base64('a\r\nHost: b') }),
      because: 'key token of Secret os-hooks/p holds no token',
    },
    {
      name: 'is empty',
      secret: aSecret(url, { token: '' }),
      because: 'key token of Secret os-hooks/p holds no token',
    },
    { name: 'is not there', secret: 404, because: 'Secret os-hooks/p does not exist' },
    {
      name: 'may not be read',
      secret: 403,
      because: 'Secret os-hooks/p cannot be read: GET /api/v1/namespaces/os-hooks/secrets/p: no such right',
    },
  ])('is refused where its Secret $name', async ({ secret, because }) => {
    expect(await tokenOf(secret)).toEqual({ refused: because });
  });

  it('is refused where the chart names no namespace, and nothing is read', async () => {
    server = await startScriptedServer(() => undefined);
    expect(await createGateTokens(server.api, undefined).tokenFor({ name: 'p', key: 'token' }, url)).toEqual({
      refused: "it wants Secret p, and the chart's value hooks.namespace names no namespace for it",
    });
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['https://a', 'https://a', true],
    ['https://a/', 'https://a', true],
    ['https://a:443', 'https://A', true],
    ['https://a', 'https://a/below', true],
    ['https://a/x', 'https://a/x/y', true],
    ['https://a/x/', 'https://a/x', true],
    ['https://a/x', 'https://a/xy', false],
    ['https://a/x', 'https://a/x/../y', false],
    ['https://a/x', 'https://a/x/%2e%2e/y', false],
    ['https://a/x', 'https://a', false],
    ['https://a', 'http://a', false],
    ['http://a', 'http://a', true],
    ['http://a', 'https://a', false],
    ['https://a', 'https://a.evil', false],
    ['https://a', 'https://a:8443', false],
    ['https://a', 'https://b@a', false],
    ['https://a', 'https://a@b', false],
    ['*', 'https://a', false],
    ['', 'https://a', false],
    ['ftp://a', 'ftp://a', false],
  ])('with %s allowed goes to %s: %s', async (allowed, wanted, goes) => {
    expect('token' in ((await tokenOf(aSecret(allowed), wanted)) as object)).toBe(goes);
  });
});
