/** Reading, changing and putting back the host's own update settings. */
import { type HostSettings, type Pins, type RestoreNote, settingNames } from '../../../../api/restore.ts';

import type { SettingsWrite } from '../api.ts';
import { planPins, planRestore } from '../pins.ts';
import type { BottlerocketReason, TaskResult } from '../reasons.ts';
import { patiently, type Session } from '../session.ts';

/** The files that the updater reads are written after the answer, in milliseconds or, on a busy host, a second or two. */
export const renderingTime = 5000;

/** A refusal may be the store's bad moment; so many in a row are the host's way. */
const tries = 3;
const betweenTries = 2000;

export type HeldSettings = { readonly settings: HostSettings } | { readonly result: TaskResult };

/** The settings, for a task that cannot do without them. */
export async function requireSettings(session: Session): Promise<HeldSettings> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await patiently(session, session.api.readSettings);
    if (reply.kind === 'Settings') return { settings: reply.settings };
    if (attempt === tries) {
      if (reply.kind === 'None')
        return retry(
          'SettingsMissing',
          'The host shows no update settings: those of its boot are not in force yet.',
        );
      return { result: locked('read', reply) };
    }
    await session.context.sleep(betweenTries);
  }
}

export type Pinned =
  { readonly settings: HostSettings; readonly changed: boolean } | { readonly result: TaskResult };

/** Sees to it that `wanted` is in force. Nothing is changed that the note does not know. */
export async function pin(session: Session, wanted: Pins, note: RestoreNote | undefined): Promise<Pinned> {
  const held = await requireSettings(session);
  if ('result' in held) return held;
  const { settings } = held;
  const plan = planPins(settings, wanted, note);
  if (plan.kind === 'InForce') return { settings, changed: false };
  if (plan.kind === 'Moved') {
    return {
      result: {
        outcome: 'Retry',
        reason: 'SettingsMoved',
        settings,
        message: `The host's update settings are not what they were when this task was planned (now ${say(settings)}): they are noted first.`,
      },
    };
  }
  session.context.log(`settings: ${JSON.stringify(plan.change)}`);
  const reply = await patiently(session, () => session.api.writeSettings(plan.change));
  if (reply.kind !== 'Accepted') return { result: notWritten(reply) };
  await session.context.sleep(renderingTime);
  return { settings: { ...settings, ...plan.change }, changed: true };
}

export type PutBack =
  | { readonly done: true; readonly settings: HostSettings; readonly changed: boolean; readonly text: string }
  | { readonly done: false; readonly text: string };

/** Puts back what the note says, where what is in force now is ours. The updater's files follow within `renderingTime`. */
export async function putBack(session: Session, note: RestoreNote): Promise<PutBack> {
  const held = await requireSettings(session);
  if ('result' in held) return { done: false, text: held.result.message };
  const { settings } = held;
  const { change, foreign } = planRestore(settings, note);
  const left = foreign.map((name) => `${name} is ${String(settings[name])} by somebody else and stays`);
  if (Object.keys(change).length === 0)
    return { done: true, settings, changed: false, text: left.join('; ') };
  session.context.log(`settings: back to ${JSON.stringify(change)}`);
  const reply = await patiently(session, () => session.api.writeSettings(change));
  if (reply.kind !== 'Accepted')
    return { done: false, text: `the host refused (${reply.status}: ${reply.text})` };
  const back = settingNames.flatMap((name) =>
    change[name] === undefined ? [] : [`${name} is ${String(change[name])} again`],
  );
  return {
    done: true,
    settings: { ...settings, ...change },
    changed: true,
    text: [...back, ...left].join('; '),
  };
}

function notWritten(reply: Exclude<SettingsWrite, { kind: 'Accepted' }>): TaskResult {
  const text = `${reply.status}: ${reply.text}`;
  if (reply.kind === 'NotApplied')
    return {
      outcome: 'Retry',
      reason: 'SettingsNotApplied',
      message: `The host took its new update settings and could not put them in force (${text}).`,
    };
  if (reply.status >= 500) return locked('changed', reply);
  return {
    outcome: 'Failed',
    reason: 'SettingsRefused',
    message: `The host refused its new update settings (${text}).`,
  };
}

/** A host that is locked down refuses for good, and is updated to what it chooses for itself all the same. */
function locked(
  what: 'read' | 'changed',
  { status, text }: { readonly status: number; readonly text: string },
): TaskResult {
  return {
    outcome: 'Unsupported',
    reason: 'SettingsLocked',
    message: `The host's update settings cannot be ${what} (${status}: ${text}), as where a host is locked down: an exact version and ignoring waves are impossible on it, Latest is not.`,
  };
}

const say = (settings: HostSettings): string =>
  settingNames.map((name) => `${name} ${String(settings[name])}`).join(', ');

function retry(reason: BottlerocketReason, message: string): { readonly result: TaskResult } {
  return { result: { outcome: 'Retry', reason, message } };
}
