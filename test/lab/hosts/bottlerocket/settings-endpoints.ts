/** GET and PATCH of /settings. */
import { tooLarge } from './api-server.ts';
import { badBody, failure, json, noContent, type Answer } from './answer.ts';
import type { Datastore } from './datastore.ts';
import type { BottlerocketFaults } from './faults.ts';
import { JsonError } from './json-cursor.ts';
import type { ApiRequest } from './request.ts';
import { readSettings } from './settings-json.ts';
import { settingsShape, type Json } from './settings-model.ts';
import { flatten, unflatten, type FlatSettings } from './settings-tree.ts';

/** The longest name of a file. */
const nameLimit = 255;
const datastorePath = '/var/lib/bottlerocket/datastore/current';
const lockedDown = failure(500, 'Settings are not available: this host is locked down');

export interface SettingsWorld {
  readonly datastore: Datastore;
  /** The settings in force; none before the boot-time settings are committed. */
  live(): FlatSettings;
  faults(): BottlerocketFaults;
}

export function getSettings(request: ApiRequest, world: SettingsWorld): Answer {
  if (world.faults().lockedDown === true) return lockedDown;
  const keys = request.query.get('keys');
  if (keys !== undefined) return byKeys(keys, world);
  const prefix = request.query.get('prefix');
  if (prefix === '') return failure(400, "Input 'prefix' cannot be empty");
  const full = prefix === undefined || prefix.startsWith('settings') ? prefix : `settings.${prefix}`;
  if (world.faults().datastoreGone === true) {
    return failure(
      500,
      `Data store error during get_prefix '${full ?? 'settings.'}' for Live: Data store integrity violation at ${datastorePath}/live: Live datastore missing`,
    );
  }
  if (full === undefined && world.live().size === 0) return failure(404, "Found no 'settings' in datastore");
  return json(withPrefix(world.live(), full ?? 'settings'));
}

/** The part of a tree whose full names begin with `prefix`. */
export function withPrefix(settings: FlatSettings, prefix: string): Readonly<Record<string, Json>> {
  return unflatten(new Map([...settings].filter(([key]) => key.startsWith(prefix))));
}

function byKeys(keys: string, world: SettingsWorld): Answer {
  if (keys === '') return failure(400, "Input 'keys' cannot be empty");
  const live: FlatSettings = world.faults().datastoreGone === true ? new Map() : world.live();
  const found = new Map<string, Json>();
  for (const key of keys.split(',')) {
    const problem = keyProblem(key);
    if (problem !== undefined)
      return failure(
        400,
        `Unable to make data key '${key}': Key name '${key}' has invalid format: ${problem}`,
      );
    const value = live.get(key);
    if (value !== undefined) found.set(key, value);
    else if ([...live.keys()].some((name) => name.startsWith(`${key}.`)))
      return failure(
        500,
        `Data store error during get_key: Reading key '${key}' failed: Is a directory (os error 21)`,
      );
  }
  return json(unflatten(found));
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'cannot be empty';
  if (key.split('.').includes('')) return 'empty key segment';
  const odd = /[^\w.-]/.exec(key);
  return odd === null ? undefined : `invalid character in key: '${odd[0]}'`;
}

export function patchSettings(request: ApiRequest, transaction: string, world: SettingsWorld): Answer {
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(request.contentType ?? ''))
    return badBody('Content type error');
  if ('tooLarge' in request.body) return tooLarge(request.body.tooLarge);
  if (world.faults().lockedDown === true) return lockedDown;
  let values: FlatSettings;
  try {
    values = flatten(readSettings(request.body.text, settingsShape));
  } catch (error) {
    if (error instanceof JsonError) return badBody(`Json deserialize error: ${error.message}`);
    throw error;
  }
  const folder = encodeURIComponent(transaction);
  if (folder.length > nameLimit) {
    return failure(
      500,
      `Data store error during set_keys: IO error on '${datastorePath}/pending/${folder}/settings': File name too long (os error 36)`,
    );
  }
  world.datastore.patch(transaction, values);
  return noContent;
}
