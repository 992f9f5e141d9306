/** What was so before the first step: as the first look at the status shows it, or as the first command needs it. */
import { commandOf, endOf, single, type StatusBody } from './command-ends.ts';
import { explain, settingLock } from './choice.ts';
import type { Change } from './lab-bench.ts';
import type { Step } from './recording.ts';

export interface Start {
  readonly offers?: readonly string[];
  readonly first: readonly Change[];
  /** `version-lock` after all that. */
  readonly lock: string;
}

type State = StatusBody['update_state'];

interface Beginning {
  readonly state: State;
  readonly shown: StatusBody;
  /** Whether the command that is shown last has run already. */
  readonly complete: boolean;
}

export function startOf(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  lock: string,
): Start {
  const shown = statuses.find((status) => status !== undefined);
  if (shown === undefined) return { first: [], lock };
  const listed = shown.available_updates.length === 0 ? {} : { offers: shown.available_updates };
  const beginning = beginningOf(steps, statuses);
  if (beginning === undefined) return { ...listed, first: [], lock };
  return { ...listed, ...wayTo(beginning, lock) };
}

/** Undefined for a host on which nothing was done since its boot. */
function beginningOf(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
): Beginning | undefined {
  // A command that was refused changes nothing; what comes after it tells where it found the host.
  const index = steps.findIndex(
    (step, at) =>
      statuses[at] !== undefined ||
      (commandOf.test(step.request?.path ?? '') && single(step)?.status === 204),
  );
  const status = statuses[index];
  if (status !== undefined)
    return status.most_recent_command === null
      ? undefined
      : { state: status.update_state, shown: status, complete: true };
  const shown = statuses.slice(index).find((one) => one !== undefined);
  const command = commandOf.exec(steps[index]?.request?.path ?? '')?.[1];
  const end = endOf(steps, statuses, index);
  if (shown === undefined || command === undefined) return undefined;
  const found = shown.update_state;
  const failed = end?.kind === 'Ended' && end.status.most_recent_command?.cmd_status === 'Failed';
  const before: Readonly<Record<string, State | undefined>> = {
    refresh: refreshedFrom(shown, failed),
    prepare: failed && found === 'Staged' ? 'Staged' : 'Available',
    activate: 'Staged',
    deactivate: 'Ready',
  };
  const state = before[command];
  return state === undefined ? undefined : { state, shown, complete: false };
}

/** A list that a failed refresh shows is that of another one before. */
function refreshedFrom({ update_state: state, available_updates: listed }: StatusBody, failed: boolean) {
  if (state === 'Staged' || state === 'Ready') return state;
  return failed && listed.length > 0 ? ('Available' as const) : undefined;
}

function wayTo({ state, shown, complete }: Beginning, lock: string): Omit<Start, 'offers'> {
  const {
    available_updates: listed,
    chosen_update: chosen,
    active_partition: active,
    staging_partition: staging,
    most_recent_command: last,
  } = shown;
  const first: Change[] = [];
  let inForce = lock;
  const refresh = (offers: readonly string[], version: string | undefined): void => {
    const running = active?.image.version ?? '';
    const { lock: wanted, faults } = explain({ listed: offers, running, lock: inForce, chosen: version });
    first.push({ faults, offers, ...settingLock(wanted, inForce), run: ['refresh'] });
    inForce = wanted;
  };
  const staged = staging?.image.version;
  if (staged !== undefined && (state === 'Staged' || state === 'Ready')) {
    // What is staged may not be offered any more, or not be chosen any more.
    refresh([...new Set([...listed, staged])], staged);
    first.push({ run: ['prepare'] });
    if (staged !== chosen?.version || !listed.includes(staged)) refresh(listed, chosen?.version);
    if (state === 'Ready') first.push({ run: ['activate'] });
  } else if (listed.length > 0 || last?.cmd_status === 'Success') refresh(listed, chosen?.version);
  if (complete && last !== null) first.push(...lastCommand(last, state, first.at(-1)?.run?.[0]));
  return { first: [...first, { faults: {}, offers: listed }], lock: inForce };
}

/** The command that the first look shows, where the way to its state does not end with it. */
function lastCommand(
  {
    cmd_type: command,
    cmd_status: end,
    exit_status: code,
    stderr,
  }: NonNullable<StatusBody['most_recent_command']>,
  state: State,
  before: string | undefined,
): readonly Change[] {
  if (end === 'Failed') {
    const updogFails = { commands: [command], exitCode: code ?? 1, stderr: stderr ?? '' };
    return [{ faults: { updogFails }, run: [command] }];
  }
  if (command === before) return [];
  if (command === 'deactivate') return [{ run: ['activate', 'deactivate'] }];
  // It would undo nothing, and an activated host is not prepared.
  return command === 'refresh' || state === 'Staged' ? [{ run: [command] }] : [];
}
