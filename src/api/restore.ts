/**
 * What Bottlerocket's own update settings were before the operator changed them, in one annotation on the Node: written before a
 * change, removed after it was taken back. All of it may be forged by the node itself: it is parsed strictly, and decides about that
 * node only.
 */
import { z } from 'zod';

const aVersion = /^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/;
/** As the host takes it: `latest`, or a version with or without `v`. */
const versionLock = z
  .string()
  .max(64)
  .regex(new RegExp(`^latest$|${aVersion.source}`));

export const hostSettings = z.strictObject({ 'version-lock': versionLock, 'ignore-waves': z.boolean() });
export type HostSettings = z.output<typeof hostSettings>;

/** Settings that a policy asks for; what it leaves out stays as the host has it. */
export type Pins = Partial<HostSettings>;

/** More values than this are never ours at once: the target would have to change so often while one node waits. */
const mostValues = 8;

export const restoreNote = z.strictObject({
  os: z.literal('Bottlerocket'),
  ...hostSettings.shape,
  /**
   * What the operator set, or was about to set: only such a value is ever replaced. It never sets what hosts have by default, so that a
   * forged note changes nothing on a host that has these.
   */
  pinned: z.strictObject({
    'version-lock': z.array(z.string().max(64).regex(aVersion)).min(1).max(mostValues).exactOptional(),
    'ignore-waves': z.array(z.literal(true)).length(1).exactOptional(),
  }),
});
export type RestoreNote = z.output<typeof restoreNote>;

export const settingNames = ['version-lock', 'ignore-waves'] as const;

/** The note in an annotation's text; a reason where it cannot be read. Never throws. */
export function parseRestore(text: string): { readonly note: RestoreNote } | { readonly unreadable: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { unreadable: 'it is not JSON' };
  }
  const parsed = restoreNote.safeParse(json);
  if (parsed.success) return { note: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    unreadable: issue === undefined ? 'it is no note' : `${issue.path.join('.') || 'note'}: ${issue.message}`,
  };
}

export const formatRestore = (note: RestoreNote): string => JSON.stringify(note);

/** Whether this value of the setting is one that the operator set and the host did not have before. */
export function isOurs(
  note: RestoreNote,
  name: (typeof settingNames)[number],
  value: string | boolean,
): boolean {
  const values: readonly (string | boolean)[] = note.pinned[name] ?? [];
  return value !== note[name] && values.includes(value);
}

/**
 * The note that must be on the Node before `pins` are set on a host that has `settings`; undefined where nothing would change. What an
 * earlier note calls ours is not taken for the host's own; what neither has is a person's change, and is what to come back to.
 */
export function noteFor(
  pins: Pins,
  settings: HostSettings,
  before: RestoreNote | undefined,
): RestoreNote | undefined {
  const former = (name: (typeof settingNames)[number]): string | boolean =>
    before !== undefined && isOurs(before, name, settings[name]) ? before[name] : settings[name];
  const lock = String(former('version-lock'));
  const waves = former('ignore-waves') === true;
  const ours = <T>(old: readonly T[] | undefined, wanted: T | undefined, own: unknown): readonly T[] => {
    const all = wanted === undefined || wanted === own ? (old ?? []) : [...(old ?? []), wanted];
    return [...new Set(all)].slice(-mostValues);
  };
  const locks = ours(before?.pinned['version-lock'], pins['version-lock'], lock);
  const ignored = pins['ignore-waves'] === true ? true : undefined;
  const ignores = ours<true>(before?.pinned['ignore-waves'], ignored, waves);
  if (locks.length === 0 && ignores.length === 0) return undefined;
  return {
    os: 'Bottlerocket',
    'version-lock': lock,
    'ignore-waves': waves,
    pinned: {
      ...(locks.length === 0 ? {} : { 'version-lock': [...locks] }),
      ...(ignores.length === 0 ? {} : { 'ignore-waves': [...ignores] }),
    },
  };
}
