/**
 * A server on a real Unix socket that answers what was recorded, in the recorded order. It follows its client and never the clock: a look
 * at the status takes the next recorded look, and where none is left before the next command, the last one again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedResponse, Step } from '../bottlerocket-host/recording.ts';
import { wholeBody } from './whole-body.ts';

export interface RecordedServer {
  readonly socketPath: string;
  /** What the client asked that was not recorded next. */
  readonly strange: readonly string[];
  close(): Promise<void>;
}

export const single = (step: Step | undefined): RecordedResponse | undefined =>
  Array.isArray(step?.response) ? step.response[0] : step?.response;

export const isStatus = ({ request }: Step): boolean =>
  request?.path === '/updates/status' && (request.method ?? 'GET') === 'GET';

const uninitialized: RecordedResponse = {
  status: 404,
  body: 'Update status is uninitialized, refresh-updates to initialize it',
};

export async function serveRecorded(
  steps: readonly Step[],
  first: { readonly version: string; readonly status?: RecordedResponse },
): Promise<RecordedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'recorded-'));
  const socketPath = join(folder, 'api.sock');
  const strange: string[] = [];
  let next = 0;
  let status = first.status ?? uninitialized;
  let { version } = first;
  let updates: Record<string, unknown> = { 'version-lock': 'latest', 'ignore-waves': false };
  let pending: Record<string, unknown> = {};

  // Transactions of others about other settings.
  const foreign = new Set(
    steps.flatMap(({ request }) =>
      request?.method === 'PATCH' && !(request.body ?? '').includes('"updates"') ? [request.query ?? ''] : [],
    ),
  );
  /** Steps that no client of ours makes, or that it need not make: others' looks, and what was refused while a command ran. */
  const isPassable = (step: Step): boolean =>
    step.event !== undefined ||
    step.request?.method === 'GET' ||
    single(step)?.status === 423 ||
    (step.request?.query !== undefined && foreign.has(step.request.query));
  const pass = (step: Step): void => {
    const told = /"version_id":"([^"]+)"/.exec(step.event ?? '')?.[1];
    if (told !== undefined) version = told;
    const response = single(step);
    if (isStatus(step) && response !== undefined) status = response;
  };
  const look = (): RecordedResponse => {
    const ahead = steps.slice(next).findIndex((step) => isStatus(step) || !isPassable(step));
    const step = steps[next + ahead];
    if (ahead >= 0 && step !== undefined && isStatus(step)) {
      for (const passed of steps.slice(next, next + ahead + 1)) pass(passed);
      next += ahead + 1;
    }
    return status;
  };
  const act = (method: string, path: string, body: string): RecordedResponse => {
    const ahead = steps.slice(next).findIndex((step) => !isPassable(step));
    const step = steps[next + ahead];
    const fits = ahead >= 0 && step?.request?.method === method && step.request.path === path;
    if (!fits || (method === 'PATCH' && body !== step.request?.body)) {
      strange.push(`${method} ${path} ${body}`.trim());
      return { status: 599, body: 'not recorded' };
    }
    for (const passed of steps.slice(next, next + ahead + 1)) pass(passed);
    next += ahead + 1;
    // A boot forgets the status, and what follows tells the version.
    if (path === '/actions/reboot') {
      status = uninitialized;
      while (steps[next]?.event !== undefined) pass(steps[next++] ?? {});
    }
    if (method === 'PATCH') pending = (JSON.parse(body) as { updates: Record<string, unknown> }).updates;
    if (path === '/tx/commit_and_apply') updates = { ...updates, ...pending };
    return single(step) ?? { status: 599, body: 'no answer was recorded' };
  };
  const answerTo = (method: string, path: string, body: string): RecordedResponse => {
    if (method !== 'GET') return act(method, path, body);
    if (path === '/updates/status') return look();
    if (path === '/settings') return json({ updates });
    return json({ version_id: version, variant_id: 'aws-k8s-1.29' });
  };

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname;
      send(response, answerTo(request.method ?? '', path, body));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    strange,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const json = (value: unknown): RecordedResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

export function send(
  response: ServerResponse,
  { status = 599, headers = {}, body = '' }: RecordedResponse,
): void {
  const type = headers['content-type'];
  response.writeHead(status, type === undefined ? {} : { 'content-type': type });
  response.end(wholeBody(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
