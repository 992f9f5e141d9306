/** The first look at a host: who it is, and whether it can be updated at all. */
import { boundedWait } from '../../../../api/task.ts';
import type { TaskContext } from '../../../../ports/node-tasks.ts';
import type { TaskResult } from '../reasons.ts';
import { type HostFacts, judgeHost } from '../decide-host.ts';
import { readJournal, readStatus, readUnit, type Told } from '../engine.ts';
import type { EngineStatus } from '../engine-status.ts';
import type { CosHost } from '../host.ts';
import type { CosOptions } from '../options.ts';
import { parseRelease } from '../release-file.ts';

export interface CosSession {
  readonly context: TaskContext;
  readonly host: CosHost;
  readonly options: CosOptions;
}

export type Identity = Pick<TaskResult, 'version' | 'variant'>;

export interface Look {
  readonly identity: Identity;
  readonly facts: HostFacts;
  /** Set where the host cannot be updated now. */
  readonly refusal: TaskResult | undefined;
}

export async function look({ host, options }: CosSession): Promise<Look> {
  const release = parseRelease(
    (await host.readText('etc/os-release')) ?? (await host.readText('usr/lib/os-release')) ?? '',
  );
  const told = await readUnit(host);
  const unit = told.kind === 'Told' ? told.value : { unknown: told.text };
  const facts: HostFacts = {
    release,
    secureBootMark: await host.exists('mnt/stateful_partition/.secure_boot'),
    kernelCommandLine: (await host.readText('proc/cmdline')) ?? '',
    unit,
    journal: 'active' in unit && unit.active === 'failed' ? await readJournal(host) : '',
    startUpdateEngine: options.startUpdateEngine,
  };
  const identity: Identity = {
    ...(release.build === undefined ? {} : { version: release.build }),
    ...(release.milestone === undefined ? {} : { variant: `cos-${release.milestone}` }),
  };
  return { identity, facts, refusal: judgeHost(facts) };
}

/** Milliseconds: the daemon may just be starting again. */
const startTime = 60_000;

/** The status, asked for until there is one or its time is up; each asking has the time to tell why there is none. */
export async function readStatusPatiently({ host, context }: CosSession): Promise<Told<EngineStatus>> {
  const time = boundedWait(context.request, startTime, 0.4);
  const pause = time / 12;
  const until = context.clock.monotonic() + time;
  for (;;) {
    const told = await readStatus(host, Math.ceil(until - context.clock.monotonic()));
    if (told.kind === 'Told' || until - context.clock.monotonic() < pause + time / 4) return told;
    context.log(`update_engine does not answer (${told.text}); asking again`);
    await context.sleep(pause);
  }
}

export function silent(text: string): TaskResult {
  return {
    outcome: 'Retry',
    reason: 'UpdateEngineSilent',
    message: `update_engine does not answer: ${text}`,
  };
}
