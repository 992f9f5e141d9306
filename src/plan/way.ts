/** What a node runs against what it is to run: up to date, behind (older or, with an exact target, also newer), or out of reach. */
import { exactVersion } from '../api/target-version.ts';
import { attemptable } from './attempts.ts';
import { checkDueAt } from './inspection.ts';
import type { NodeCase } from './node-case.ts';
import type { NodeReason } from './node-reasons.ts';
import { tellUnwanted } from './self-staged.ts';
import { isPinning } from './target.ts';

export type Way =
  | { readonly kind: 'UpToDate'; readonly because: string; readonly checkAt?: number | undefined }
  /** It does not run what it is to run, and there is no way for it to get it now. */
  | {
      readonly kind: 'OutOfReach';
      readonly target: string;
      readonly reason: NodeReason;
      readonly because: string;
    }
  | Behind;

export interface Behind {
  readonly kind: 'Behind';
  /** Empty where only a Stage can find out. */
  readonly target: string;
  readonly state: 'Outdated' | 'Staged' | 'Unknown';
  readonly because: string;
  readonly restage: boolean;
}

export function wayOf(c: NodeCase): Way {
  const { rules, spec, seen } = c;
  const pins = rules.pins(spec);
  const exact = exactVersion(spec);
  if (exact !== undefined && isVersion(c, seen.version, exact))
    return { kind: 'UpToDate', because: `${exact} is the version that spec.target names` };
  if (isPinning(pins) && seen.settings === undefined)
    return {
      kind: 'OutOfReach',
      target: exact ?? '',
      reason: 'SettingsUnknown',
      because: 'its last inspection did not tell the settings that have to be changed for the update',
    };
  if (exact !== undefined) return wayToExact(c, exact);
  return wayToNewest(c, pins['ignore-waves'] === true && seen.settings?.ignoreWaves === false);
}

function isVersion({ rules }: NodeCase, version: string | undefined, wanted: string): boolean {
  return version !== undefined && rules.compareVersions(version, wanted) === 0;
}

function wayToExact(c: NodeCase, exact: string): Way {
  const { seen, spec, rules } = c;
  if (isVersion(c, seen.staged, exact))
    return {
      kind: 'Behind',
      target: exact,
      state: 'Staged',
      because: `${exact} is staged`,
      restage: false,
    };
  const direction = rules.compareVersions(exact, seen.version ?? '') < 0 ? ', older than what it runs,' : '';
  if (isVersion(c, seen.available, exact))
    return {
      kind: 'Behind',
      target: exact,
      state: 'Outdated',
      because: `${exact}${direction} is available`,
      restage: false,
    };
  const ignored = rules.pins(spec)['ignore-waves'] === true || seen.settings?.ignoreWaves === true;
  const hidden = rules.pins(spec)['ignore-waves'] === true && seen.settings?.ignoreWaves === false;
  if (hidden && !isStagesWord(c))
    return {
      kind: 'Behind',
      target: exact,
      state: 'Outdated',
      because: `${exact} is not listed, its wave may hold it back: asks again with waves ignored`,
      restage: false,
    };
  const why = ignored
    ? 'it is not in the repository of its variant, or not for the version that it runs'
    : 'it is not in the repository of its variant, or its wave has not come (spec.bottlerocket.ignoreWaves)';
  return {
    kind: 'OutOfReach',
    target: exact,
    reason: 'NotOffered',
    because: `${exact} is not offered to it: ${why}`,
  };
}

/**
 * What a wave holds back is not listed before a Stage ignores waves on the host: only if the last to look was a Stage, "nothing" is the
 * whole truth. After the next inspection one looks again.
 */
const isStagesWord = ({ seen }: NodeCase): boolean =>
  seen.checkedAt !== undefined && seen.checkedAt === seen.inspectedAt;

function wayToNewest(c: NodeCase, wavesHide: boolean): Way {
  const { seen, rules, spec, node, snapshot } = c;
  const version = seen.version ?? '';
  const newer = (other: string | undefined): other is string =>
    other !== undefined && rules.compareVersions(other, version) > 0;
  const { staged, available } = seen;
  if (newer(staged)) {
    const again =
      !rules.stageIsActivation && newer(available) && rules.compareVersions(available, staged) > 0;
    // A download that fails must not keep the node from what it has.
    const restage =
      again &&
      snapshot.now >= (checkDueAt(seen, node, spec.checkInterval) ?? 0) &&
      attemptable(seen, available, spec.retry, snapshot.now).kind === 'Free';
    return { kind: 'Behind', target: staged, state: 'Staged', because: `${staged} is staged`, restage };
  }
  if (newer(available))
    return {
      kind: 'Behind',
      target: available,
      state: 'Outdated',
      because: `${available} is available`,
      restage: false,
    };
  const ask = (because: string): Way => ({
    kind: 'Behind',
    target: '',
    state: 'Unknown',
    because: `due for a check; ${because}`,
    restage: false,
  });
  if (!rules.stageIsActivation) {
    if (!wavesHide)
      return { kind: 'UpToDate', because: `${version} is the newest that the node is offered${kept(c)}` };
    return isStagesWord(c)
      ? { kind: 'UpToDate', because: `${version} was the newest at the last check` }
      : ask('what a wave holds back shows only to a Stage that ignores waves');
  }
  const unwanted = tellUnwanted(seen, rules);
  if (unwanted !== undefined)
    return {
      kind: 'Behind',
      target: '',
      state: 'Unknown',
      because: `${unwanted}; due for a Stage that takes it back`,
      restage: false,
    };
  if (rules.taskOptions(spec)['checkForUpdate'] === false)
    return { kind: 'UpToDate', because: 'the host has staged nothing newer by itself' };
  const checkAt = checkDueAt(seen, node, spec.checkInterval);
  return checkAt !== undefined && checkAt > snapshot.now
    ? { kind: 'UpToDate', because: `${version} was the newest at the last check`, checkAt }
    : ask('on COS a check installs what it finds');
}

/** Why a node may be offered less than others: its own pin, or its place among the waves. */
function kept({ seen, known, rules }: NodeCase): string {
  const lock = seen.settings?.versionLock;
  if (lock !== undefined && lock !== 'latest') return `; its own setting version-lock says ${lock}`;
  const newest = known(seen);
  if (newest === undefined || rules.compareVersions(newest, seen.version ?? '') <= 0) return '';
  return `; ${newest} exists, and had not reached it at its last inspection: its wave had not come (spec.bottlerocket.ignoreWaves)`;
}
