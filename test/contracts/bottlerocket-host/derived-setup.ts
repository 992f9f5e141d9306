/**
 * A set-up read out of the scenario itself, for scenarios that nobody prepared: which version runs, what the repository lists, the state at
 * the beginning, and what goes wrong when, as far as the recorded answers tell it.
 */
import { z } from 'zod';
import { wholeBody } from '../bottlerocket-client/whole-body.ts';
import type { Change } from './lab-bench.ts';
import type { RecordedResponse, Scenario, Step } from './recording.ts';
import type { Setup } from './setup.ts';

const image = z.object({ version: z.string() });
const bank = z.object({ image, next_to_boot: z.boolean() }).nullable();
const statusBody = z.object({
  update_state: z.enum(['Idle', 'Available', 'Staged', 'Ready']),
  available_updates: z.array(z.string()),
  chosen_update: image.nullable(),
  active_partition: bank,
  staging_partition: bank,
  most_recent_command: z
    .object({
      cmd_type: z.enum(['refresh', 'prepare', 'activate', 'deactivate']),
      cmd_status: z.string(),
      timestamp: z.string(),
      exit_status: z.number().nullable(),
      stderr: z.string().nullable(),
    })
    .nullable(),
});
export type StatusBody = z.infer<typeof statusBody>;

export const commandOf = /^\/actions\/(refresh|prepare|activate|deactivate)-updates?$/;
/** Parts of the recorded variant's settings that no update reads. */
const notSimulated = /"credential-providers"|unknown field `services`/;
const goneEvent = /^GET \/os\?prefix=version: (FileNotFound|ConnectionRefused)/;
/** Exit statuses that are the signals which end a program from outside. */
const signals = new Set([6, 9, 11, 15]);
const patientMs = 8000;

export function deriveSetup({ steps }: Scenario): Setup {
  const statuses = steps.map((step) => statusIn(step));
  const first = statuses.find((status) => status !== undefined);
  const version = first?.active_partition?.image.version ?? releaseIn(steps);
  const at: Record<number, Change> = {};
  let faults: Faults = {};
  for (const index of steps.keys()) {
    const wanted = faultsAt({ steps, statuses, index, faults });
    const offers = offersAt(steps, statuses, index);
    const bring = bringAt(steps, statuses, index);
    const changed = wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(faults);
    if (wanted !== undefined) faults = wanted;
    at[index] = {
      ...(changed ? { faults } : {}),
      ...(offers === undefined ? {} : { offers }),
      ...(bring === undefined ? {} : { bring }),
    };
  }
  const start = startOf(steps, statuses);
  const busy = hasCompanyWhileBusy(steps);
  return {
    ...(version === undefined ? {} : { version }),
    ...(start.offers === undefined ? {} : { offers: start.offers }),
    ...(busy ? { prepareMs: patientMs, refreshMs: patientMs / 2 } : {}),
    ...(start.settings === undefined ? {} : { settings: start.settings }),
    first: start.first,
    at,
    skip: Object.fromEntries(
      [...steps.entries()].flatMap(([index, step]) =>
        notSimulated.test(single(step)?.body ?? '') ? [[index, 'other settings are not simulated']] : [],
      ),
    ),
  };
}

type Faults = Readonly<Record<string, unknown>>;

const single = (step: Step | undefined): RecordedResponse | undefined =>
  Array.isArray(step?.response) ? step.response[0] : step?.response;

export function statusIn(step: Step): StatusBody | undefined {
  const response = single(step);
  if (step.request?.path !== '/updates/status' || response?.status !== 200) return undefined;
  const text = wholeBody(response.body ?? '');
  if (!text.startsWith('{')) return undefined;
  try {
    return statusBody.safeParse(JSON.parse(text)).data;
  } catch {
    // A body that was cut in the recording.
    return undefined;
  }
}

export function releaseIn(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    const text = step.request?.path === '/os' ? single(step)?.body : step.event;
    const version = /"version_id":"([^"]+)"/.exec(text ?? '')?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

export type End =
  | { readonly kind: 'Ended'; readonly status: StatusBody }
  | { readonly kind: 'Lost'; readonly locked: boolean; readonly restarted: boolean };

/** The status that shows how the command ended which was accepted at this step; undefined where none does. */
export function endOf(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): End | undefined {
  const command = commandOf.exec(steps[index]?.request?.path ?? '')?.[1];
  if (command === undefined || single(steps[index])?.status !== 204) return undefined;
  const before = statuses.slice(0, index).findLast((status) => status !== undefined);
  let locked = false;
  let restarted = false;
  for (let next = index + 1; next < steps.length; next += 1) {
    const step = steps[next];
    if (step?.request?.path === '/actions/reboot') return undefined;
    if (commandOf.test(step?.request?.path ?? '') && single(step)?.status !== 423) break;
    if (step?.request?.path === '/updates/status' && single(step)?.status === 423) locked = true;
    if (goneEvent.test(step?.event ?? '')) restarted = true;
    const status = statuses[next];
    if (status === undefined) continue;
    const trace = status.most_recent_command;
    const fresh = trace?.timestamp !== before?.most_recent_command?.timestamp;
    return trace?.cmd_type === command && fresh
      ? { kind: 'Ended', status }
      : { kind: 'Lost', locked, restarted };
  }
  return undefined;
}

interface Place {
  readonly steps: readonly Step[];
  readonly statuses: readonly (StatusBody | undefined)[];
  readonly index: number;
  /** In force before this step. */
  readonly faults: Faults;
}

/** What must be wrong with the host for this step's answer, or right; undefined where the step says nothing of that. */
function faultsAt(place: Place): Faults | undefined {
  const { steps, statuses, index, faults } = place;
  const step = steps[index];
  const response = single(step);
  const path = step?.request?.path ?? '';
  const text = response?.body ?? '';
  if (step?.event !== undefined) return serverFault(steps, statuses, index);
  if (path === '/actions/reboot') return rebootFault(steps, index, text);
  if (response?.status === 500) return faultOf500(place, text);
  if (response?.status === 423 && !isInFlight(steps, index)) {
    const shared = commandOf.test(path) && single(steps[index + 1])?.status === 200;
    return { lockHeld: shared ? 'Shared' : 'Exclusive' };
  }
  if (path === '/settings' && response?.status === 404) return { earlyBoot: true };
  // What kept a status or a release from being told is over once it is told.
  if (
    path === '/updates/status' &&
    response?.status === 404 &&
    ('statusFile' in faults || 'lockFolderMissing' in faults)
  )
    return {};
  if (path === '/os' && response?.status === 200 && 'osRelease' in faults) return {};
  return commandFault(steps, statuses, index);
}

function commandFault(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): Faults | undefined {
  const end = endOf(steps, statuses, index);
  if (end === undefined) return undefined;
  const command = commandOf.exec(steps[index]?.request?.path ?? '')?.[1];
  if (end.kind === 'Lost') {
    if (end.restarted) return {};
    return end.locked ? { tbuKilled: { commands: [command], afterMs: 60, times: 1 } } : { noUpdog: true };
  }
  const {
    most_recent_command: trace,
    update_state: state,
    available_updates: listed,
    active_partition: active,
  } = end.status;
  const base = active?.next_to_boot === false && state !== 'Ready' ? { activeNotNext: true } : {};
  if (trace === null) return base;
  const stderr = trace.stderr ?? '';
  const noise = stderr.length > 100_000;
  const loud = noise ? { updogStderr: { commands: [command], bytes: stderr.length } } : {};
  if (trace.cmd_status === 'Failed') {
    const code = trace.exit_status ?? 1;
    const how = signals.has(code) ? { signal: code } : { exitCode: code };
    return { ...base, ...loud, updogFails: { commands: [command], ...how, stderr: noise ? '' : stderr } };
  }
  if (command === 'prepare' && stderr.startsWith('No update required')) return { ...base, noopPrepare: true };
  const newer = listed.some((one) => newerThan(one, active?.image.version ?? ''));
  if (command === 'refresh' && state === 'Idle' && lockAt(steps, index) === 'latest' && newer)
    return { ...base, earlyBoot: true };
  return { ...base, ...loud };
}

/** A command that the state does not allow was preceded by others that nobody recorded. */
function bringAt(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): Change['bring'] {
  const before = statuses.slice(0, index).findLast((status) => status !== undefined);
  const command = commandOf.exec(steps[index]?.request?.path ?? '')?.[1];
  if (before === undefined || single(steps[index])?.status !== 204 || isInFlight(steps, index))
    return undefined;
  const state = before.update_state;
  if (command === 'activate' && state !== 'Staged') return 'Staged';
  if (command === 'deactivate' && state !== 'Ready') return 'Ready';
  return command === 'prepare' && state === 'Idle' ? 'Available' : undefined;
}

const failures: readonly (readonly [RegExp, Faults])[] = [
  [/update dispatcher: No such file/, { noTbu: true }],
  [/update lock file: No such file/, { lockFolderMissing: true }],
  [/release file .*No such file/, { osRelease: 'Missing' }],
  [/missing value for field version_id/, { osRelease: 'NoVersion' }],
  [/parsing minor version/, { osRelease: 'BadVersion' }],
  [/config applier: No such file/, { noApplier: true }],
  [/Live datastore missing/, { datastoreGone: true }],
  [/locked down/, { lockedDown: true }],
];

function faultOf500({ steps, index, faults }: Place, text: string): Faults | undefined {
  const known = failures.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined || !text.startsWith('Update dispatcher failed')) return known;
  // Where something is wrong already, that is why; where no status appears, the first one cannot be made.
  if (Object.keys(faults).length > 0) return undefined;
  const next = steps.slice(index + 1).find(({ request }) => request?.path === '/updates/status');
  return single(next)?.status === 404 ? { partitionTableBad: true } : { statusFile: 'Damaged' };
}

function rebootFault(steps: readonly Step[], index: number, text: string): Faults {
  const refused = /^Failed to reboot, exit code: (\d+), stderr: ([^]*?)\n?$/.exec(text);
  if (refused !== null) return { rebootRefused: { exitCode: Number(refused[1]), text: refused[2] ?? '' } };
  if (text.startsWith('Unable to start shutdown')) return { rebootCommandMissing: true };
  const later = steps.slice(index + 1);
  const wentDown = later.some(({ event }) => /FileNotFound|ConnectionRefused/.test(event ?? ''));
  return wentDown ? {} : { rebootIgnored: true };
}

/** A server that goes away without a reboot having been asked for. */
function serverFault(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): Faults | undefined {
  const gone = goneEvent.exec(steps[index]?.event ?? '');
  if (gone === null) return undefined;
  const asked = steps
    .slice(0, index)
    .findLastIndex(({ request }) => request?.path?.startsWith('/actions/') === true);
  if (steps[asked]?.request?.path === '/actions/reboot') return undefined;
  const endsCommands = endOf(steps, statuses, asked)?.kind === 'Lost';
  return { serverRestart: { how: gone[1] === 'FileNotFound' ? 'Stop' : 'Kill', downMs: 300, endsCommands } };
}

/** A command that was accepted may still hold the lock at this step. */
export function isInFlight(steps: readonly Step[], index: number): boolean {
  for (let before = index - 1; before >= 0; before -= 1) {
    const step = steps[before];
    const status = single(step)?.status;
    if (commandOf.test(step?.request?.path ?? '') && status === 204) return true;
    if (step?.request?.path === '/updates/status' && status === 200) return false;
  }
  return false;
}

/** Something besides polls is asked while a command runs: it must not end too early on a busy machine. */
function hasCompanyWhileBusy(steps: readonly Step[]): boolean {
  return steps.some((step, index) => {
    const path = step.request?.path ?? step.event ?? '';
    const another = commandOf.test(path) && single(step)?.status === 423;
    return (another || path.startsWith('/os') || path.startsWith('GET /os')) && isInFlight(steps, index);
  });
}

/** What a refresh lists is what there is. */
function offersAt(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): readonly string[] | undefined {
  if (steps[index]?.request?.path !== '/actions/refresh-updates') return undefined;
  const end = endOf(steps, statuses, index);
  if (end?.kind !== 'Ended' || end.status.most_recent_command?.cmd_status !== 'Success') return undefined;
  return end.status.available_updates;
}

/** The last `version-lock` that was asked for before this step. */
function lockAt(steps: readonly Step[], index: number): string {
  const asked = steps
    .slice(0, index)
    .findLast(({ request }) => request?.method === 'PATCH' && (request.body ?? '').includes('version-lock'));
  return /"version-lock":"([^"]+)"/.exec(asked?.request?.body ?? '')?.[1] ?? 'latest';
}

interface Start {
  readonly offers?: readonly string[];
  readonly settings?: string;
  readonly first: readonly Change[];
}

/** What was so before the first step: as the first status shows it, or as the first command needs it. */
function startOf(steps: readonly Step[], statuses: readonly (StatusBody | undefined)[]): Start {
  const index = steps.findIndex(
    (step, at) => statuses[at] !== undefined || commandOf.test(step.request?.path ?? ''),
  );
  const shown = statuses.find((status) => status !== undefined);
  const settings = firstSettings(steps);
  const base = settings === undefined ? {} : { settings };
  const step = steps[index];
  if (shown === undefined || step === undefined) return { ...base, first: [] };
  const listed = shown.available_updates.length === 0 ? {} : { offers: shown.available_updates };
  const state = stateBefore(step, single(step)?.status, statuses[index] ?? shown);
  if (state === undefined) return { ...base, ...listed, first: [] };
  const running = shown.active_partition?.image.version ?? '';
  const offers = shown.available_updates;
  if (state === 'Idle')
    return {
      ...base,
      ...listed,
      // A refresh that finds nothing newer leads there.
      first: [
        { offers: [running] },
        { bring: 'Available' },
        { offers: offers.length === 0 ? [running] : offers },
      ],
    };
  // What is staged may not be offered any more.
  const staged = shown.staging_partition?.image.version;
  const all = [...new Set([...offers, ...(staged === undefined ? [] : [staged])])];
  return { ...base, ...listed, first: [{ offers: all }, { bring: state }, { offers }] };
}

function stateBefore(
  step: Step,
  status: number | undefined,
  shown: StatusBody,
): StatusBody['update_state'] | undefined {
  const command = commandOf.exec(step.request?.path ?? '')?.[1];
  if (command === undefined) return shown.most_recent_command === null ? undefined : shown.update_state;
  if (status === 409) return shown.most_recent_command === null ? undefined : shown.update_state;
  if (status === 423) return shown.most_recent_command === null ? undefined : shown.update_state;
  if (status !== 204) return undefined;
  switch (command) {
    case 'refresh':
      return shown.update_state === 'Staged' || shown.update_state === 'Ready'
        ? shown.update_state
        : undefined;
    case 'prepare':
      return 'Available';
    case 'activate':
      return 'Staged';
    default:
      return 'Ready';
  }
}

/** Settings that somebody had changed before, where the first look at them shows it. */
function firstSettings(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    if (step.request?.method === 'PATCH') return undefined;
    if (step.request?.path !== '/settings' || single(step)?.status !== 200) continue;
    const text = single(step)?.body ?? '';
    const lock = /"version-lock":"([^"]+)"/.exec(text)?.[1] ?? 'latest';
    const waves = text.includes('"ignore-waves":true');
    if (lock === 'latest' && !waves) continue;
    return JSON.stringify({ updates: { 'version-lock': lock, 'ignore-waves': waves } });
  }
  return undefined;
}

function newerThan(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
