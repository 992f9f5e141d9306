/** What goes wrong at which step of a scenario, as far as its answers tell. */
import { commandOf, endOf, goneEvent, isInFlight, single, type StatusBody } from './command-ends.ts';
import { compareSemver } from '../../lab/hosts/versions.ts';
import { bootAfter } from './derived-boot.ts';
import type { Step } from './recording.ts';

export type Faults = Readonly<Record<string, unknown>>;

/** Exit statuses that are the signals which end a program from outside. */
const signals = new Set([6, 9, 11, 15]);
interface Place {
  readonly steps: readonly Step[];
  readonly statuses: readonly (StatusBody | undefined)[];
  readonly index: number;
  /** In force before this step. */
  readonly faults: Faults;
}

/** What must be wrong with the host for this step's answer, or right; undefined where the step says nothing of that. */
export function faultsAt(place: Place): Faults | undefined {
  const { steps, statuses, index, faults } = place;
  const step = steps[index];
  const response = single(step);
  const path = step?.request?.path ?? '';
  const text = response?.body ?? '';
  if (step?.event !== undefined) return serverFault(steps, statuses, index);
  if (path === '/actions/reboot') return rebootFault(place, text);
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
  return commandFault(place);
}

function commandFault({ steps, statuses, index, faults }: Place): Faults | undefined {
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
  const newer = listed.some((one) => compareSemver(one, active?.image.version ?? '') > 0);
  // Without settings nothing can be chosen.
  if (
    command === 'refresh' &&
    state === 'Idle' &&
    newer &&
    ('earlyBoot' in faults || 'datastoreGone' in faults)
  )
    return { ...base, ...faults };
  return { ...base, ...loud };
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

function rebootFault({ steps, statuses, index }: Place, text: string): Faults {
  const refused = /^Failed to reboot, exit code: (\d+), stderr: ([^]*?)\n?$/.exec(text);
  if (refused !== null) return { rebootRefused: { exitCode: Number(refused[1]), text: refused[2] ?? '' } };
  if (text.startsWith('Unable to start shutdown')) return { rebootCommandMissing: true };
  const boot = bootAfter(steps, statuses, index);
  if (boot === undefined) return { rebootIgnored: true };
  return boot.fallsBack ? { bootFallsBack: true } : {};
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
