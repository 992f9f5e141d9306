/** What a node runs against what it is to run: up to date, behind (older or, with an exact target, also newer), or out of reach. */
import { exactVersion } from '../api/target-version.ts';
import { attemptable } from './attempts.ts';
import { tellUnwanted } from './by-itself.ts';
import { choiceOf, type Kept, stagedRefusal } from './choice.ts';
import { checkDueAt } from './inspection.ts';
import { keptBack } from './kept-back.ts';
import type { NodeCase } from './node-case.ts';
import type { NodeReason } from './node-reasons.ts';
import { isPinning, takesBack } from './target.ts';
import { earliest } from './text.ts';

export type Way =
  | {
      readonly kind: 'UpToDate';
      readonly because: string;
      /** What it is offered and will not get. */
      readonly denied?: string;
      readonly checkAt?: number | undefined;
    }
  /** It does not run what it is to run, and there is no way for it to get it now. */
  | {
      readonly kind: 'OutOfReach';
      readonly target: string;
      readonly reason: NodeReason;
      readonly because: string;
      /** When to look again. */
      readonly checkAt?: number | undefined;
    }
  | Behind;

export interface Behind {
  readonly kind: 'Behind';
  /** Empty where only a Stage can find out. */
  readonly target: string;
  readonly state: 'Outdated' | 'Staged' | 'Unknown';
  readonly because: string;
  readonly restage: boolean;
  /** What may not be entered is staged, and is to be taken back. */
  readonly takeBack?: { readonly version: string; readonly reason: NodeReason };
}

export function wayOf(c: NodeCase): Way {
  const { rules, spec, seen } = c;
  const exact = exactVersion(spec);
  const pins = rules.pins(spec, exact);
  if (exact !== undefined && isVersion(c, seen.version, exact))
    return { kind: 'UpToDate', because: `${exact} is the version that spec.target names` };
  if (isPinning(pins) && seen.settings === undefined) return settingsUnknown(exact ?? '');
  if (exact !== undefined) return wayToExact(c, exact);
  return wayToNewest(c, pins['ignore-waves'] === true && seen.settings?.ignoreWaves === false);
}

const settingsUnknown = (target: string): Way => ({
  kind: 'OutOfReach',
  target,
  reason: 'SettingsUnknown',
  because: 'its last inspection did not tell the settings that have to be changed for the update',
});

function isVersion({ rules }: NodeCase, version: string | undefined, wanted: string): boolean {
  return version !== undefined && rules.compareVersions(version, wanted) === 0;
}

function wayToExact(c: NodeCase, exact: string): Way {
  const { seen, spec, rules, versions } = c;
  const verdict = versions.judge(exact, seen.version ?? '');
  const kept = verdict.kind === 'Allowed' ? undefined : { version: exact, verdict };
  // What is too young must be offered first: its time runs from then.
  const isSeen = isVersion(c, seen.staged, exact) || isVersion(c, seen.available, exact);
  if (kept !== undefined && (isSeen || kept.verdict.kind !== 'TooYoung')) return waiting(kept);
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
  const ignoring = rules.pins(spec, exact)['ignore-waves'] === true;
  const ignored = ignoring || seen.settings?.ignoreWaves === true;
  const hidden = ignoring && seen.settings?.ignoreWaves === false;
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

/** Offered, and not (yet) what the policy lets it take. */
function waiting({ version, verdict }: Kept, checkAt?: number): Way {
  const because =
    verdict.kind === 'NotApproved'
      ? `${version} is available; spec.target.approvedVersion must name it`
      : `${version} ${verdict.because}`;
  return {
    kind: 'OutOfReach',
    target: version,
    reason: reasonOfRefusal(verdict.kind),
    because,
    checkAt: earliest(checkAt, verdict.kind === 'TooYoung' ? verdict.until : undefined),
  };
}

const reasonOfRefusal = (kind: Kept['verdict']['kind']): NodeReason =>
  kind === 'NotApproved' ? 'AwaitingApproval' : kind === 'TooYoung' ? 'TooYoung' : 'DeniedVersion';

function wayToNewest(c: NodeCase, wavesHide: boolean): Way {
  const { seen, rules, spec, node, snapshot, versions, askedFirst } = c;
  const version = seen.version ?? '';
  const newer = (other: string | undefined): other is string =>
    other !== undefined && rules.compareVersions(other, version) > 0;
  const { staged } = seen;
  const { best, kept } = choiceOf(c, node, seen);
  const beside = kept === undefined ? '' : `; ${kept.version} ${kept.verdict.because}`;
  const refusal = stagedRefusal(c);
  if (newer(staged) && refusal === undefined) {
    const again = !rules.stageIsActivation && best !== undefined && rules.compareVersions(best, staged) > 0;
    // A download that fails must not keep the node from what it has.
    const restage =
      again &&
      snapshot.now >= (checkDueAt(seen, node, spec.checkInterval) ?? 0) &&
      attemptable(seen, best, spec.retry, snapshot.now).kind === 'Free';
    return { kind: 'Behind', target: staged, state: 'Staged', because: `${staged} is staged`, restage };
  }
  if (refusal !== undefined && takesBack(c))
    return {
      kind: 'Behind',
      target: '',
      state: 'Outdated',
      takeBack: { version: refusal.version, reason: reasonOfRefusal(refusal.verdict.kind) },
      because: `${refusal.version} is staged and ${refusal.verdict.because}; any reboot enters it until a Stage has taken it back`,
      restage: false,
    };
  if (best !== undefined) {
    // It is taken by a pin, even where it is what the host would choose: that may change before it is downloaded.
    if (versions.governed && rules.choosesVersion && seen.settings === undefined)
      return settingsUnknown(best);
    return {
      kind: 'Behind',
      target: best,
      state: 'Outdated',
      because: `${best} is available${beside}`,
      restage: false,
    };
  }
  // Until the answer it is as far behind as it was.
  const ask = (because: string): Way => ({
    kind: 'Behind',
    target: '',
    state: kept === undefined || kept.verdict.kind === 'Denied' ? 'Unknown' : 'Outdated',
    because: `due for a check; ${because}`,
    restage: false,
  });
  const current = (because: string, checkAt?: number): Way => {
    if (kept === undefined) return { kind: 'UpToDate', because, checkAt };
    if (kept.verdict.kind !== 'Denied') return waiting(kept, checkAt);
    return {
      kind: 'UpToDate',
      because: `${version} is the newest allowed${beside}`,
      denied: kept.version,
      checkAt,
    };
  };
  if (!rules.stageIsActivation) {
    if (!wavesHide) return current(`${version} is the newest that the node is offered${keptBack(c)}`);
    return isStagesWord(c)
      ? current(`${version} was the newest at the last check`)
      : ask('what a wave holds back shows only to a Stage that ignores waves');
  }
  const unwanted = tellUnwanted(seen, rules) ?? tellUnnamed(refusal);
  if (unwanted !== undefined)
    return {
      kind: 'Behind',
      target: '',
      state: 'Unknown',
      because: `${unwanted}; due for a Stage that takes it back`,
      restage: false,
    };
  if (rules.taskOptions(spec)['checkForUpdate'] === false)
    return current('the host has staged nothing newer by itself');
  const checkAt = earliest(checkDueAt(seen, node, spec.checkInterval), askedFirst.dueAt(seen, 'Stage'));
  return checkAt !== undefined && checkAt > snapshot.now
    ? current(`${version} was the newest at the last check`, checkAt)
    : ask('on COS a check installs what it finds');
}

const tellUnnamed = (refusal: Kept | undefined): string | undefined =>
  refusal === undefined ? undefined : `${refusal.version} is staged and ${refusal.verdict.because}`;
