/** The note on a Node about the settings that its host had before the operator changed them. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import { restoreKey } from '../api/keys.ts';
import { type HostSettings, parseRestore, type RestoreNote } from '../api/restore.ts';
import type { NodeFacts } from './facts.ts';

export type RestoreReading =
  | { readonly kind: 'None' }
  | { readonly kind: 'Note'; readonly note: RestoreNote }
  | { readonly kind: 'Unreadable'; readonly why: string };

export function readRestore(node: Pick<NodeFacts, 'annotations'>): RestoreReading {
  const text = node.annotations[restoreKey];
  if (text === undefined) return { kind: 'None' };
  const read = parseRestore(text);
  return 'note' in read ? { kind: 'Note', note: read.note } : { kind: 'Unreadable', why: read.unreadable };
}

export const unreadableNote = (why: string): string =>
  `its annotation ${restoreKey} cannot be read (${why}); a person must set the update settings of the host right and remove it`;

export const settingsOf = ({
  versionLock,
  ignoreWaves,
}: NonNullable<NodeViewStatus['settings']>): HostSettings => ({
  'version-lock': versionLock,
  'ignore-waves': ignoreWaves,
});
