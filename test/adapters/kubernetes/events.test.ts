import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRecorder } from '../../../src/adapters/kubernetes/events.ts';
import type { Recorder } from '../../../src/adapters/kubernetes/events.ts';
import type { Announcement } from '../../../src/plan/step.ts';
import { answerJson, answerStatus, startScriptedServer } from './support/scripted-server.ts';
import type { Script, ScriptedServer } from './support/scripted-server.ts';
import { handClock } from './support/system-clock.ts';

const said: Announcement = {
  regarding: { kind: 'Node', name: 'n1', uid: 'u1' },
  type: 'Warning',
  reason: 'DrainBlocked',
  action: 'Drain',
  note: 'budget web allows nothing',
};
const minute = 60_000;

let server: ScriptedServer;
let recorder: Recorder;
let clock: ReturnType<typeof handClock>;
let lost: unknown[];
let answer: Script;

beforeEach(async () => {
  answer = (_asked, response) => answerJson(response, 201, {});
  server = await startScriptedServer((asked, response, nth) => answer(asked, response, nth));
  clock = handClock(Date.parse('2026-11-23T10:00:00Z'));
  lost = [];
  recorder = createRecorder({
    api: server.api,
    clock,
    random: Math.random,
    instance: 'operator-1',
    onLost: (error) => lost.push(error),
  });
});
afterEach(() => server.close());
const sent = async (): Promise<string[]> => {
  await recorder.settled();
  return server.asked.map(({ method }) => method);
};

describe('an announcement', () => {
  it('becomes an event about its object, in the namespace default', async () => {
    recorder.announce(said);
    expect(await sent()).toEqual(['POST']);
    expect(server.asked[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^n1\.[0-9a-f]+$/), namespace: 'default' },
      eventTime: '2026-11-23T10:00:00.000000Z',
      type: 'Warning',
      reason: 'DrainBlocked',
      action: 'Drain',
      note: 'budget web allows nothing',
      reportingController: 'containeros.dev/operator',
      reportingInstance: 'operator-1',
      regarding: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u1' },
    });
  });

  it('made again becomes a series of the first, written at most once a minute', async () => {
    recorder.announce(said);
    for (let second = 0; second < 61; second++) {
      clock.advance(1_000);
      recorder.announce(said);
    }
    expect(await sent()).toEqual(['POST', 'PATCH']);
    const { name } = JSON.parse(server.asked[0]?.body ?? '').metadata;
    expect(server.asked[1]?.path.endsWith(`/${name}`)).toBe(true);
    expect(JSON.parse(server.asked[1]?.body ?? '')).toEqual({
      series: { count: 62, lastObservedTime: '2026-11-23T10:01:01.000000Z' },
    });
  });

  it('made again after a long quiet is a new event', async () => {
    recorder.announce(said);
    clock.advance(6 * minute);
    recorder.announce(said);
    expect(await sent()).toEqual(['POST', 'POST']);
  });

  it('that says something else is an event of its own', async () => {
    recorder.announce(said);
    recorder.announce({ ...said, note: 'budget db allows nothing' });
    recorder.announce({ ...said, regarding: { ...said.regarding, uid: 'u2' } });
    expect(await sent()).toEqual(['POST', 'POST', 'POST']);
  });

  it('whose event has expired at the server is written anew', async () => {
    recorder.announce(said);
    clock.advance(minute);
    answer = ({ method }, response) =>
      method === 'PATCH' ? answerStatus(response, 404, 'not found') : answerJson(response, 201, {});
    recorder.announce(said);
    expect(await sent()).toEqual(['POST', 'PATCH', 'POST']);
    expect(lost).toEqual([]);
  });

  it('beyond the share of one object is lost and counted, until time has passed', async () => {
    for (let nth = 0; nth < 30; nth++) recorder.announce({ ...said, note: `note ${nth}` });
    expect(await sent()).toHaveLength(25);
    expect(lost).toHaveLength(5);
    clock.advance(minute);
    recorder.announce({ ...said, note: 'later' });
    expect(await sent()).toHaveLength(26);
  });

  it('that the server refuses is counted, and keeps no other from being sent', async () => {
    answer = (_asked, response, nth) =>
      nth === 0 ? answerStatus(response, 500, 'no') : answerJson(response, 201, {});
    recorder.announce(said);
    recorder.announce({ ...said, note: 'next' });
    expect(await sent()).toEqual(['POST', 'POST']);
    expect(lost).toHaveLength(1);
  });

  it('is cut to what the API takes', async () => {
    recorder.announce({ ...said, note: `line\n${'ü'.repeat(3_000)}` });
    await sent();
    expect(JSON.parse(server.asked[0]?.body ?? '').note).toBe(`line ${'ü'.repeat(509)}`);
  });
});
