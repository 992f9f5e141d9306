/** A gate at the real Prometheus, behind something that wants a token, with the token in a Secret. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Prometheus } from '../prometheus/start.ts';
import { startPrometheus } from '../prometheus/start.ts';
import { hooksNamespace } from '../recorder/world/audit.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { addNode, applyOwnPolicy, endStory, expectUpdated } from './support/story.ts';
import { patience } from './support/waits.ts';

const os = 'Bottlerocket';
const token = 'the-token-of-the-scene';
const secret = 'gates-prometheus';

let scene: Scene;
let prometheus: Prometheus;
let door: http.Server;
let url: string;
/** Whether what came to the door had the token. */
const came: boolean[] = [];
beforeAll(async () => {
  [scene, prometheus] = await Promise.all([openScene('gates'), startPrometheus()]);
  door = http.createServer((request, response) => {
    const knows = request.headers.authorization === `Bearer ${token}`;
    came.push(knows);
    if (!knows) {
      response.writeHead(401).end();
      return;
    }
    void fetch(`${prometheus.url}${request.url ?? ''}`)
      .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
      .catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  await prometheus.set('burning', 1);
}, patience(90_000));
afterAll(async () => {
  await scene.kubectl(['delete', 'secret', '-n', hooksNamespace, secret, '--ignore-not-found']);
  door.closeAllConnections();
  door.close();
  await Promise.all([prometheus.close(), scene.close()]);
}, patience(60_000));

describe('a gate', () => {
  it(
    'sends its token only where its Secret lets it, keeps nodes while it is closed, and lets them go once it is open',
    async () => {
      const name = 'gated';
      await addNode(scene, os, name);
      await scene.kubectl([
        ...['create', 'secret', 'generic', secret, '-n', hooksNamespace],
        `--from-literal=token=${token}`,
      ]);
      await scene.kubectl(['label', 'secret', '-n', hooksNamespace, secret, 'containeros.dev/gate-token=']);
      await applyOwnPolicy(scene, os, name, {
        health: {
          nodeConditions: [{ type: 'DiskPressure', status: 'False' }],
          gates: [
            {
              name: 'fire',
              prometheus: { url, query: 'burning > 0', tokenSecret: { name: secret } },
              stalledAfter: '1s',
            },
          ],
        },
      });
      const says = (text: string): Promise<unknown> =>
        scene.untilStatus(name, ({ message = '' }) => message.includes(text));

      await says(`gate fire cannot be evaluated: Secret ${hooksNamespace}/${secret} has no annotation`);
      expect(came).toEqual([]);

      const allow = `containeros.dev/allowed-url=${url}`;
      await scene.kubectl(['annotate', 'secret', '-n', hooksNamespace, secret, allow]);
      await says('gate fire is closed: the query finds burning{');
      const { conditions = [], gates } = await scene.untilStatus(name, (status) =>
        (status.conditions ?? []).some(({ type, reason }) => type === 'Stalled' && reason === 'GateClosed'),
      );
      expect(conditions.find(({ type }) => type === 'Ready')?.status).toBe('True');
      expect(gates).toMatchObject([{ name: 'fire', state: 'Closed' }]);
      const view = await scene.untilView(name, ({ state }) => state === 'Staged');
      expect(view.version).toBe('1.25.0');

      await prometheus.set('burning', 0);
      await expectUpdated(scene, os, name);
      const after = await scene.untilStatus(name, (status) => status.gates?.[0]?.state === 'Open');
      expect(after.conditions?.some(({ type }) => type === 'Stalled')).toBe(false);
      expect(new Set(came)).toEqual(new Set([true]));
      await endStory(scene, name);
    },
    patience(240_000),
  );
});
