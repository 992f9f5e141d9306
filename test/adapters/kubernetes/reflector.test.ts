import { afterEach, describe, expect, it } from '@jest/globals';
import { Reflector } from '../../../src/adapters/kubernetes/reflector.ts';
import type { RawObject } from '../../../src/adapters/kubernetes/raw.ts';
import { answerJson, answerStatus, startScriptedServer, streamEvents } from './support/scripted-server.ts';
import type { Script, ScriptedServer } from './support/scripted-server.ts';
import { systemClock } from './support/system-clock.ts';
import { waitUntil } from './support/wait-until.ts';

interface Thing extends RawObject {
  readonly color?: string;
}
interface Facts {
  readonly resourceVersion: string;
  readonly color: string;
}

const path = '/api/v1/things';
const thing = (name: string, version: number, color = 'red'): Thing => ({
  metadata: { name, resourceVersion: String(version) },
  color,
});
const added = (...args: Parameters<typeof thing>): object => ({ type: 'ADDED', object: thing(...args) });
const modified = (...args: Parameters<typeof thing>): object => ({
  type: 'MODIFIED',
  object: thing(...args),
});
const deleted = (...args: Parameters<typeof thing>): object => ({ type: 'DELETED', object: thing(...args) });
const bookmark = (version: number, end = false): object => ({
  type: 'BOOKMARK',
  object: {
    metadata: {
      resourceVersion: String(version),
      ...(end && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
    },
  },
});
const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } };

let server: ScriptedServer;
let reflector: Reflector<Thing, Facts>;
let changes: string[];
let errors: unknown[];

async function run(script: Script, { silenceMs = 2_000 } = {}): Promise<void> {
  server = await startScriptedServer(script);
  changes = [];
  errors = [];
  reflector = new Reflector<Thing, Facts>({
    api: server.api,
    clock: systemClock,
    random: () => 0,
    path,
    query: {},
    trim: ({ metadata = {}, color = '' }) => {
      if (color === 'unreadable') throw new Error('cannot be read');
      return { resourceVersion: metadata.resourceVersion ?? '', color };
    },
    waits: { silenceMs, backoff: { firstMs: 10, mostMs: 50 } },
    onChange: (key, after, before) => {
      changes.push(`${key} ${before?.color ?? '-'} ${after?.color ?? '-'}`);
      if (after?.color === 'throw') throw new Error('handler');
    },
    onError: (error) => errors.push(error),
  });
  reflector.start();
}
const watches = (): Record<string, string>[] => server.asked.map(({ query }) => ({ ...query }));
const colors = (): object => Object.fromEntries([...reflector.facts].map(([key, { color }]) => [key, color]));

afterEach(async () => {
  await reflector.stop();
  await server.close();
});

describe('the first list', () => {
  it('is streamed, and complete only at its end mark', async () => {
    let finish = (): void => {};
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), added('b', 4));
      finish = () => {
        streamEvents(response, bookmark(9, true));
      };
    });
    await waitUntil('the watch is open', () => reflector.heard() > 0);
    expect(reflector.isSynced).toBe(false);
    expect(reflector.facts.size).toBe(0);
    finish();
    await reflector.synced();
    expect(colors()).toEqual({ a: 'red', b: 'red' });
    expect(watches()[0]).toMatchObject({
      watch: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    });
  });

  it('is read page by page where the server refuses to stream it, and then watched on from its version', async () => {
    await run(({ query }, response) => {
      if (query['sendInitialEvents']) answerStatus(response, 422, 'sendInitialEvents: Forbidden');
      else if (query['watch']) streamEvents(response, added('c', 21));
      else if (query['continue'])
        answerJson(response, 200, { metadata: { resourceVersion: '20' }, items: [thing('b', 8)] });
      else
        answerJson(response, 200, {
          metadata: { resourceVersion: '20', continue: 'more' },
          items: [thing('a', 7)],
        });
    });
    await waitUntil('all three are there', () => reflector.facts.size === 3);
    expect(watches().at(-1)).toMatchObject({ watch: 'true', resourceVersion: '20' });
    expect(watches()).toHaveLength(4);
  });

  it('is read page by page when the stream of it ends too early, and streamed again the next time', async () => {
    await run(({ query }, response, nth) => {
      if (nth === 0) {
        streamEvents(response, added('half', 2));
        response.end();
      } else if (query['sendInitialEvents']) streamEvents(response, added('b', 31), bookmark(32, true));
      else if (query['watch']) streamEvents(response, expired);
      else answerJson(response, 200, { metadata: { resourceVersion: '20' }, items: [thing('a', 7)] });
    });
    await waitUntil('it streams again', () => reflector.facts.has('b'));
    expect(changes).toEqual(['a - red', 'a red -', 'b - red']);
  });

  it('is read page by page when the stream of it stays silent', async () => {
    await run(
      ({ query }, response) => {
        if (query['watch']) streamEvents(response);
        else answerJson(response, 200, { metadata: { resourceVersion: '20' }, items: [thing('a', 7)] });
      },
      { silenceMs: 50 },
    );
    await waitUntil('it is complete', () => reflector.isSynced);
    expect(colors()).toEqual({ a: 'red' });
  });

  it('leaves out an object that cannot be read, and reports it', async () => {
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), added('b', 4, 'unreadable'), bookmark(9, true));
    });
    await reflector.synced();
    expect(colors()).toEqual({ a: 'red' });
    expect(errors).toHaveLength(1);
  });
});

describe('the watch', () => {
  it('follows additions, changes and deletions', async () => {
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), bookmark(9, true));
      streamEvents(response, added('b', 10), modified('a', 11, 'blue'), deleted('b', 12));
    });
    await waitUntil('all is told', () => changes.length === 4);
    expect(changes).toEqual(['a - red', 'b - red', 'a red blue', 'b red -']);
    expect(colors()).toEqual({ a: 'blue' });
  });

  it('wakes nobody for another resourceVersion alone, but keeps it', async () => {
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), bookmark(9, true), modified('a', 10), modified('a', 11));
    });
    await waitUntil('the version is there', () => reflector.facts.get('a')?.resourceVersion === '11');
    expect(changes).toEqual(['a - red']);
  });

  it('goes on where a bookmark left it after the stream was cut', async () => {
    await run((_asked, response, nth) => {
      if (nth === 0) {
        streamEvents(response, bookmark(9, true), bookmark(1000));
        setTimeout(() => response.destroy(), 20);
      } else streamEvents(response, added('late', 1001));
    });
    await waitUntil('it goes on', () => reflector.facts.has('late'));
    expect(watches()[1]).toMatchObject({ resourceVersion: '1000' });
    expect(watches()[1]).not.toHaveProperty('sendInitialEvents');
  });

  it('lists anew when its version is too old, and notices what was deleted in between', async () => {
    await run((_asked, response, nth) => {
      if (nth === 0) {
        streamEvents(response, added('stays', 3), added('goes', 4), bookmark(9, true));
        response.end();
      } else if (nth === 1) streamEvents(response, expired);
      else streamEvents(response, added('stays', 3), bookmark(50, true));
    });
    await waitUntil('the deletion is told', () => changes.includes('goes red -'));
    expect(colors()).toEqual({ stays: 'red' });
    expect(watches()[2]).toMatchObject({ sendInitialEvents: 'true' });
  });

  it('lists anew when the server answers the watch itself with 410', async () => {
    await run((_asked, response, nth) => {
      if (nth === 0) {
        streamEvents(response, added('a', 3), bookmark(9, true));
        response.end();
      } else if (nth === 1) answerStatus(response, 410, 'too old');
      else streamEvents(response, bookmark(50, true));
    });
    await waitUntil('the deletion is told', () => changes.includes('a red -'));
    expect(watches()[2]).toMatchObject({ sendInitialEvents: 'true' });
  });

  it('takes a silent stream for dead, and hears of everything by a new list, also where nothing happens', async () => {
    const facts = [added('a', 3), bookmark(9, true)];
    await run(
      ({ query }, response) => {
        // Like a server with nothing to tell to somebody who knows it all.
        if (query['sendInitialEvents']) streamEvents(response, ...facts);
        else streamEvents(response);
      },
      { silenceMs: 100 },
    );
    await reflector.synced();
    const first = reflector.heard();
    await waitUntil('it has heard again', () => reflector.heard() > first);
    expect(String(errors[0])).toMatch(/silent for 0.1 s/);
    expect(changes).toEqual(['a - red']);
  });

  it('hears bookmarks as signs of life', async () => {
    let timer: NodeJS.Timeout | undefined;
    await run(
      (_asked, response) => {
        streamEvents(response, bookmark(9, true));
        let version = 10;
        timer = setInterval(() => {
          streamEvents(response, bookmark((version += 1)));
        }, 40);
      },
      { silenceMs: 600 },
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    clearInterval(timer);
    expect(server.asked).toHaveLength(1);
    expect(Date.now() - reflector.heard()).toBeLessThan(600);
  });

  it('waits longer and longer while it is refused, and comes back', async () => {
    await run((_asked, response, nth) => {
      if (nth < 5) answerStatus(response, 503, 'not now');
      else streamEvents(response, added('a', 3), bookmark(9, true));
    });
    await reflector.synced();
    expect(errors).toHaveLength(5);
    expect(reflector.facts.size).toBe(1);
  });

  it('has nothing where the server goes on saying that there is no such resource, until there is one again', async () => {
    let served = true;
    await run((_asked, response) => {
      if (!served) answerStatus(response, 404, 'the server could not find the requested resource');
      else {
        streamEvents(response, added('a', 3), bookmark(9, true));
        response.end();
      }
    });
    await reflector.synced();
    expect(colors()).toEqual({ a: 'red' });
    served = false;
    await waitUntil('nothing is left', () => reflector.facts.size === 0);
    expect(errors.length).toBeGreaterThan(2);
    expect(changes).toEqual(['a - red', 'a red -']);
    served = true;
    await waitUntil('it is back', () => reflector.facts.size === 1);
  });

  it('is complete without a list where there never was such a resource', async () => {
    await run((_asked, response) =>
      answerStatus(response, 404, 'the server could not find the requested resource'),
    );
    await reflector.synced();
    expect(reflector.facts.size).toBe(0);
    expect(errors.length).toBeGreaterThan(2);
  });

  it('does not run in circles when each stream ends at once', async () => {
    await run((_asked, response, nth) => {
      streamEvents(response, ...(nth === 0 ? [bookmark(9, true)] : []));
      response.end();
    });
    const since = performance.now();
    await waitUntil('it has asked ten times', () => server.asked.length >= 10);
    // 10 + 20 + 40 + 50 + 50 … ms between them, the first of which may be over.
    expect(performance.now() - since).toBeGreaterThan(250);
  });

  it('survives a handler that throws', async () => {
    await run((_asked, response) => {
      streamEvents(
        response,
        added('a', 3, 'throw'),
        bookmark(9, true),
        added('b', 10, 'throw'),
        added('c', 11),
      );
    });
    await waitUntil('it goes on', () => reflector.facts.has('c'));
    expect(errors).toHaveLength(2);
  });

  it('survives half a line and a line that is no JSON', async () => {
    await run((_asked, response, nth) => {
      if (nth === 0) {
        streamEvents(response, bookmark(9, true));
        response.write('{"type":"ADDED","obj\n');
      } else if (nth === 1) {
        streamEvents(response, added('a', 10));
        response.end('{"type":"ADDED"');
      } else streamEvents(response, added('b', 11));
    });
    await waitUntil('it goes on', () => reflector.facts.has('b'));
    expect(colors()).toEqual({ a: 'red', b: 'red' });
  });

  it('puts characters together that were cut between two packets', async () => {
    await run((_asked, response) => {
      const bytes = Buffer.from(`${JSON.stringify(added('a', 10, 'grün'))}\n`);
      const cut = bytes.indexOf(0xc3) + 1;
      streamEvents(response, bookmark(9, true));
      response.write(bytes.subarray(0, cut));
      setTimeout(() => response.write(bytes.subarray(cut)), 20);
    });
    await waitUntil('it is there', () => reflector.facts.has('a'));
    expect(colors()).toEqual({ a: 'grün' });
  });

  it('ends for good when stopped', async () => {
    await run((_asked, response) => {
      streamEvents(response, bookmark(9, true));
    });
    await reflector.synced();
    await reflector.stop();
    expect(errors).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });
});

describe('the answer to a write of ours', () => {
  it('is visible at once, and the older event that follows does not undo it', async () => {
    let events = (): void => {};
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), bookmark(9, true));
      events = () => {
        streamEvents(
          response,
          modified('a', 10, 'stale'),
          bookmark(11),
          modified('a', 12, 'mine'),
          modified('a', 13, 'later'),
        );
      };
    });
    await reflector.synced();
    reflector.wrote(thing('a', 12, 'mine'));
    expect(colors()).toEqual({ a: 'mine' });
    events();
    await waitUntil('the watch went on', () => reflector.facts.get('a')?.color === 'later');
    expect(changes).toEqual(['a - red', 'a red mine', 'a mine later']);
  });

  it('does not bring back what the watch has seen deleted', async () => {
    await run((_asked, response) => {
      streamEvents(response, added('a', 3), bookmark(9, true), deleted('a', 20));
    });
    await waitUntil('it is gone', () => changes.includes('a red -'));
    reflector.wrote(thing('a', 15, 'mine'));
    expect(reflector.facts.size).toBe(0);
  });

  it('stays through a list that is older', async () => {
    let hold: (() => void) | undefined;
    await run((_asked, response, nth) => {
      if (nth === 0) {
        streamEvents(response, added('a', 3), bookmark(9, true));
        response.end();
      } else if (nth === 1) answerStatus(response, 410, 'too old');
      else
        hold = () => {
          streamEvents(response, added('a', 3), bookmark(30, true));
        };
    });
    await waitUntil('the list is asked for', () => hold !== undefined);
    reflector.wrote(thing('made', 31, 'new'));
    reflector.wrote(thing('a', 32, 'mine'));
    const before = reflector.heard();
    hold?.();
    await waitUntil('the list is heard', () => reflector.heard() > before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(colors()).toEqual({ a: 'mine', made: 'new' });
  });
});
