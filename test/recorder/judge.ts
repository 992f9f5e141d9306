/** Judges a record in a thread of its own, so that the recorder goes on seeing things when they happen. */
import { readFileSync } from 'node:fs';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { checkHistory } from './check-history.ts';
import type { CheckOptions } from './checks/check.ts';
import type { Report } from './protocol.ts';
import type { RecordedEvent } from './world/event.ts';
import type { HostRecord } from './world/history.ts';
import { createHistory } from './world/history.ts';

interface Case {
  readonly historyFile: string;
  readonly hosts: HostRecord;
  readonly options: CheckOptions;
}

/** @throws whatever reading the record throws. */
export function judge(given: Case): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.filename, { workerData: given });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function report({ historyFile, hosts, options }: Case): Report {
  const events = readFileSync(historyFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): RecordedEvent => JSON.parse(line));
  const history = createHistory(events, hosts);
  const violations = checkHistory(history, options);
  return { kind: 'Report', revisions: history.objects.length, requests: history.requests.length, violations };
}

// oxlint-disable-next-line require-post-message-target-origin -- this is a thread's port, not a window's
parentPort?.postMessage(report(workerData));
