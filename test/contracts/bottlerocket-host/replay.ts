/** Repeats one recorded scenario against the simulated host and compares every answer. */
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientLine, readLine } from './client-line.ts';
import { createBench, reachable, type Bench } from './lab-bench.ts';
import { comparable, comparableBytes } from './mask.ts';
import { openConnection, type RawAnswer, type RawConnection } from './raw-connection.ts';
import type { RecordedRequest, RecordedResponse, Scenario, Step } from './recording.ts';
import { rawBytes, requestBytes } from './request-bytes.ts';
import type { Setup } from './setup.ts';
import { setupFor } from './setups.ts';

const defaults = {
  version: '1.19.5',
  offers: ['1.20.0', '1.19.5', '1.19.4'],
  prepareMs: 200,
} as const;
/** Longer than rendering takes. */
const renderedMs = 40;
/** The service manager lets 5 s pass before it starts a server again. */
const observedWithinMs = 20_000;

export async function replay(scenario: Scenario, setup: Setup = setupFor(scenario)): Promise<void> {
  const bench = await createBench({ ...defaults, ...setup });
  const calls = new Map<string, number>();
  try {
    if (setup.settings !== undefined) {
      await bench.call('PATCH', '/settings?tx=setup', setup.settings);
      await bench.call('POST', '/tx/commit_and_apply?tx=setup');
    }
    for (const change of setup.first ?? []) await bench.change(change);
    let connection: RawConnection | undefined;
    for (const [index, step] of scenario.steps.entries()) {
      await bench.change(setup.at?.[index] ?? {});
      const action = step.request?.path?.split('/').at(-1) ?? '';
      calls.set(action, (calls.get(action) ?? 0) + 1);
      await bench.change(setup.before?.[`${action}#${calls.get(action)}`] ?? {});
      if (setup.skip?.[index] !== undefined) continue;
      const before = scenario.steps[index - 1];
      if (sameAsBefore(step, before) || takenTogether(before, step)) continue;
      const next = scenario.steps[index + 1];
      if (takenTogether(step, next)) await beginAndLook(bench, step, next, `step ${index}`);
      else if (scenario.scenario === 'keep-alive') connection = await keptOpen(bench, step, connection);
      else await repeat(bench, step, `step ${index}`);
    }
    connection?.close();
  } finally {
    await bench.end();
  }
}

/** Another poll of a status that was locked already says nothing about the order of states. */
function sameAsBefore(step: Step, before: Step | undefined): boolean {
  const locked = (other: Step | undefined): boolean =>
    other?.request?.path === '/updates/status' && one(other.response)?.status === 423;
  return locked(step) && (locked(before) || before?.event?.includes('polls answered 423') === true);
}

/** A command that begins, and the look that finds the lock held. */
function takenTogether(step: Step | undefined, next: Step | undefined): next is Step {
  const begins = step?.request?.path?.startsWith('/actions/') === true && one(step.response)?.status === 204;
  return begins && next?.request?.path === '/updates/status' && one(next.response)?.status === 423;
}

/** Sends both requests at once: however busy this machine is, the command cannot end between them. */
async function beginAndLook(bench: Bench, begin: Step, look: Step, name: string): Promise<void> {
  const connection = await reachable(bench.socket);
  connection.send(requestBytes(begin.request ?? {}) + requestBytes(look.request ?? {}));
  for (const step of [begin, look]) {
    const recorded = one(step.response);
    if (recorded !== undefined) compare(await connection.answer(), recorded, name);
  }
  connection.close();
}

async function repeat(bench: Bench, step: Step, name: string): Promise<void> {
  if (step.event !== undefined) await observe(bench, step.event);
  await clientRequests(bench, step.requests ?? []);
  const { request, response } = step;
  if (request === undefined || response === undefined) return;
  if (one(response)?.error !== undefined) {
    await observe(bench, 'GET /os?prefix=version: ConnectionRefusedError');
    return;
  }
  // The first answer after the lock is what counts; how many polls came before does not.
  if (request.path === '/updates/status' && one(response)?.status !== 423) await bench.settled();
  const connection = await reachable(bench.socket);
  await exchange(connection, request, response, name);
  connection.close();
  if (request.path?.includes('apply') === true) await sleep(renderedMs);
}

/** The scenario in which one connection carries many requests. */
async function keptOpen(
  bench: Bench,
  step: Step,
  before: RawConnection | undefined,
): Promise<RawConnection | undefined> {
  if (step.event?.includes('closed') === true) {
    await before?.closed();
    return undefined;
  }
  if (step.request === undefined || step.response === undefined) return before;
  const fresh = before === undefined || before.ended || step.request.raw !== undefined;
  if (fresh) before?.close();
  const connection = fresh ? await reachable(bench.socket) : before;
  await exchange(connection, step.request, step.response, JSON.stringify(step.request));
  // What is not HTTP ends its connection.
  if (step.request.raw === undefined) return connection;
  connection.close();
  return undefined;
}

async function exchange(
  connection: RawConnection,
  request: RecordedRequest,
  response: RecordedResponse | readonly RecordedResponse[],
  name: string,
): Promise<void> {
  const piped = request.pipelined?.map((line) => `${line} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
  const raw = request.raw === undefined ? undefined : rawBytes(request.raw);
  connection.send(piped ?? raw ?? requestBytes(request));
  const single = one(response);
  if (single?.raw !== undefined) {
    const bytes = await connection.everything(200);
    expect(comparableBytes(bytes)).toBe(comparableBytes(single.raw));
    return;
  }
  for (const recorded of Array.isArray(response) ? response : [single]) {
    if (recorded !== undefined) compare(await connection.answer(), recorded, name);
  }
}

function compare(ours: RawAnswer, recorded: RecordedResponse, name: string): void {
  const body = comparable(recorded.body ?? '', ours.body);
  const header = (name: string): string | undefined => recorded.headers?.[name];
  expect({
    step: name,
    status: ours.status,
    body: body.ours,
    ...(recorded.headers === undefined
      ? {}
      : { type: ours.headers['content-type'], connection: ours.headers['connection'] }),
  }).toEqual({
    step: name,
    status: recorded.status,
    body: body.recorded,
    ...(recorded.headers === undefined
      ? {}
      : { type: header('content-type'), connection: header('connection') }),
  });
}

/** Some events are calls: `GET /os?prefix=version: 200 {...}`, or the error that connecting gave. */
async function observe(bench: Bench, event: string): Promise<void> {
  const call = /^GET \/os\?prefix=version: (?:200 (.*)|(FileNotFound|ConnectionRefused)Error)/.exec(event);
  if (call === null) return;
  const wanted = call[1] ?? (call[2] === 'FileNotFound' ? 'ENOENT' : 'ECONNREFUSED');
  const until = performance.now() + observedWithinMs;
  for (;;) {
    const seen = await look(bench);
    if (seen === wanted) return;
    if (performance.now() > until) expect({ event, seen }).toEqual({ event, seen: wanted });
    await sleep(5);
  }
}

async function look(bench: Bench): Promise<string | undefined> {
  try {
    const connection = await openConnection(bench.socket);
    connection.send(requestBytes({ method: 'GET', path: '/os', query: 'prefix=version' }));
    const { body } = await connection.answer();
    connection.close();
    return body;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** What the recorded client asked in one go. A command and the poll that finds it at work are sent together. */
async function clientRequests(bench: Bench, lines: readonly string[]): Promise<void> {
  const requests = lines.map(readLine);
  for (const [index, request] of requests.entries()) {
    const next = requests[index + 1];
    const before = requests[index - 1];
    if (before !== undefined && (findsBusy(before, request) || (isBusy(before) && isBusy(request)))) continue;
    if (next !== undefined && findsBusy(request, next)) await askTogether(bench, request, next);
    else await clientRequest(bench, request);
  }
}

const isBusy = ({ target, status }: ClientLine): boolean => target === '/updates/status' && status === '423';

const findsBusy = (begin: ClientLine, look: ClientLine): boolean =>
  begin.target.startsWith('/actions/') && begin.status === '204' && isBusy(look);

async function askTogether(bench: Bench, ...requests: readonly ClientLine[]): Promise<void> {
  const connection = await reachable(bench.socket);
  connection.send(requests.map(({ method, target }) => requestBytes({ method, path: target })).join(''));
  for (const { method, target, status } of requests) {
    const answer = await connection.answer();
    expect(`${method} ${target} -> ${answer.status}`).toBe(`${method} ${target} -> ${status}`);
  }
  connection.close();
}

async function clientRequest(bench: Bench, { method, target, body, status }: ClientLine): Promise<void> {
  if (target === '/updates/status' && status !== '423') await bench.settled();
  const answer = await bench.call(method, target, body);
  expect(`${method} ${target} -> ${answer.status}`).toBe(`${method} ${target} -> ${status}`);
  if (target.includes('apply')) await sleep(renderedMs);
}

function one(
  response: RecordedResponse | readonly RecordedResponse[] | undefined,
): RecordedResponse | undefined {
  return Array.isArray(response)
    ? (response as readonly RecordedResponse[])[0]
    : (response as RecordedResponse | undefined);
}
