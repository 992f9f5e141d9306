/** Answers that no Prometheus gives, and what may stand in its place. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrometheus } from '../../../../src/adapters/gates/prometheus/prometheus.ts';

type Script = (request: http.IncomingMessage, response: http.ServerResponse) => void;

let script: Script = () => undefined;
const asked: http.IncomingMessage[] = [];
const server = http.createServer((request, response) => {
  asked.push(request);
  script(request, response);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const tokens = { tokenFor: () => Promise.resolve({ token: 's3cret' }) };
const source = createPrometheus({ tokens, timeoutMs: 10_000 });
/** For those that let it wait in vain. */
const hasty = createPrometheus({ tokens, timeoutMs: 400 });
async function answered(now: Script, more: object = {}, by = source): Promise<string> {
  script = now;
  asked.length = 0;
  const { state, because } = await by.evaluate({ url, query: 'up == 0', passes: 'WhenEmpty', ...more });
  return `${state}: ${because.replaceAll(url, 'URL')}`;
}
const json =
  (body: object, status = 200): Script =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const vector = (result: readonly object[], more: object = {}): object => ({
  status: 'success',
  data: { resultType: 'vector', result },
  ...more,
});
const series = (metric: object): object => ({ metric, value: [1, '1'] });

describe('a gate whose Prometheus', () => {
  it.each<{ name: string; script: Script; says: string }>([
    {
      name: 'answers words',
      script: (_request, response) => void response.end('<html>'),
      says: 'Unknown: URL answered 200 with something that is not JSON: is it a Prometheus API?',
    },
    {
      name: 'answers other JSON',
      script: json({ ok: true }),
      says: 'Unknown: URL answered with JSON that is not an answer to a query',
    },
    {
      name: 'answers a vector without numbers',
      script: json(vector([{ metric: {} }])),
      says: 'Unknown: URL answered with JSON that is not an answer to a query',
    },
    {
      name: 'fails with words of its own',
      script: json({ status: 'error', errorType: 'timeout', error: 'query timed out' }, 503),
      says: 'Unknown: Prometheus says timeout: query timed out',
    },
    {
      name: 'fails without words of its own',
      script: json({}, 500),
      says: 'Unknown: URL answered 500',
    },
    {
      name: 'says success with another status',
      script: json(vector([]), 502),
      says: 'Unknown: URL answered 502',
    },
    {
      name: 'wants a token',
      script: json({}, 401),
      says: 'Unknown: URL answered 401: it wants a token (tokenSecret)',
    },
    {
      name: 'warns that a part is missing',
      script: json(vector([], { warnings: ['No StoreAPIs matched for this query'] })),
      says: 'Unknown: Prometheus warns: No StoreAPIs matched for this query',
    },
    {
      name: 'only says how the query could be better',
      script: json(vector([], { infos: ['metric might not be a counter'] })),
      says: 'Open: the query finds nothing',
    },
    {
      name: 'hangs up',
      script: (request) => void request.socket.destroy(),
      says: 'Unknown: connection reset by URL',
    },
    {
      name: 'breaks off',
      script: (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setTimeout(() => request.socket.destroy(), 20);
      },
      says: 'Unknown: connection reset by URL',
    },
    { name: 'says nothing', script: () => undefined, says: 'Unknown: no answer in time from URL' },
    {
      name: 'never ends',
      script: (_request, response) => void response.writeHead(200).write('{'),
      says: 'Unknown: no answer in time from URL',
    },
    {
      name: 'answers far too much',
      script: (_request, response) => void response.end(Buffer.alloc(3_000_000, ' ')),
      says: 'Unknown: an answer of more than 1048576 bytes from URL',
    },
    {
      name: 'finds much',
      script: json(
        vector(['c', 'b', 'a', 'd'].map((alertname) => series({ alertname, __name__: 'ALERTS' }))),
      ),
      says: 'Closed: the query finds ALERTS{alertname="a"}, ALERTS{alertname="b"}, ALERTS{alertname="c"} and more',
    },
    {
      name: 'puts control characters into labels',
      script: json(vector([series({ a: '\u001b[31m\n' })])),
      says: 'Closed: the query finds {a="\\u001b[31m\\n"}',
    },
  ])('$name is told as it is', async ({ script: now, says }) => {
    expect(await answered(now, {}, says.includes('in time') ? hasty : source)).toBe(says);
  });

  it('is not there names it', async () => {
    const free = http.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const gone = `http://127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise((resolve) => free.close(resolve));
    expect(await source.evaluate({ url: gone, query: '1', passes: 'WhenEmpty' })).toEqual({
      state: 'Unknown',
      because: `connection refused by ${gone}`,
    });
  });

  it('sends a gate elsewhere is not followed, and no token goes there', async () => {
    const tokenSecret = { name: 'prometheus', key: 'token' };
    const elsewhere = (_request: unknown, response: http.ServerResponse): void =>
      void response.writeHead(302, { location: `${url}/elsewhere` }).end();
    expect(await answered(elsewhere, { tokenSecret })).toBe(
      'Unknown: URL answered 302: redirects are not followed',
    );
    expect(asked.map((request) => request.url)).toEqual(['/api/v1/query?query=up+%3D%3D+0']);
    expect(asked[0]?.headers.authorization).toBe('Bearer s3cret');
  });

  it('does not accept the token says so', async () => {
    const tokenSecret = { name: 'prometheus', key: 'token' };
    expect(await answered(json({}, 403), { tokenSecret })).toBe(
      'Unknown: URL answered 403: it does not accept the token',
    );
  });

  it('has a path is asked below it', async () => {
    await answered(json(vector([])), { url: `${url}/select/0/prometheus/` });
    expect(asked[0]?.url).toBe('/select/0/prometheus/api/v1/query?query=up+%3D%3D+0');
  });
});

describe('a gate whose token is refused', () => {
  it('asks nobody', async () => {
    const refusing = createPrometheus({
      tokens: { tokenFor: () => Promise.resolve({ refused: 'no label' }) },
    });
    asked.length = 0;
    const tokenSecret = { name: 'prometheus', key: 'token' };
    const verdict = await refusing.evaluate({ url, query: '1', passes: 'WhenEmpty', tokenSecret });
    expect(verdict).toEqual({ state: 'Unknown', because: 'no label' });
    expect(asked).toEqual([]);
  });
});
