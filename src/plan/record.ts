/** What a finished Inspect or Stage leaves in the view. Its Pod is deleted only after the view was written. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import { hostSettings } from '../api/restore.ts';
import { isVersionText } from '../api/target.ts';
import type { TaskAnswer } from '../api/task.ts';
import type { Millis, NodeFacts, TaskFacts } from './facts.ts';
import { recordAttempt } from './attempts.ts';
import { inProgress } from './by-itself.ts';
import { reasonOf } from './node-reasons.ts';
import type { OsRules, Shown } from './os-rules.ts';
import { isoTime, timeOf } from './text.ts';

/**
 * The present view of a node, before its task is looked at: what the Node object itself shows is always fresh. A claim is finished by it
 * also where the node was given to somebody else meanwhile: what it came back on is no failure then.
 */
export function baseView(
  node: NodeFacts,
  view: NodeViewStatus | undefined,
  policy: string,
  rules: OsRules,
  claimed: boolean,
): NodeViewStatus {
  const recognition = rules.recognise(node);
  // Only a soak says so, anew in each pass.
  const { unhealthySince: _unhealthySince, ...rest } = view ?? {};
  const ours = recognition.kind === 'Ours' && rules.versionInNodeInfo ? recognition : undefined;
  const shown = ours ?? (claimed ? shownAs(view?.variant, rules.shown(node)) : undefined);
  return {
    ...rest,
    os: rules.os,
    policy,
    ...(shown?.version === undefined ? {} : { version: shown.version }),
    ...(shown?.variant === undefined ? {} : { variant: shown.variant }),
    ...(node.architecture === '' ? {} : { architecture: node.architecture }),
  };
}

/** An update never changes the variant: under another one it is another system. */
const shownAs = (variant: string | undefined, shown: Shown): Shown | undefined =>
  variant === undefined || variant === shown.variant ? shown : undefined;

/** The view with an answer in it; the same view where it was recorded before. */
export function recordAnswer(
  view: NodeViewStatus,
  task: TaskFacts,
  answer: TaskAnswer,
  node: NodeFacts,
  retry: PolicySpec['retry'],
  rules: OsRules,
  now: Millis,
): NodeViewStatus {
  if (task.task === 'Reboot' || isRecorded(view, task, answer, rules)) return view;
  const ahead = Math.round(((timeOf(answer.now) ?? now) - now) / 1000);
  const { clockAheadSeconds: _clock, working: _working, ...rest } = view;
  const settings = readSettings(answer);
  const withClock: NodeViewStatus = {
    ...rest,
    ...(ahead > 1 ? { clockAheadSeconds: ahead } : {}),
    ...(answer.outcome === 'Done' && answer.reason === inProgress
      ? { working: answer.message.slice(0, 200) }
      : {}),
    ...(settings === undefined ? {} : { settings }),
  };
  switch (answer.outcome) {
    case 'Done':
    case 'NothingToDo':
      return inspected(withClock, task, answer, node, rules, now);
    case 'Unsupported':
      return {
        ...inspected(withClock, task, answer, node, rules, now),
        unsupported: { reason: reasonOf(answer, 'Unsupported'), message: answer.message.slice(0, 1024) },
      };
    case 'Failed':
      if (task.task === 'Inspect') return withClock;
      return recordAttempt(
        withClock,
        {
          version: attempted(view, answer, rules),
          attempt: task.podUID,
          reason: reasonOf(answer, 'StageFailed'),
          message: answer.message,
          spent: true,
        },
        retry,
        now,
      );
    case 'Retry':
      return withClock;
  }
}

/** What a Stage that failed was to install: where the newest is known before, not what an earlier one staged. */
function attempted(view: NodeViewStatus, answer: TaskAnswer, rules: OsRules): string {
  if (rules.knowsAvailableBeforeStaging) return answer.available ?? view.available ?? answer.staged ?? '';
  // What was available before it was installed is no longer what a Stage looks for: that has no name yet.
  const version = answer.version ?? view.version ?? '';
  const named = [answer.staged, answer.available, view.available];
  return named.find((one) => one !== undefined && rules.compareVersions(one, version) > 0) ?? '';
}

function inspected(
  view: NodeViewStatus,
  task: TaskFacts,
  answer: TaskAnswer,
  node: NodeFacts,
  rules: OsRules,
  now: Millis,
): NodeViewStatus {
  const {
    available: before,
    staged: _staged,
    offers: _offers,
    unsupported: _unsupported,
    asked: _asked,
    ...others
  } = view;
  const { settings: _settings, ...unset } = others;
  // A Stage that had nothing to change did not look at them.
  const rest = task.task === 'Inspect' && readSettings(answer) === undefined ? unset : others;
  // Where only a Stage can ask, an Inspect leaves what the last Stage found.
  const found =
    task.task === 'Stage' && !rules.knowsAvailableBeforeStaging
      ? (answer.available ?? stagedOf(view, answer, rules))
      : answer.available;
  const available =
    found ?? (task.task === 'Inspect' && !rules.knowsAvailableBeforeStaging ? before : undefined);
  const { checkedAt, ...unchecked } = rest;
  const asked = task.task === 'Stage' ? (hasAsked(answer) ? isoTime(now) : undefined) : checkedAt;
  const staged = stagedOf(view, answer, rules);
  return {
    ...unchecked,
    ...(answer.version === undefined ? {} : { version: answer.version }),
    ...(answer.variant === undefined ? {} : { variant: answer.variant }),
    ...(available === undefined ? {} : { available }),
    ...(staged === undefined ? {} : { staged }),
    ...offersOf(answer, rules),
    ...(asked === undefined ? {} : { checkedAt: asked }),
    ...(task.asked === undefined ? {} : { asked: task.asked }),
    inspectedBootID: answer.bootID,
    inspectedImage: node.osImage,
    inspectedAt: isoTime(now),
  };
}

/** Versions only, the newest first, each once. */
function offersOf({ offers }: TaskAnswer, { compareVersions }: OsRules): Pick<NodeViewStatus, 'offers'> {
  if (offers === undefined) return {};
  const versions = [...new Set(offers)].filter((one) => isVersionText(one));
  return { offers: versions.toSorted((a, b) => compareVersions(b, a)) };
}

/** A Stage that did not ask the update server knows of nothing, and is no check. */
const hasAsked = ({ reason }: TaskAnswer): boolean => reason !== 'NotAsked';

/** A host that shows settings of another form shows none. */
function readSettings({ settings }: TaskAnswer): NodeViewStatus['settings'] {
  const read = hostSettings.safeParse(settings);
  if (!read.success) return undefined;
  return { versionLock: read.data['version-lock'], ignoreWaves: read.data['ignore-waves'] };
}

/** What was known of it in this boot is not lost to a host that has forgotten. */
function stagedOf(view: NodeViewStatus, { staged, bootID }: TaskAnswer, rules: OsRules): string | undefined {
  if (staged === undefined) return undefined;
  return rules.stagedName(staged, view.inspectedBootID === bootID ? view.staged : undefined);
}

function isRecorded(view: NodeViewStatus, task: TaskFacts, answer: TaskAnswer, rules: OsRules): boolean {
  if (answer.outcome === 'Failed')
    return view.attempts?.some(({ attempt }) => attempt === task.podUID) ?? false;
  const at = timeOf(task.task === 'Stage' && hasAsked(answer) ? view.checkedAt : view.inspectedAt);
  return (
    at !== undefined &&
    at >= task.firstSeen &&
    view.inspectedBootID === answer.bootID &&
    view.staged === stagedOf(view, answer, rules)
  );
}
