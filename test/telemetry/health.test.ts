import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startHealthServer } from '../../src/telemetry/health.ts';
import type { HealthServer } from '../../src/telemetry/health.ts';

let server: HealthServer;
let problem: string | undefined;
let metrics: () => Promise<string>;

beforeEach(async () => {
  problem = undefined;
  metrics = () => Promise.resolve('a_metric 1\n');
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    live: [{ name: 'watches', problem: () => undefined }],
    ready: [
      { name: 'caches', problem: () => problem },
      { name: 'kinds', problem: () => undefined },
    ],
    metrics: { text: () => metrics(), contentType: 'text/plain; version=0.0.4' },
  });
});
afterEach(() => server.close());

async function ask(
  path: string,
  method = 'GET',
): Promise<{ readonly code: number; readonly text: string; readonly type: string | null }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { code: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

describe('the health server', () => {
  it('says that all is well in one word', async () => {
    expect(await ask('/livez')).toMatchObject({ code: 200, text: 'ok\n' });
    expect(await ask('/readyz')).toMatchObject({ code: 200, text: 'ok\n' });
  });

  it('names each check when asked to', async () => {
    const { text } = await ask('/readyz?verbose');
    expect(text).toBe('[+]caches ok\n[+]kinds ok\nreadyz check passed\n');
  });

  it('names the check that failed and why, unasked', async () => {
    problem = 'the first lists are not complete';
    expect(await ask('/readyz')).toMatchObject({
      code: 503,
      text: '[-]caches failed: the first lists are not complete\n[+]kinds ok\nreadyz check failed\n',
    });
    expect(await ask('/livez')).toMatchObject({ code: 200 });
  });

  it('shows the metrics', async () => {
    expect(await ask('/metrics')).toEqual({
      code: 200,
      text: 'a_metric 1\n',
      type: 'text/plain; version=0.0.4',
    });
  });

  it('survives metrics that cannot be had', async () => {
    metrics = () => Promise.reject(new Error('broken'));
    expect(await ask('/metrics')).toMatchObject({ code: 500, text: 'Error: broken\n' });
    expect(await ask('/livez')).toMatchObject({ code: 200 });
  });

  it('answers a HEAD without a body, refuses to be written to, and knows no other page', async () => {
    expect(await ask('/livez', 'HEAD')).toMatchObject({ code: 200, text: '' });
    expect(await ask('/livez', 'POST')).toMatchObject({ code: 405 });
    expect(await ask('/')).toMatchObject({ code: 404 });
  });

  it('rejects when the port is taken', async () => {
    const same = {
      host: '127.0.0.1',
      port: server.port,
      live: [],
      ready: [],
      metrics: { text: metrics, contentType: '' },
    };
    await expect(startHealthServer(same)).rejects.toThrow(/EADDRINUSE/);
  });
});
