/** Stage: what update_engine finds is on the other slot, and any reboot enters it. */
import { boundedWait } from '../../../../api/task.ts';
import type { TaskResult } from '../reasons.ts';
import { runs } from '../decide-host.ts';
import {
  advance,
  afterVeto,
  beginWatch,
  decideStage,
  isOver,
  isUnexplained,
  silentCheck,
  type Watch,
} from '../decide-stage.ts';
import { endOfMilestone } from '../milestones.ts';
import { readJournal, readLastError, readUnit, requestCheck, resetStatus, startUnit } from '../engine.ts';
import { isRunning } from '../unit.ts';
import { type CosSession, type Identity, look, readStatusPatiently, silent } from './look.ts';

/** systemd says "started" also when nothing started: milliseconds until the daemon must show. */
const startPatience = 10_000;

export async function stage(session: CosSession): Promise<TaskResult> {
  const { identity, facts, refusal } = await look(session);
  if (refusal !== undefined) return { ...identity, ...refusal };
  if (!runs(facts.unit)) {
    const failure = await startEngine(session);
    if (failure !== undefined) return { ...identity, ...failure };
  }
  return { ...identity, ...(await watchEngine(session, identity)) };
}

async function startEngine({ host, context }: CosSession): Promise<TaskResult | undefined> {
  context.log('Starting update-engine.service');
  const failure = await startUnit(host);
  const until = context.clock.monotonic() + startPatience;
  for (;;) {
    const told = await readUnit(host);
    if (told.kind === 'Told' && isRunning(told.value)) return undefined;
    if (failure !== undefined || context.clock.monotonic() >= until) {
      const text = failure ?? 'systemctl said that it started, and it does not run';
      return {
        outcome: 'Retry',
        reason: 'UpdateEngineNotStarted',
        message: `update-engine.service could not be started: ${text}.`,
      };
    }
    await context.sleep(500);
  }
}

async function watchEngine(
  session: CosSession,
  { version: running = '', variant }: Identity,
): Promise<TaskResult> {
  const { host, context, options } = session;
  const workUntil = context.clock.monotonic() + boundedWait(context.request, Number.POSITIVE_INFINITY, 0.9);
  const first = await readStatusPatiently(session);
  if (first.kind === 'Silent') return silent(first.text);
  let watch = beginWatch(
    first.value,
    running,
    options.checkForUpdate,
    context.clock.monotonic(),
    { silentAfter: boundedWait(context.request, silentCheck, 0.4), workUntil },
    options.allow,
  );
  for (let delay = 500; ; delay = Math.min(5000, delay * 1.3)) {
    watch = await withError(session, watch);
    const decision = decideStage(watch);
    if (typeof decision === 'object') return withVeto(watch, withEnd(decision, variant));
    if (decision === 'Veto') {
      context.log(`Taking back ${watch.version ?? ''}, which is staged`);
      const text = await resetStatus(host);
      const after = await readStatusPatiently(session);
      if (after.kind === 'Silent') return silent(after.text);
      watch = afterVeto(watch, after.value, text, context.clock.monotonic());
      continue;
    }
    if (decision === 'Ask') {
      context.log('Asking update_engine to check');
      const asked = await requestCheck(host);
      if (asked.kind === 'Silent') return silent(asked.text);
      watch = { ...watch, askedAt: context.clock.monotonic() };
    }
    const left = workUntil - context.clock.monotonic();
    await context.sleep(left > 0 ? Math.min(delay, left) : delay);
    const told = await readStatusPatiently(session);
    if (told.kind === 'Silent') return silent(told.text);
    if (told.value.operation !== watch.status.operation) context.log(told.value.operation);
    watch = advance(watch, told.value, context.clock.monotonic());
  }
}

/** However often one checks, nothing comes from beyond the milestone. */
function withEnd(result: TaskResult, variant: string | undefined): TaskResult {
  const end = result.reason === 'UpToDate' ? endOfMilestone(variant) : undefined;
  if (end === undefined) return result;
  return { ...result, message: `${result.message} ${end.charAt(0).toUpperCase()}${end.slice(1)}.` };
}

/** What was taken back is told with whatever came of it. */
function withVeto({ veto }: Watch, result: TaskResult): TaskResult {
  if (veto === undefined || veto.unwanted.reason !== undefined || result.reason === 'VetoRefused')
    return result;
  return {
    ...result,
    message: `${result.message} ${veto.build} was staged, ${veto.unwanted.why}, and was taken back.`,
  };
}

/** Where the status does not explain how the attempt ended, something else may: older forms of it do not show the error. */
async function withError({ host }: CosSession, watch: Watch): Promise<Watch> {
  if (!isOver(watch)) return watch;
  const told = { ...watch, lastError: watch.status.lastError ?? (await readLastError(host)) };
  return isUnexplained(told) ? { ...told, journal: await readJournal(host) } : told;
}
