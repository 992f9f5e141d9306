/** GET /os and GET /: the release, and the release beside the settings. */
import { createHash } from 'node:crypto';
import { failure, json, type Answer } from './answer.ts';
import type { BottlerocketFaults } from './faults.ts';
import type { ApiRequest } from './request.ts';
import type { Json } from './settings-model.ts';
import type { UpdateImage } from './update-status.ts';

const releaseFile = '/usr/lib/os-release';

export function prettyName(image: UpdateImage, brand = 'Bottlerocket OS'): string {
  return `${brand} ${image.version} (${image.variant})`;
}

/** The short commit that a build is named after; made up, but the same for the same version. */
export function buildID(version: string): string {
  return createHash('sha256').update(version).digest('hex').slice(0, 8);
}

function release(image: UpdateImage): Readonly<Record<string, string>> {
  return {
    arch: image.arch,
    build_id: buildID(image.version),
    pretty_name: prettyName(image),
    variant_id: image.variant,
    version_id: image.version,
  };
}

export function getOs(request: ApiRequest, image: UpdateImage, faults: BottlerocketFaults): Answer {
  const prefix = request.query.get('prefix');
  if (prefix === '') return failure(400, "Input 'prefix' cannot be empty");
  const broken = releaseFailure(faults);
  if (broken !== undefined) return failure(500, `Unable to get OS release data: ${broken}`);
  return json(prefix === undefined ? release(image) : withPrefix(release(image), prefix));
}

/** `prefix` may leave out the leading `os.`. */
function withPrefix(fields: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const full = prefix.startsWith('os') ? prefix : `os.${prefix}`;
  return Object.fromEntries(Object.entries(fields).filter(([key]) => `os.${key}`.startsWith(full)));
}

function releaseFailure(faults: BottlerocketFaults): string | undefined {
  switch (faults.osRelease) {
    case undefined:
      return undefined;
    case 'Missing':
      return `Unable to read release file '${releaseFile}': No such file or directory (os error 2)`;
    case 'NoVersion':
      return `Unable to load release data from file '${releaseFile}': missing value for field version_id`;
    case 'BadVersion':
      return `Unable to load release data from file '${releaseFile}': unexpected end of input while parsing minor version number`;
  }
}

/** GET /: outer keys are there, parts that hold nothing are not. `settings` is the whole live tree. */
export function getModel(
  request: ApiRequest,
  image: UpdateImage,
  settings: (prefix: string) => Readonly<Record<string, Json>>,
): Answer {
  const prefix = request.query.get('prefix');
  if (prefix === '') return failure(400, "Input 'prefix' cannot be empty");
  const live = settings(prefix ?? 'settings');
  if (prefix === undefined && Object.keys(live).length === 0)
    return failure(404, "Found no 'settings' in datastore");
  const wantsOs = prefix === undefined || prefix.startsWith('os');
  const os = wantsOs ? withPrefix(release(image), prefix ?? 'os') : {};
  return json({
    ...(Object.keys(os).length === 0 ? {} : { os }),
    ...(Object.keys(live).length === 0 ? {} : { settings: sorted(live) }),
  });
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}
