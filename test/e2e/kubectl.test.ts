/** What a person with kubectl alone sees and does. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { untilDescribed } from './support/described.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { retry } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(120_000);
const os = 'ContainerOptimizedOS';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('ip');
  // Two policies with something to tell each: one that ends, one that a budget holds up.
  await scene.addNodes({
    '10-0-113-241': { labels: { story: 'cos' }, host: { os } },
    '10-0-113-242': { labels: { story: 'web' } },
    '10-0-113-243': { labels: { story: 'web' } },
  });
  await scene.deploy('shop', { replicas: 1, on: '10-0-113-243', pdb: { maxUnavailable: 0 } });
  await scene.applyPolicy('web', {
    nodeSelector: { matchLabels: { story: 'web' } },
    rollout: { soak: '1s' },
  });
  await scene.applyPolicy('cos', {
    os,
    nodeSelector: { matchLabels: { story: 'cos' } },
    rollout: { soak: '1s' },
  });
}, patience(180_000));
afterAll(() => scene.close(), patience(60_000));

const obstacle = /PodDisruptionBudget ip\/shop allows no disruption now \(pod ip\/shop-\S+\)/;
const lines = (text: string): readonly string[] => text.trimEnd().split('\n');
const words = (line: string | undefined): readonly string[] => line?.trim().split(/\s+/) ?? [];

describe('kubectl', () => {
  it(
    'wait ends when a policy is UpToDate, and with an error while it is not',
    async () => {
      const wait = (policy: string, seconds: number): Promise<string> =>
        scene.kubectl([
          ...['wait', '--for=condition=UpToDate', `--timeout=${String(seconds)}s`],
          `containerospolicy/${scene.full(policy)}`,
        ]);
      expect(await wait('cos', 90)).toBe('containerospolicy.containeros.dev/ip-cos condition met\n');
      await scene.untilStatus(
        'web',
        ({ upToDate, claims }) => upToDate === 1 && claims?.length === 0,
        90_000,
      );
      await scene.untilStatus('cos', ({ claims }) => claims?.length === 0);
      await expect(wait('web', 1)).rejects.toThrow('timed out waiting for the condition');
    },
    within,
  );

  it(
    'get shows a policy within 80 columns, and the obstacle with --output=wide',
    async () => {
      await scene.untilStatus('web', ({ message = '' }) => obstacle.test(message));
      const names = [scene.full('cos'), scene.full('web')];
      const table = lines(await scene.kubectl(['get', 'cosp', ...names]));
      expect(words(table[0]).join(' ')).toBe('NAME TARGET PROGRESS UPDATING FAILED READY AGE');
      expect(words(table[1])).toEqual([
        ...['ip-cos', '18613.164.98', '1/1', '0', '0', 'True'],
        expect.stringMatching(/^\d+[smh]/),
      ]);
      expect(words(table[2]).slice(0, 6)).toEqual(['ip-web', '1.26.1', '1/2', '0', '0', 'True']);
      for (const line of table) expect(line.trimEnd().length).toBeLessThanOrEqual(80);

      const wide = lines(await scene.kubectl(['get', 'cosp', ...names, '--output=wide']));
      expect(words(wide[0]).join(' ')).toBe(
        'NAME TARGET PROGRESS UPDATING FAILED READY OS NEXT-WINDOW PAUSED MESSAGE AGE',
      );
      expect(wide[1]).toContain('all 1 nodes are up to date');
      expect(wide[2]).toMatch(obstacle);
      expect(wide[2]).toContain('ip-10-0-113-243 waits: ');
    },
    within,
  );

  it(
    'get shows nodes within 80 columns but for the reason, which is a sentence',
    async () => {
      // Not those of other scenes in the same cluster: the longest name of all sets the width.
      const names = ['10-0-113-241', '10-0-113-242', '10-0-113-243'].map((name) => scene.full(name));
      await scene.untilView('10-0-113-241', ({ state }) => state === 'UpToDate');
      await scene.untilView('10-0-113-243', ({ because = '' }) => obstacle.test(because));
      const table = lines(await scene.kubectl(['get', 'cosn', ...names]));
      expect(words(table[0]).join(' ')).toBe('NAME POLICY VERSION TARGET STATE SINCE BECAUSE');
      expect(table[0]?.indexOf('BECAUSE')).toBeLessThanOrEqual(80);
      const row = (name: string): string | undefined =>
        table.find((line) => line.startsWith(scene.full(name)));
      expect(row('10-0-113-241')).toMatch(
        / ip-cos +18613\.164\.98 +18613\.164\.98 +UpToDate +\d+\w+ +18613\.164\.98 was the newest at the last check/,
      );
      expect(row('10-0-113-243')).toMatch(/ ip-web +1\.25\.0 +1\.26\.1 +Staged +\d+\w+ +PodDisruptionBudget/);
      expect(row('10-0-113-243')).toMatch(obstacle);

      const all = await scene.kubectl(['get', 'containeros', '--output=name']);
      expect(all).toContain('containerospolicy.containeros.dev/ip-web');
      expect(all).toContain('containerosnode.containeros.dev/ip-10-0-113-243');
    },
    within,
  );

  it(
    'describe tells of a policy and of a node what happened to them',
    async () => {
      const policy = await untilDescribed(scene, 'cosp', 'cos', [
        /Normal +RolloutComplete .* all 1 nodes are up to date/,
      ]);
      expect(policy).toMatch(/Type: +UpToDate/);
      expect(policy).toMatch(/Progress: +1\/1/);
      const view = await scene.kubectl(['describe', 'cosn', scene.full('10-0-113-243')]);
      expect(view).toMatch(obstacle);
      await untilDescribed(
        scene,
        'node',
        '10-0-113-241',
        ['Draining', 'Rebooting', 'Verified'].map(
          (reason) => new RegExp(`Normal +${reason} .*containeros\\.dev/operator`),
        ),
      );
      await untilDescribed(scene, 'node', '10-0-113-243', [
        /Warning +DrainBlocked .*containeros\.dev\/operator.* PodDisruptionBudget ip\/shop/,
      ]);
    },
    within,
  );

  it.each([
    ['cosp', 'Keeps the operating system of the nodes that it selects up to date.'],
    ['cosp.spec.drain', 'PodDisruptionBudgets are always honoured.'],
    ['cosp.spec.mode', 'ENUM: Apply Plan'],
    ['cosp.status.message', 'The present obstacle, or what is going on.'],
    ['cosn.status.because', 'Why it is where it is.'],
  ])('explain %s says what it is for', async (field, text) => {
    const told = await scene.kubectl(['explain', field]);
    expect(told.replaceAll(/\s+/g, ' ')).toContain(text);
  });

  it(
    'delete of a node is undone at once: it is a view',
    async () => {
      const name = scene.full('10-0-113-242');
      const uid = (): Promise<string> =>
        scene.kubectl(['get', 'cosn', name, '--ignore-not-found', '--output=jsonpath={.metadata.uid}']);
      const before = await uid();
      await scene.kubectl(['delete', 'cosn', name]);
      const view = await scene.untilView('10-0-113-242', ({ state }) => state === 'UpToDate');
      expect(view).toMatchObject({ policy: 'ip-web', version: '1.26.1' });
      expect(await uid()).not.toBe(before);
    },
    within,
  );

  it(
    'annotate with retry has a node inspected at once',
    async () => {
      const { inspectedAt } = await scene.view('10-0-113-242');
      await retry(scene, '10-0-113-242', 'look again');
      const view = await scene.untilView(
        '10-0-113-242',
        ({ retrySeen, state, inspectedAt: now = '' }) =>
          retrySeen === 'look again' &&
          state === 'UpToDate' &&
          Date.parse(now) > Date.parse(inspectedAt ?? ''),
      );
      expect(view.version).toBe('1.26.1');
    },
    within,
  );
});
