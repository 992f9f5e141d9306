/**
 * A set-up read out of the scenario itself, for scenarios that nobody prepared: which version runs, what the repository lists, the state at
 * the beginning, and what goes wrong when, as far as the recorded answers tell it.
 */
import { compareSemver } from '../../lab/hosts/versions.ts';
import { explain, settingLock } from './choice.ts';
import {
  commandOf,
  endOf,
  isInFlight,
  releaseIn,
  single,
  statusIn,
  type StatusBody,
} from './command-ends.ts';
import { bootAfter } from './derived-boot.ts';
import { faultsAt, type Faults } from './derived-faults.ts';
import { startOf } from './derived-start.ts';
import type { Change } from './lab-bench.ts';
import { firstSettings, lockIn, watchLocks, type Locks } from './locks.ts';
import type { Scenario, Step } from './recording.ts';
import type { Setup } from './setup.ts';

/** Parts of the recorded variant's settings that no update reads. */
const notSimulated = /"credential-providers"|unknown field `services`/;
const patientMs = 8000;

export function deriveSetup({ steps }: Scenario): Setup {
  const statuses = steps.map((step) => statusIn(step));
  const first = statuses.find((status) => status !== undefined);
  const version = first?.active_partition?.image.version ?? releaseIn(steps);
  const settings = firstSettings(steps);
  const start = startOf(steps, statuses, lockIn(settings ?? '') ?? 'latest');
  const locks = watchLocks(start.lock);
  const at: Record<number, Change> = {};
  let faults: Faults = {};
  for (const [index, step] of steps.entries()) {
    const known = faultsAt({ steps, statuses, index, faults });
    const choice = choiceAt({ steps, statuses, index, locks: locks.now(), faults: known ?? faults });
    const wanted = choice === undefined ? known : { ...(known ?? faults), ...choice.faults };
    const bring = bringAt(steps, statuses, index);
    const changed = wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(faults);
    if (wanted !== undefined) faults = wanted;
    const boots = bootsBefore(steps, statuses, index);
    at[index] = {
      ...(boots ? { boots } : {}),
      ...(changed ? { faults } : {}),
      ...(choice?.offers === undefined ? {} : { offers: choice.offers }),
      ...(choice === undefined ? {} : settingLock(choice.lock, choice.now)),
      ...(bring === undefined ? {} : { bring }),
    };
    if (choice !== undefined && choice.lock !== choice.now) locks.set(choice.lock);
    locks.see(step);
  }
  const busy = hasCompanyWhileBusy(steps);
  return {
    ...(version === undefined ? {} : { version }),
    ...(start.offers === undefined ? {} : { offers: start.offers }),
    ...(busy ? { prepareMs: patientMs, refreshMs: patientMs / 2 } : {}),
    ...(settings === undefined ? {} : { settings }),
    first: start.first,
    at,
    skip: Object.fromEntries(
      [...steps.entries()].flatMap(([index, step]) =>
        notSimulated.test(single(step)?.body ?? '') ? [[index, 'other settings are not simulated']] : [],
      ),
    ),
  };
}

/** Nobody looked while the host was down, but it is another boot that answers this step. */
function bootsBefore(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): boolean {
  const asked = steps[index - 1];
  if (asked?.request?.path !== '/actions/reboot' || single(asked)?.status !== 204) return false;
  return bootAfter(steps, statuses, index - 1)?.witnessed === false;
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

/** Something besides polls is asked while a command runs: it must not end too early on a busy machine. */
function hasCompanyWhileBusy(steps: readonly Step[]): boolean {
  return steps.some((step, index) => {
    const path = step.request?.path ?? step.event ?? '';
    const another = commandOf.test(path) && single(step)?.status === 423;
    return (another || path.startsWith('/os') || path.startsWith('GET /os')) && isInFlight(steps, index);
  });
}

interface Choice {
  readonly offers?: readonly string[];
  readonly faults: Faults;
  /** `version-lock` as it has to be, and as the program that chooses finds it. */
  readonly lock: string;
  readonly now: string;
}

interface Moment {
  readonly steps: readonly Step[];
  readonly statuses: readonly (StatusBody | undefined)[];
  readonly index: number;
  readonly locks: Locks;
  readonly faults: Faults;
}

/** From this release on the dispatcher reads the rendered file; before, it asks the API. */
const readsFileSince = '1.20.0';

/** What must be so for the release that this command chose or installed; undefined where it did neither. */
function choiceAt({ steps, statuses, index, locks, faults }: Moment): Choice | undefined {
  const end = endOf(steps, statuses, index);
  if (end?.kind !== 'Ended') return undefined;
  const { available_updates: listed, active_partition: active, most_recent_command: last } = end.status;
  const running = active?.image.version ?? '';
  if (last?.cmd_type === 'refresh' && last.cmd_status === 'Success') {
    const now = compareSemver(running, readsFileSince) < 0 ? locks.live : locks.rendered;
    // Where the settings cannot be read, nothing is chosen.
    if ('earlyBoot' in faults || 'datastoreGone' in faults)
      return { offers: listed, faults: {}, lock: now, now };
    const chosen = end.status.chosen_update?.version;
    return { offers: listed, ...explain({ listed, running, lock: now, chosen }), now };
  }
  const installed = /^Starting update to (\S+)/.exec(last?.stderr ?? '')?.[1];
  if (last?.cmd_type !== 'prepare' || installed === undefined) return undefined;
  // The updater decides anew, by its own file and by what the repository has now.
  const offers = [...new Set([...listed, installed])].toSorted((a, b) => compareSemver(b, a));
  return {
    offers,
    ...explain({ listed: offers, running, lock: locks.rendered, chosen: installed }),
    now: locks.rendered,
  };
}
