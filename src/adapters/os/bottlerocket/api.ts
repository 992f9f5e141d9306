/**
 * The host's API in typed results. What a reply means is told by its status code, never by its text; a 404 without text only says
 * that there is no such call.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type HostSettings, hostSettings, type Pins } from '../../../api/restore.ts';
import { callSocket, type Reply } from './socket.ts';
import { type UpdateStatus, updateStatus } from './update-status.ts';

export type UpdateCommand = 'refresh' | 'prepare' | 'activate' | 'deactivate';

export interface Refused {
  readonly kind: 'Refused';
  readonly status: number;
  readonly text: string;
}

export type StatusReply =
  | { readonly kind: 'Status'; readonly status: UpdateStatus }
  /** A command holds the lock. */
  | { readonly kind: 'Busy' }
  /** Nothing was asked since the boot. */
  | { readonly kind: 'None' }
  | Refused;

export type ActionReply =
  /** The work goes on after this. */
  | { readonly kind: 'Accepted' }
  | { readonly kind: 'Busy' }
  | { readonly kind: 'WrongState'; readonly text: string }
  /** There is no chosen update, or no staged image. */
  | { readonly kind: 'Missing'; readonly text: string }
  | Refused;

const release = z.object({ version_id: z.string(), variant_id: z.string() });
const settings = z.object({
  updates: z
    .object({ 'version-lock': z.string().exactOptional(), 'ignore-waves': z.boolean().exactOptional() })
    .default({}),
});

export type Release =
  { readonly kind: 'Release'; readonly version: string; readonly variant: string } | Refused;
export type SettingsWrite =
  | { readonly kind: 'Accepted' }
  /** Nothing was changed. */
  | Refused
  /** The values may be in force, and the updater's files may not have them. */
  | { readonly kind: 'NotApplied'; readonly status: number; readonly text: string };

export type SettingsReply =
  | { readonly kind: 'Settings'; readonly settings: HostSettings }
  /** None are in force: before those of the boot are committed. */
  | { readonly kind: 'None' }
  | Refused;

/** Every call may throw SocketError. */
export interface BottlerocketApi {
  readonly readRelease: () => Promise<Release>;
  readonly readStatus: () => Promise<StatusReply>;
  readonly readSettings: () => Promise<SettingsReply>;
  /** Puts the settings in force. The files that the updater reads are rendered after the answer. */
  readonly writeSettings: (settings: Pins) => Promise<SettingsWrite>;
  readonly command: (command: UpdateCommand) => Promise<ActionReply>;
  readonly reboot: () => Promise<{ readonly kind: 'Accepted' } | Refused>;
}

export function createApi(options: {
  readonly socketPath: string;
  /** Milliseconds for one call: a large recorded error text keeps the server busy for seconds. */
  readonly timeout?: number;
}): BottlerocketApi {
  const timeout = options.timeout ?? 30_000;
  const get = (path: string) => callSocket(options.socketPath, { method: 'GET', path, timeout });
  const post = (path: string) => callSocket(options.socketPath, { method: 'POST', path, timeout });
  return {
    readRelease: async () => {
      const reply = await get('/os');
      const body = parse(release, reply);
      if (body === undefined) return refused(reply);
      return { kind: 'Release', version: body.version_id, variant: body.variant_id };
    },
    readStatus: async () => {
      const reply = await get('/updates/status');
      if (reply.status === 423) return { kind: 'Busy' };
      if (reply.status === 404 && reply.text !== '') return { kind: 'None' };
      const status = parse(updateStatus, reply);
      return status === undefined ? refused(reply) : { kind: 'Status', status };
    },
    readSettings: async () => {
      const reply = await get('/settings?keys=settings.updates.version-lock,settings.updates.ignore-waves');
      if (reply.status === 404 && reply.text !== '') return { kind: 'None' };
      const body = parse(settings, reply);
      if (body === undefined) return refused(reply);
      const { 'version-lock': lock, 'ignore-waves': waves = false } = body.updates;
      if (lock === undefined) return { kind: 'None' };
      const read = hostSettings.safeParse({ 'version-lock': lock, 'ignore-waves': waves });
      return read.success ? { kind: 'Settings', settings: read.data } : refused(reply);
    },
    writeSettings: async (updates) => {
      // A transaction of our own: the one without a name is everybody's.
      const query = `?tx=container-os-operator-${randomUUID()}`;
      const patch = { method: 'PATCH', path: `/settings${query}`, body: { updates }, timeout } as const;
      const patched = await callSocket(options.socketPath, patch);
      if (!isSuccess(patched)) return refused(patched);
      const committed = await post(`/tx/commit_and_apply${query}`);
      if (isSuccess(committed)) return { kind: 'Accepted' };
      // What is still pending would be found there by people for ever.
      await callSocket(options.socketPath, { method: 'DELETE', path: `/tx${query}`, timeout });
      return { ...refused(committed), kind: 'NotApplied' };
    },
    command: async (command) => {
      const reply = await post(`/actions/${actions[command]}`);
      if (reply.status === 423) return { kind: 'Busy' };
      if (reply.status === 409) return { kind: 'WrongState', text: tail(reply.text) };
      if (reply.status === 404 && reply.text !== '') return { kind: 'Missing', text: tail(reply.text) };
      return isSuccess(reply) ? { kind: 'Accepted' } : refused(reply);
    },
    reboot: async () => {
      const reply = await post('/actions/reboot');
      return isSuccess(reply) ? { kind: 'Accepted' } : refused(reply);
    },
  };
}

const actions: Readonly<Record<UpdateCommand, string>> = {
  refresh: 'refresh-updates',
  prepare: 'prepare-update',
  activate: 'activate-update',
  deactivate: 'deactivate-update',
};

function isSuccess(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** The body of a 200; undefined for any other reply and for a body that is not what the API promises. */
function parse<Schema extends z.ZodType>(schema: Schema, reply: Reply): z.output<Schema> | undefined {
  if (reply.status !== 200) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(reply.text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

function refused(reply: Reply): Refused {
  const text = tail(reply.text);
  if (reply.status === 200)
    return { kind: 'Refused', status: 200, text: `an answer that cannot be read: ${text.slice(0, 200)}` };
  return { kind: 'Refused', status: reply.status, text: text === '' ? 'no text' : text };
}

/** The end of a text: that is where programs say what went wrong. */
function tail(text: string): string {
  return text.trim().slice(-800);
}
