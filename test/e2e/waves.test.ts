/** A first wave that soaks, with the operator killed meanwhile, and a second one that goes zone by zone; then, once more, by who took longest. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import type { Histories } from './support/history.ts';
import { named, openHistories } from './support/history.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab, usualLeaseSeconds } from './support/own-lab.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { isCordoned, retry } from './support/story.ts';
import { patience } from './support/waits.ts';

/** Long enough for another operator to take over, with time to be too early in. */
const soakSeconds = 5 * usualLeaseSeconds;
const zone = 'topology.kubernetes.io/zone';
const policies = '/apis/containeros.dev/v1alpha1/containerospolicies';

interface Policy extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation?: number };
  readonly status?: PolicyStatus;
}

let own: OwnLab;
let scene: Scene;
let histories: Histories;
let operator: OperatorProcess;
beforeAll(async () => {
  own = await openOwnLab();
  scene = await openScene('waves', own.lab);
  histories = openHistories(scene.client);
  operator = await own.start();
  // The reboots of one batch are seen to overlap, and who comes last by name takes longest.
  const boots = (bootMs: number) => ({ timings: { prepareMs: 50, bootMs } });
  await scene.addNodes({
    a1: { host: boots(2000), labels: { [zone]: 'a' } },
    a2: { host: boots(4000), labels: { [zone]: 'a' } },
    b1: { host: boots(6500), labels: { [zone]: 'b' } },
    // By its name it would come last.
    canary: { host: boots(500), labels: { tier: 'canary' } },
  });
}, patience(240_000));
afterAll(async () => {
  histories.stop();
  await own.close();
}, patience(60_000));

describe('waves', () => {
  it(
    'begin when the one before has soaked, also for the next operator; zones lose one node at a time',
    async () => {
      const history = await histories.record<RawNode>('/api/v1/nodes', '');
      await scene.applyPolicy('all', {
        rollout: {
          maxUnavailable: 4,
          soak: '1s',
          topology: { key: zone, maxUnavailable: 1 },
          waves: [
            {
              name: 'canary',
              selector: { matchLabels: { tier: 'canary' } },
              soak: `${String(soakSeconds)}s`,
            },
            { name: 'rest' },
          ],
        },
      });
      const soaking = await scene.untilStatus(
        'all',
        ({ waves, message }) => waves?.[0]?.soakUntil !== undefined && message?.includes('soaks') === true,
      );
      const soakUntil = soaking.waves?.[0]?.soakUntil ?? '';
      expect(soaking).toMatchObject({
        progress: '1/4',
        currentWave: 'canary',
        waves: [
          { name: 'canary', nodes: 1, done: 1, soakUntil },
          { name: 'rest', nodes: 3, done: 0 },
        ],
      });
      // What a person sees of it.
      const until = `waits until ${soakUntil.replace(/\.\d+Z$/, 'Z')}: wave canary soaks`;
      expect(soaking.message).toBe(`${scene.full('a1')}: ${until}`);
      await scene.untilView('b1', ({ because }) => because === until);
      expect(await scene.kubectl(['get', 'cosn', scene.full('b1')])).toContain(until);
      await operator.end();
      operator = await own.start();
      const wave = ['get', 'cosn', scene.full('canary'), '-o', 'jsonpath={.status.wave}'];
      expect(await scene.kubectl(wave)).toBe('canary');

      const done = await scene.untilStatus(
        'all',
        ({ upToDate, claims }) => upToDate === 4 && claims?.length === 0,
        90_000,
      );
      expect(done.fence).not.toBe(soaking.fence);
      expect(done.waves).toEqual([
        { name: 'canary', nodes: 1, done: 1 },
        { name: 'rest', nodes: 3, done: 3 },
      ]);
      expect(done.currentWave).toBeUndefined();

      const out = (name: string): readonly [number, number] => outOf(history(), scene.full(name));
      const [a1, a2, b1, canary] = [out('a1'), out('a2'), out('b1'), out('canary')];
      const first = Math.min(a1[0], a2[0], b1[0]);
      expect(first).toBeGreaterThanOrEqual(Date.parse(soakUntil));
      expect(Date.parse(soakUntil) - canary[1]).toBeGreaterThan(0);
      expect(overlap(a1, a2)).toBe(false);
      expect(overlap(a1, b1) || overlap(a2, b1)).toBe(true);
    },
    patience(240_000),
  );

  it(
    'each begin with the node that took longest the last time',
    async () => {
      const rollout = {
        soak: '1s',
        waves: [{ name: 'canary', selector: { matchLabels: { tier: 'canary' } } }, { name: 'rest' }],
      };
      // While nothing may start, all are staged: then every node is a candidate in the same pass.
      const [from, to] = ['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
      await scene.applyPolicy('all', { rollout, schedule: { blackouts: [{ from, to }] } });
      const { metadata } = await scene.client.get<Policy>(`${policies}/${scene.full('all')}`);
      await scene.untilStatus('all', ({ observedGeneration }) => observedGeneration === metadata.generation);
      const took = new Map<string, number>();
      for (const name of ['a1', 'a2', 'b1', 'canary']) {
        const { lastUpdate } = await scene.untilView(name, (view) => view.lastUpdate !== undefined);
        took.set(
          name,
          Object.values(lastUpdate?.seconds ?? {}).reduce((sum, one) => sum + one, 0),
        );
        await scene.setHost(name, { offers: ['1.27.0'], timings: { prepareMs: 50, bootMs: 300 } });
        await retry(scene, name, 'again');
      }
      for (const name of took.keys())
        await scene.untilView(name, ({ staged, reason }) => staged === '1.27.0' && reason === 'Blackout');

      const ledger = await histories.record<Policy>(policies, named(scene.full('all')));
      await scene.applyPolicy('all', { rollout });
      await scene.untilStatus(
        'all',
        ({ versions, claims }) => versions?.['1.27.0'] === 4 && claims?.length === 0,
        90_000,
      );
      const claims = ledger().flatMap(({ object }) => object.status?.claims ?? []);
      const order = [...new Set(claims.map(({ node }) => node))];
      const rest = ['a1', 'a2', 'b1'].toSorted((a, b) => (took.get(b) ?? 0) - (took.get(a) ?? 0));
      // However quick the canary is.
      expect(order).toEqual(['canary', ...rest].map((name) => scene.full(name)));
    },
    patience(300_000),
  );

  it(
    'break no invariant',
    async () => {
      expect(await own.violations()).toEqual([]);
    },
    patience(120_000),
  );
});

/** From its cordon to when it was put back, by when a watch heard of them. */
function outOf(
  seen: readonly { readonly at: number; readonly object: RawNode }[],
  name: string,
): readonly [number, number] {
  const mine = seen.filter(({ object }) => object.metadata.name === name);
  const from = mine.findIndex(({ object }) => isCordoned(object));
  const to = mine.findIndex(({ object }, at) => at > from && !isCordoned(object));
  const [begin, end] = [mine[from]?.at, mine[to]?.at];
  if (from < 0 || begin === undefined || end === undefined)
    throw new Error(`${name} was never out of service`);
  return [begin, end];
}

const overlap = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] < b[1] && b[0] < a[1];
