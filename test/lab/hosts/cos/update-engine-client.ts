/** The program `update_engine_client`: what each flag prints and the exit code it ends with. */
import type { DeferredWork } from '../deferred-work.ts';
import { errorName } from './error-codes.ts';
import type { CosFaults } from './faults.ts';
import { parseFlags, type BooleanFlag, type Flags } from './flags.ts';
import type { Slots } from './slots.ts';
import { statusOutput } from './status-output.ts';
import { exits, hangs, type ToolResult } from './tool-result.ts';
import type { UpdateEngine } from './update-engine.ts';

/** How long `--status` waits for a daemon that is down. */
const daemonWaitMs = 60_000;
const pollMs = 50;
const exclusive: readonly BooleanFlag[] = [
  'follow',
  'watch_for_updates',
  'reboot',
  'status',
  'is_reboot_needed',
  'block_until_reboot_is_needed',
];
const noDaemon = 'Error calling update_engine: org.freedesktop.DBus.Error.ServiceUnknown\n';

export interface ClientWorld {
  faults(): CosFaults;
  engine(): UpdateEngine | undefined;
  readonly slots: Slots;
  work(): DeferredWork;
  reboot(): ToolResult;
}

export async function updateEngineClient(args: readonly string[], world: ClientWorld): Promise<ToolResult> {
  const faults = world.faults();
  if (args.length === 0) return exits(1, { stderr: 'Nothing to do. Run with --help for help.\n' });
  const flags = parseFlags(args, faults.statusForm ?? 'New');
  if ('exitCode' in flags) return exits(flags.exitCode, { stderr: flags.stderr });
  if (exclusive.filter((flag) => flags.on(flag)).length > 1)
    return exits(1, { stderr: 'Multiple exclusive options selected.\n' });
  const result = await carryOut(flags, world);
  return faults.exitCodesLie === true ? { ...result, exitCode: 0 } : result;
}

async function carryOut(flags: Flags, world: ClientWorld): Promise<ToolResult> {
  if (flags.on('status')) return status(world);
  const engine = world.engine();
  if (engine === undefined) return withoutDaemon(flags);
  if (flags.text('channel') !== undefined) return exits(0, { stderr: 'Channel permanently set.\n' });
  if (flags.on('show_channel')) return exits(0, { stderr: 'Current Channel: stable-channel\n' });
  if (flags.on('show_cohort_hint')) return exits(0, { stderr: 'Current cohort hint: \n' });
  if (flags.on('can_rollback')) {
    const possible = engine.canRollback();
    return exits(possible ? 0 : 1, {
      stderr: possible ? 'Rollback available\n' : 'Rollback not available\n',
    });
  }
  if (flags.on('rollback')) return rollback(flags, engine);
  if (flags.on('reset_status')) {
    return engine.resetStatus()
      ? exits(0)
      : exits(1, { stderr: 'Error resetting the update engine status.\n' });
  }
  if (flags.on('check_for_update') || flags.on('update')) return check(flags, engine, world);
  if (flags.on('follow')) return follow(world);
  if (flags.on('watch_for_updates')) return hangs;
  if (flags.on('reboot')) return { ...world.reboot(), exitCode: 0 };
  if (flags.on('prev_version')) return exits(0, { stderr: `${world.slots.passive() ?? ''}\n` });
  if (flags.on('is_reboot_needed')) return exits(needsReboot(engine) ? 0 : 2);
  if (flags.on('block_until_reboot_is_needed')) return block(world);
  return readOnly(flags, engine);
}

async function status(world: ClientWorld): Promise<ToolResult> {
  const faults = world.faults();
  if (faults.statusHangs === true) return hangs;
  const until = performance.now() + (faults.daemonWaitMs ?? daemonWaitMs);
  while (world.engine() === undefined && performance.now() < until) await world.work().pause(pollMs);
  const engine = world.engine();
  if (engine === undefined) return exits(1, { stderr: noDaemon });
  const stdout = statusOutput(engine.status(), faults);
  const log = 'Querying Update Engine status...\n';
  return faults.statusOnStderr === true
    ? exits(0, { stderr: `${log}${stdout}` })
    : exits(0, { stdout, stderr: log });
}

/** Some calls end with 0 although nothing answered them. */
function withoutDaemon(flags: Flags): ToolResult {
  const careless = ['prev_version', 'last_attempt_error', 'eol_status', 'reboot'] as const;
  return exits(careless.some((flag) => flags.on(flag)) ? 0 : 1, { stderr: noDaemon });
}

function rollback(flags: Flags, engine: UpdateEngine): ToolResult {
  if (flags.on('check_for_update') || flags.on('update'))
    return exits(1, { stderr: 'Cannot combine an update with a rollback.\n' });
  return engine.rollback() ? exits(0) : exits(1, { stderr: 'Rollback request failed.\n' });
}

function check(flags: Flags, engine: UpdateEngine, world: ClientWorld): ToolResult | Promise<ToolResult> {
  if (world.faults().checkRefused === true)
    return exits(1, {
      stderr: 'Error calling update_engine: org.chromium.UpdateEngine.Error.Failed\n',
    });
  engine.check({ interactive: flags.on('interactive'), skipApplying: flags.on('skip_applying') });
  const stderr = 'Initiating update check.\n';
  return flags.on('update') || flags.on('follow') ? follow(world) : exits(0, { stderr });
}

/** Ends well at NEED_REBOOT, badly at the first IDLE. */
async function follow(world: ClientWorld): Promise<ToolResult> {
  return waitFor(world, (engine) => {
    if (needsReboot(engine)) return exits(0);
    return engine.status().operation === 'UPDATE_STATUS_IDLE' ? exits(1) : undefined;
  });
}

function block(world: ClientWorld): Promise<ToolResult> {
  return waitFor(world, (engine) => (needsReboot(engine) ? exits(0) : undefined));
}

async function waitFor(
  world: ClientWorld,
  verdict: (engine: UpdateEngine) => ToolResult | undefined,
): Promise<ToolResult> {
  // Bounded by the machine's boot: pausing ends with it.
  for (;;) {
    const engine = world.engine();
    const result = engine === undefined ? exits(1, { stderr: noDaemon }) : verdict(engine);
    if (result !== undefined) return result;
    await world.work().pause(pollMs);
  }
}

function readOnly(flags: Flags, engine: UpdateEngine): ToolResult {
  if (flags.on('last_attempt_error')) {
    const code = engine.status().lastError;
    return exits(0, { stdout: `ERROR_CODE=${code}\nERROR_MESSAGE=${errorName(code)}\n` });
  }
  if (flags.on('eol_status')) return exits(0, { stdout: 'EOL_DATE=-9999\n' });
  if (flags.text('is_feature_enabled') !== undefined) return exits(0, { stdout: 'false\n' });
  return exits(0);
}

function needsReboot(engine: UpdateEngine): boolean {
  return engine.status().operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
}
