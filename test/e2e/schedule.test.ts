/** Windows and update-now, as a person with kubectl sees and uses them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { updateNowKey } from '../../src/api/keys.ts';
import { untilDescribed } from './support/described.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { claimOf, endStory, expectPutBack, isCordoned, reboots } from './support/story.ts';
import { patience } from './support/waits.ts';

const within = patience(180_000);

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('windows');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

const hour = 3_600_000;
/** A window that opens at the full hour so many hours from now on, by UTC. */
const windowIn = (hours: number, duration: string): object => ({
  windows: [{ start: `0 ${new Date(Date.now() + hours * hour).getUTCHours()} * * *`, duration }],
});
const setSchedule = (schedule: object): Promise<unknown> =>
  scene.applyPolicy('night', {
    schedule,
    rollout: { soak: '1s' },
    drain: { timeout: '1m' },
    reboot: { timeout: '3m' },
  });
const untilUpToDate = (count: number): Promise<PolicyStatus> =>
  scene.untilStatus('night', ({ upToDate, claims }) => upToDate === count && claims?.length === 0, 90_000);

describe('a policy with windows', () => {
  it(
    'waits for the next one, lets one node through by update-now, goes on when it opens and stops when it closes',
    async () => {
      await scene.addNodes({ one: {}, two: {} });
      await scene.kubectl(['cordon', scene.full('one')]);
      await setSchedule(windowIn(5, '2h'));

      // Both were downloaded ahead; neither is started.
      const waiting = await scene.untilStatus('night', ({ message = '' }) =>
        /^waits for the window .*; 1 node is left to update/.test(message),
      );
      await scene.untilView('two', ({ because }) => because?.startsWith('waits for the window') === true);
      const opens = waiting.nextWindow?.replace('.000Z', 'Z') ?? '';
      expect(Date.parse(opens) - Date.now()).toBeGreaterThan(3 * hour);
      const wide = await scene.kubectl(['get', 'cosp', scene.full('night'), '--output=wide']);
      expect(wide).toContain(waiting.nextWindow);
      expect(wide).toContain(`waits for the window that opens at ${opens}; 1 node is left to update`);
      const nodes = await scene.kubectl(['get', 'cosn', scene.full('two')]);
      expect(nodes).toContain(`waits for the window that opens at ${opens}`);
      expect(reboots(scene, 'two')).toEqual({ asked: 0, down: 0 });

      // The one that a person cordoned goes by a person's wish, and stays cordoned.
      await scene.kubectl(['annotate', 'node', scene.full('one'), `${updateNowKey}=it cannot wait`]);
      await untilUpToDate(1);
      const updated = await scene.node('one');
      expect({ cordoned: isCordoned(updated), claim: claimOf(updated) }).toEqual({ cordoned: true });
      expect(reboots(scene, 'one').asked).toBe(1);
      expect(reboots(scene, 'two').asked).toBe(0);
      await scene.kubectl(['uncordon', scene.full('one')]);

      // The person opens the window.
      await setSchedule({ windows: [{ start: '0 * * * *', duration: '1h' }] });
      const open = await untilUpToDate(2);
      expect(open.nextWindow).toBeUndefined();
      expectPutBack(await scene.node('two'));

      // It closes, and a new version is out: it is downloaded, and nothing else.
      const from = new Date(Date.now() - hour).toISOString();
      const to = new Date(Date.now() + 6 * hour).toISOString();
      await setSchedule({ blackouts: [{ from, to, reason: 'the launch' }] });
      await scene.untilStatus('night', ({ nextWindow }) => nextWindow === to);
      await scene.setHost('two', { offers: ['1.27.0'] });
      await scene.annotate('two', { 'containeros.dev/retry': 'look again' });
      const held = await scene.untilView(
        'two',
        ({ because }) => because?.startsWith('blackout until') === true,
      );
      expect(held).toMatchObject({ state: 'Staged', staged: '1.27.0', reason: 'Blackout' });
      expect(held.because).toMatch(/^blackout until \S+Z: the launch$/);
      expectPutBack(await scene.node('two'));
      await untilDescribed(scene, 'cosp', 'night', [
        /Normal +WindowOpened .*1\/2 nodes are up to date; nodes may be started/,
      ]);
      await endStory(scene, 'night');
    },
    within,
  );
});
