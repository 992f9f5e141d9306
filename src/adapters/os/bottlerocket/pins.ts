/** Which settings of the host to change and which to leave alone: pure. */
import {
  type HostSettings,
  isOurs,
  type Pins,
  type RestoreNote,
  settingNames,
} from '../../../api/restore.ts';

export type PinPlan =
  | { readonly kind: 'Change'; readonly change: Pins }
  | { readonly kind: 'InForce' }
  /** The note does not know what is in force now: to change it would lose somebody's setting. */
  | { readonly kind: 'Moved' };

/** A setting is changed only from what the note calls the host's own or ours, and only to what the note knows. */
export function planPins(settings: HostSettings, wanted: Pins, note: RestoreNote | undefined): PinPlan {
  const differing = settingNames.filter(
    (name) => wanted[name] !== undefined && wanted[name] !== settings[name],
  );
  if (differing.length === 0) return { kind: 'InForce' };
  const known = (name: (typeof settingNames)[number], value: string | boolean | undefined): boolean =>
    note !== undefined && value !== undefined && (value === note[name] || isOurs(note, name, value));
  if (!differing.every((name) => known(name, settings[name]) && known(name, wanted[name])))
    return { kind: 'Moved' };
  return { kind: 'Change', change: only(wanted, differing) };
}

export interface RestorePlan {
  /** Empty where nothing of ours is in force. */
  readonly change: Pins;
  /** Settings that somebody else has changed since: they stay. */
  readonly foreign: readonly (typeof settingNames)[number][];
}

export function planRestore(settings: HostSettings, note: RestoreNote): RestorePlan {
  const changed = settingNames.filter((name) => note.pinned[name] !== undefined);
  return {
    change: only(
      note,
      changed.filter((name) => isOurs(note, name, settings[name])),
    ),
    foreign: changed.filter((name) => settings[name] !== note[name] && !isOurs(note, name, settings[name])),
  };
}

function only(from: Pins, names: readonly (typeof settingNames)[number][]): Pins {
  const lock = names.includes('version-lock') ? from['version-lock'] : undefined;
  const waves = names.includes('ignore-waves') ? from['ignore-waves'] : undefined;
  return {
    ...(lock === undefined ? {} : { 'version-lock': lock }),
    ...(waves === undefined ? {} : { 'ignore-waves': waves }),
  };
}
