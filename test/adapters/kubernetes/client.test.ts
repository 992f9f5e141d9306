import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createApiClient } from '../../../src/adapters/kubernetes/client.ts';
import type { ApiRequest } from '../../../src/adapters/kubernetes/client.ts';
import { createCredentials } from '../../../src/adapters/kubernetes/credentials.ts';
import { ApiFailure, inPortWords } from '../../../src/adapters/kubernetes/errors.ts';
import { StaleError, UnreachableError } from '../../../src/ports/errors.ts';
import { answerJson, answerStatus, kubeConfigOf, startScriptedServer } from './support/scripted-server.ts';
import type { Script, ScriptedServer } from './support/scripted-server.ts';
import { handClock, systemClock } from './support/system-clock.ts';

let server: ScriptedServer | undefined;
afterEach(() => server?.close());
const serve = async (script: Script): Promise<ScriptedServer> => (server = await startScriptedServer(script));
const get: ApiRequest = { method: 'GET', path: '/x' };
const errorOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a request', () => {
  it('says what it wants and who it is', async () => {
    const { api, asked } = await serve((_asked, response) => answerJson(response, 200, { ok: true }));
    const body = { metadata: { resourceVersion: '7' } };
    await expect(api.request({ method: 'PATCH', path: '/x', query: { a: 'b c' }, body })).resolves.toEqual({
      ok: true,
    });
    expect(asked[0]).toMatchObject({
      method: 'PATCH',
      query: { a: 'b c' },
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/merge-patch+json', authorization: 'Bearer a-token' },
    });
  });

  it('is not sent when its guard throws', async () => {
    const { api, asked } = await serve((_asked, response) => answerJson(response, 200, {}));
    const guard = (): void => {
      throw new StaleError('the lease is gone');
    };
    await expect(api.request({ ...get, guard })).rejects.toThrow(StaleError);
    expect(asked).toHaveLength(0);
  });

  it('asks its guard only once the connection stands, however long that takes', async () => {
    const order: string[] = [];
    const { api } = await serve((_asked, response) => {
      order.push('arrived');
      answerJson(response, 200, {});
    });
    const answered = api.request({ ...get, guard: () => order.push('guard') });
    order.push('asked');
    await answered;
    expect(order).toEqual(['asked', 'guard', 'arrived']);
  });

  it('is given up after its time, whether the head or the rest of the answer is missing', async () => {
    const { api } = await serve(({ path }, response) => {
      if (path === '/half') response.write('{');
    });
    for (const path of ['/none', '/half']) {
      await expect(api.request({ ...get, path, timeoutMs: 100 })).rejects.toThrow(UnreachableError);
    }
  });

  it('is sent once more when the token was refused, with what is there by then', async () => {
    const { api, asked, outcomes } = await serve((_asked, response, nth) =>
      nth === 0 ? answerStatus(response, 401, 'Unauthorized') : answerJson(response, 200, {}),
    );
    await api.request(get);
    expect(asked).toHaveLength(2);
    expect(outcomes.map(({ code }) => code)).toEqual(['401', '200']);
  });

  it('tells who waits when an absent server is back', async () => {
    const port = await freePort();
    const api = createApiClient({
      credentials: createCredentials(() => kubeConfigOf(port), systemClock),
      userAgent: 'test',
    });
    await expect(api.request(get)).rejects.toThrow(/ECONNREFUSED/);
    const recovery = api.recovery();
    const back = createServer((_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => {
      back.listen(port, '127.0.0.1', resolve);
    });
    await api.request(get);
    api.close();
    await new Promise((resolve) => back.close(resolve));
    expect(recovery.aborted).toBe(true);
    expect(api.recovery().aborted).toBe(false);
  });
});

describe('credentials', () => {
  it('are read again after a while, and at once when they were refused', async () => {
    const clock = handClock();
    let reads = 0;
    const credentials = createCredentials(() => {
      reads += 1;
      return kubeConfigOf(1, `token-${reads}\n`);
    }, clock);
    const token = async (): Promise<string | undefined> =>
      (await credentials.access()).headers['Authorization'];
    expect(await token()).toBe('Bearer token-1');
    credentials.refused();
    expect(await token()).toBe('Bearer token-2');
    clock.advance(60_000);
    expect(await token()).toBe('Bearer token-2');
    credentials.close();
  });
});

describe('a refusal', () => {
  it.each([
    [400, 'BadRequest', 'InvalidError'],
    [401, 'Unauthorized', 'ForbiddenError'],
    [403, 'User "operator" cannot list resource "nodes" in API group ""', 'ForbiddenError'],
    [403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', 'InvalidError'],
    [404, 'not found', 'NotFoundError'],
    [409, 'already exists', 'ConflictError'],
    [410, 'too old resource version', 'UnreachableError'],
    [422, 'is invalid', 'InvalidError'],
    [429, 'too many requests', 'UnreachableError'],
    [500, 'internal', 'UnreachableError'],
    [503, 'not now', 'UnreachableError'],
  ])('with %i (%s) becomes a %s with the words of the server', async (code, message, name) => {
    const { api } = await serve((_asked, response) => answerStatus(response, code, message));
    await expect(inPortWords(api.request(get))).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
      cause: expect.any(ApiFailure),
    });
  });

  it('by an admission policy is told in the words of the policy, with its name', async () => {
    const refused =
      "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'fence' with binding 'b' denied request: spec: no";
    const { api } = await serve((_asked, response) => answerStatus(response, 422, refused));
    expect(await errorOf(inPortWords(api.request(get)))).toMatchObject({
      name: 'InvalidError',
      message: 'the admission policy fence does not allow it: spec: no',
    });
  });

  it('with Retry-After says when to come back', async () => {
    const { api } = await serve((_asked, response) => {
      response.writeHead(429, { 'retry-after': '3' });
      response.end('too many requests, please try again later');
    });
    const error = await errorOf(inPortWords(api.request(get)));
    expect(error).toMatchObject({ name: 'UnreachableError', retryAfterMs: 3000 });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
