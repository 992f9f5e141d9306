/** Inspect: what runs and what is staged. Never a check: a check installs what it finds. */
import type { TaskResult } from '../reasons.ts';
import { stagedBuild } from '../build-id.ts';
import { judgeOperation, tellProgress } from '../decide-engine.ts';
import { runs } from '../decide-host.ts';
import { engineError } from '../engine-error.ts';
import type { EngineStatus } from '../engine-status.ts';
import { whyUnwanted } from '../veto.ts';
import { type CosSession, look, readStatusPatiently, silent } from './look.ts';

export async function inspect(session: CosSession): Promise<TaskResult> {
  const { identity, facts, refusal } = await look(session);
  if (refusal !== undefined) return { ...identity, ...refusal };
  const running = identity.version ?? '';
  if (!runs(facts.unit)) {
    return {
      ...identity,
      outcome: 'Done',
      message: `Runs ${running}; update-engine.service is stopped, a Stage will start it.`,
    };
  }
  const told = await readStatusPatiently(session);
  return { ...identity, ...(told.kind === 'Told' ? judge(told.value, running) : silent(told.text)) };
}

function judge(status: EngineStatus, running: string): TaskResult {
  const verdict = judgeOperation(status.operation);
  switch (verdict.kind) {
    case 'NeedsReboot': {
      const staged = stagedBuild(status.newVersion, running);
      const unwanted = whyUnwanted(staged, running);
      return {
        outcome: 'Done',
        reason: 'RebootRequired',
        staged,
        message: `Runs ${running}; ${staged} is staged, ${unwanted === undefined ? '' : `${unwanted}; `}any reboot enters it.`,
      };
    }
    case 'Working':
      return {
        outcome: 'Done',
        reason: 'InProgress',
        message: `update_engine is at work by itself (${tellProgress(status)}).`,
      };
    case 'Odd':
      return {
        outcome: verdict.outcome,
        reason: verdict.reason,
        message: withError(verdict.message, status),
      };
    case 'Idle':
      return { outcome: 'Done', message: withError(`Runs ${running}; nothing is staged.`, status) };
  }
}

function withError(text: string, status: EngineStatus): string {
  const error = engineError(status.lastError);
  return error === undefined ? text : `${text} Its last attempt failed: ${error}.`;
}
