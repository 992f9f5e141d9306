import { afterEach, expect, it } from '@jest/globals';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { answerJson, type ScriptedServer, startScriptedServer } from './support/scripted-server.ts';
import { systemClock } from './support/system-clock.ts';
import { waitUntil } from './support/wait-until.ts';

let server: ScriptedServer | undefined;
let stop = (): Promise<void> => Promise.resolve();
afterEach(async () => {
  await stop();
  await server?.close();
});

it('hooks whose namespace took its rights along are unheard of, and hold up nothing else until they are back', async () => {
  let allowed = false;
  server = await startScriptedServer(({ path, query }, response) => {
    if (path.includes('/namespaces/os-hooks/jobs') && !allowed)
      return answerJson(response, 403, { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no' });
    // No streamed lists here: a plain one, and then a watch that stays silent.
    if (query['watch'] === 'true' && query['sendInitialEvents'] === 'true')
      return answerJson(response, 422, { kind: 'Status', code: 422, reason: 'Invalid', message: 'no' });
    if (query['watch'] === 'true') response.writeHead(200).flushHeaders();
    else answerJson(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
  });
  const changes: string[] = [];
  const cluster = createCluster({
    api: server.api,
    clock: systemClock,
    random: () => 0,
    namespace: 'operator',
    podLabels: { app: 'operator' },
    task: { image: 'image', imagePullPolicy: 'IfNotPresent', imagePullSecrets: [], limits: {} },
    hooks: { namespace: 'os-hooks', serviceAccount: 'containeros-hooks' },
    instance: 'test',
    waits: { backoff: { firstMs: 20, mostMs: 20 } },
    onError: () => undefined,
  });
  stop = () => cluster.stop();
  cluster.reader.onChange(({ kind }) => changes.push(kind));
  cluster.start(new AbortController().signal);
  await cluster.synced();
  expect(cluster.reader.hooks()).toBe('Unheard');
  allowed = true;
  await waitUntil('hooks are heard of', () => cluster.reader.hooks() !== 'Unheard');
  expect(cluster.reader.hooks()).toEqual([]);
  expect(changes).toContain('Hook');
});
