/**
 * Events about policies and Nodes (events.k8s.io/v1). The same thing said again becomes a series of the first event; one object
 * that says too much is cut short. An event is a courtesy: no failure of it reaches anybody but a counter.
 */
import { apiVersion as ownApiVersion } from '../../api/kinds.ts';
import type { Announcement } from '../../plan/step.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ApiClient } from './client.ts';
import { isFailure } from './errors.ts';
import { cleanText } from './facts/text.ts';
import { microTime } from './micro-time.ts';
import { eventsPath } from './paths.ts';
import { createAllowance } from './allowance.ts';

export interface Recorder {
  readonly announce: (announcement: Announcement) => void;
  /** Resolves when all that was announced has been sent or given up. */
  readonly settled: () => Promise<void>;
}

export interface RecorderOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** Name of this Pod or process: `reportingInstance`. */
  readonly instance: string;
  /** An event was not recorded: the error, or that there were too many. */
  readonly onLost: (error: unknown) => void;
}

interface Series {
  readonly name: string;
  count: number;
  last: number;
  /** When the server was last told. */
  told: number;
}

/** Milliseconds of quiet that end a series: what comes later is a new event. */
const seriesEnds = 360_000;
/** A series is written at most so often (milliseconds), so that repetition costs no requests. */
const seriesEvery = 60_000;
const mostSeries = 2_000;
const mostWaiting = 500;
/** The API counts bytes. */
const mostNoteBytes = 1024;

export function createRecorder({ api, clock, random, instance, onLost }: RecorderOptions): Recorder {
  const seen = new Map<string, Series>();
  const allowance = createAllowance(clock);
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const enqueue = (send: () => Promise<unknown>): void => {
    if (waiting >= mostWaiting) {
      onLost(new Error('too many events are waiting'));
      return;
    }
    waiting += 1;
    last = last
      .then(send)
      .then(() => undefined, onLost)
      .finally(() => {
        waiting -= 1;
      });
  };

  const create = (name: string, announcement: Announcement, at: number): Promise<unknown> =>
    api.request({ method: 'POST', path: eventsPath, body: eventOf(name, announcement, instance, at) });

  const extend = async (announcement: Announcement, series: Series): Promise<void> => {
    const { name, count, last: at } = series;
    const body = { series: { count, lastObservedTime: microTime(at) } };
    try {
      await api.request({ method: 'PATCH', path: `${eventsPath}/${name}`, body });
    } catch (error) {
      // Events expire after an hour at the server, however long we remember them.
      if (!isFailure(error, 'NotFound')) throw error;
      await create(name, announcement, at);
    }
  };

  return {
    announce: (announcement) => {
      const now = clock.now();
      const key = keyOf(announcement);
      const series = seen.get(key);
      if (series !== undefined && now - series.last < seriesEnds) {
        series.count += 1;
        series.last = now;
        if (now - series.told < seriesEvery) return;
        series.told = now;
        enqueue(() => extend(announcement, series));
        return;
      }
      if (!allowance.take(announcement.regarding.uid)) {
        onLost(
          new Error(`too many events about ${announcement.regarding.kind} ${announcement.regarding.name}`),
        );
        return;
      }
      const unique = `${now.toString(16)}${Math.floor(random() * 2 ** 32).toString(16)}`;
      const name = `${announcement.regarding.name.slice(0, 200)}.${unique}`;
      seen.delete(key);
      seen.set(key, { name, count: 1, last: now, told: now });
      for (const oldest of seen.keys()) {
        if (seen.size <= mostSeries) break;
        seen.delete(oldest);
      }
      enqueue(() => create(name, announcement, now));
    },
    settled: () => last,
  };
}

function keyOf({ regarding, type, reason, action, note }: Announcement): string {
  return [regarding.uid, type, reason, action, note].join('\0');
}

function eventOf(
  name: string,
  { regarding, type, reason, action, note }: Announcement,
  instance: string,
  at: number,
): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    eventTime: microTime(at),
    type,
    reason,
    action,
    note: cutToBytes(cleanText(note, mostNoteBytes), mostNoteBytes),
    reportingController: 'containeros.dev/operator',
    reportingInstance: instance.slice(0, 128),
    regarding: { ...regarding, apiVersion: regarding.kind === 'Node' ? 'v1' : ownApiVersion },
  };
}

/** Whole characters only: a decoder that expects more holds half a one back. */
function cutToBytes(text: string, most: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, most), { stream: true });
}
