/** The status file of the update dispatcher, in the form in which the API shows it. */
import type { UpdateCommand } from './faults.ts';

export interface UpdateImage {
  readonly arch: string;
  readonly version: string;
  readonly variant: string;
}

export interface StagedImage {
  readonly image: UpdateImage;
  readonly next_to_boot: boolean;
}

export interface CommandResult {
  readonly cmd_type: UpdateCommand;
  readonly cmd_status: 'Success' | 'Failed';
  /** RFC 3339 with nanoseconds. */
  readonly timestamp: string;
  /** The exit code, or the number of the signal that ended the command. */
  readonly exit_status: number;
  readonly stderr: string;
}

export type UpdateState = 'Idle' | 'Available' | 'Staged' | 'Ready';

/** The order of the keys is the order on the wire. */
export interface UpdateStatus {
  readonly update_state: UpdateState;
  readonly available_updates: readonly string[];
  readonly chosen_update: UpdateImage | null;
  readonly active_partition: StagedImage | null;
  readonly staging_partition: StagedImage | null;
  readonly most_recent_command: CommandResult | null;
}

/** Which commands each state allows; refresh is allowed in all. */
const allowedIn: Readonly<Record<Exclude<UpdateCommand, 'refresh'>, readonly UpdateState[]>> = {
  prepare: ['Available', 'Staged'],
  activate: ['Staged'],
  deactivate: ['Ready'],
};

export function allowed(command: UpdateCommand, state: UpdateState): boolean {
  return command === 'refresh' || allowedIn[command].includes(state);
}

/** The status after a command that is not a refresh. */
export function afterCommand(status: UpdateStatus, result: CommandResult): UpdateStatus {
  const next = { ...status, most_recent_command: result };
  if (result.cmd_status === 'Failed') return next;
  switch (result.cmd_type) {
    case 'prepare':
      return status.chosen_update === null
        ? next
        : {
            ...next,
            update_state: 'Staged',
            staging_partition: { image: status.chosen_update, next_to_boot: false },
          };
    case 'activate':
      return { ...nextToBoot(next, 'staging_partition'), update_state: 'Ready' };
    case 'deactivate':
      return { ...nextToBoot(next, 'active_partition'), update_state: 'Staged' };
    case 'refresh':
      return next;
  }
}

function nextToBoot(status: UpdateStatus, which: 'active_partition' | 'staging_partition'): UpdateStatus {
  const mark = (name: typeof which): StagedImage | null => {
    const bank = status[name];
    return bank === null ? null : { ...bank, next_to_boot: name === which };
  };
  return {
    ...status,
    active_partition: mark('active_partition'),
    staging_partition: mark('staging_partition'),
  };
}

/** The status after a refresh. `found` is undefined where the choosing failed: then only the command is recorded. */
export function afterRefresh(
  status: UpdateStatus,
  result: CommandResult,
  found:
    { readonly available: readonly string[]; readonly chosen: UpdateImage | null | undefined } | undefined,
): UpdateStatus {
  const undecided = status.update_state === 'Idle' || status.update_state === 'Available';
  if (result.cmd_status === 'Failed') {
    return {
      ...status,
      update_state: undecided ? 'Idle' : status.update_state,
      most_recent_command: result,
    };
  }
  if (found === undefined) return { ...status, most_recent_command: result };
  const listed = { ...status, available_updates: found.available, most_recent_command: result };
  if (found.chosen === undefined) return listed;
  const state = found.chosen === null ? 'Idle' : 'Available';
  return {
    ...listed,
    chosen_update: found.chosen,
    update_state: undecided ? state : status.update_state,
  };
}
