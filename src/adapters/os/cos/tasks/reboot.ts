/** Reboot: only into what update_engine has staged. There is nothing to take back: a refused reboot leaves it staged. */
import type { TaskResult } from '../reasons.ts';
import { awaitReboot } from '../../linger.ts';
import { compareBuilds, isNumbered, stagedBuild } from '../build-id.ts';
import { judgeOperation } from '../decide-engine.ts';
import { readStatus, requestReboot } from '../engine.ts';
import { whyUnwanted } from '../veto.ts';
import { type CosSession, look, silent } from './look.ts';

export async function reboot(session: CosSession): Promise<TaskResult> {
  const { host, context } = session;
  const { identity, facts } = await look(session);
  if ('unknown' in facts.unit) {
    // A systemctl that tells nothing would do nothing either, and say so with success.
    return {
      ...identity,
      outcome: 'Failed',
      reason: 'NoUnitState',
      message: `systemctl does not work from here: ${facts.unit.unknown}`,
    };
  }
  const told = await readStatus(host);
  if (told.kind === 'Silent') return { ...identity, ...silent(told.text) };
  const { operation, newVersion } = told.value;
  const staged = stagedBuild(newVersion, identity.version ?? '');
  if (judgeOperation(operation).kind !== 'NeedsReboot') {
    return {
      ...identity,
      outcome: 'Failed',
      reason: 'NotStaged',
      message: `Nothing is staged: update_engine says ${operation.slice(0, 80)}.`,
    };
  }
  const { target } = context.request;
  if (
    target !== undefined &&
    isNumbered(target) &&
    isNumbered(staged) &&
    compareBuilds(target, staged) !== 0
  ) {
    return {
      ...identity,
      staged,
      outcome: 'Failed',
      reason: 'NotStaged',
      message: `${target} is not staged: ${staged} is.`,
    };
  }
  const unwanted = whyUnwanted(staged, identity.version ?? '');
  if (unwanted !== undefined) {
    return {
      ...identity,
      staged,
      outcome: 'Failed',
      reason: 'NotStaged',
      message: `${staged} is staged, ${unwanted}: nothing newer is.`,
    };
  }

  if (context.signal.aborted) {
    return {
      ...identity,
      staged,
      outcome: 'Retry',
      reason: 'Terminated',
      message: stays('The task was told to stop before the reboot.', staged),
    };
  }
  const refusal = await context.checkOrder();
  if (refusal !== undefined)
    return { ...identity, staged, ...refusal, message: stays(refusal.message, staged) };
  const failure = await requestReboot(host, context);
  if (failure !== undefined) {
    return {
      ...identity,
      staged,
      outcome: 'Failed',
      reason: 'RebootRefused',
      message: stays(`The host refused to reboot (${failure}).`, staged),
    };
  }
  return awaitReboot(context, { ...identity, staged, message: `Reboot into ${staged} accepted.` });
}

function stays(text: string, staged: string): string {
  return `${text} ${staged} stays staged: any reboot enters it.`;
}
