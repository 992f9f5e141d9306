/** What is asked of update_engine and of systemd, each by the host's own program. */
import type { TaskContext } from '../../../ports/node-tasks.ts';
import { type EngineStatus, parseLines, parseStatus } from './engine-status.ts';
import { errorText } from './host-command.ts';
import type { CosHost } from './host.ts';
import { parseUnit, type Unit, unitName, unitProperties } from './unit.ts';

const client = '/usr/bin/update_engine_client';
const systemctl = '/usr/bin/systemctl';
const journalctl = '/usr/bin/journalctl';

/** Milliseconds: with the daemon down the program itself would try for a minute. */
const quick = 15_000;
const slow = 30_000;

export type Told<Value> =
  { readonly kind: 'Told'; readonly value: Value } | { readonly kind: 'Silent'; readonly text: string };

export async function readUnit(host: CosHost): Promise<Told<Unit>> {
  const output = await host.command.run(systemctl, ['show', unitName, '-p', unitProperties], quick);
  const unit = output.kind === 'NotStarted' ? undefined : parseUnit(output.stdout);
  return unit === undefined ? { kind: 'Silent', text: errorText(output) } : { kind: 'Told', value: unit };
}

export async function readStatus(host: CosHost, within = quick): Promise<Told<EngineStatus>> {
  const output = await host.command.run(client, ['--status'], Math.min(quick, within));
  const status = output.kind === 'NotStarted' ? undefined : parseStatus(output.stdout);
  return status === undefined ? { kind: 'Silent', text: errorText(output) } : { kind: 'Told', value: status };
}

/** Asks for a check, which applies what it finds. Only a daemon that could not be reached is told; a refusal shows in the status. */
export async function requestCheck(host: CosHost): Promise<Told<true>> {
  const output = await host.command.run(client, ['--check_for_update'], quick);
  if (output.kind === 'Exited' && output.code === 0) return { kind: 'Told', value: true };
  return { kind: 'Silent', text: errorText(output) };
}

/** Takes back what is staged. Its exit code is worth nothing: only the status tells. Answers what the program said where that was no success. */
export async function resetStatus(host: CosHost): Promise<string | undefined> {
  const output = await host.command.run(client, ['--reset_status'], quick);
  return output.kind === 'Exited' && output.code === 0 ? undefined : errorText(output);
}

/** The error of the last attempt, for a client whose status does not show it; undefined where it does not tell. */
export async function readLastError(host: CosHost): Promise<string | undefined> {
  const output = await host.command.run(client, ['--last_attempt_error'], quick);
  if (output.kind === 'NotStarted') return undefined;
  const values = parseLines(output.stdout);
  return values.get('ERROR_MESSAGE') ?? values.get('ERROR_CODE');
}

/** Answers success also when the unit's conditions do not hold: only its state tells. */
export async function startUnit(host: CosHost): Promise<string | undefined> {
  const output = await host.command.run(systemctl, ['start', unitName], slow);
  return output.kind === 'Exited' && output.code === 0 ? undefined : errorText(output);
}

export async function readJournal(host: CosHost): Promise<string> {
  const output = await host.command.run(
    journalctl,
    ['-u', unitName, '-n', '20', '-o', 'cat', '--no-pager'],
    quick,
  );
  if (output.kind === 'NotStarted') return output.text;
  return (output.stdout.trim() === '' ? output.stderr : output.stdout).trim().slice(-1200);
}

/** Undefined where the reboot was accepted, or may have been: a program that was ended says nothing about the machine. */
export async function requestReboot(host: CosHost, context: TaskContext): Promise<string | undefined> {
  const output = await host.command.run(systemctl, ['reboot'], slow);
  if (output.kind === 'NotStarted') return errorText(output);
  if (output.kind === 'Killed' || output.code === 0) return undefined;
  // It also fails when it loses its connection to a systemd that is going down.
  return (await staysUp(host, context)) ? errorText(output) : undefined;
}

/** States of a systemd that is not going down. Any other word, or none, may come from one that is. */
const upStates = new Set(['initializing', 'starting', 'running', 'degraded', 'maintenance']);

/** Milliseconds: logind lets others put an accepted reboot off for 5 s, and says nothing of it here meanwhile. */
const mostDelay = 6000;

/** Whether the host says, for longer than it puts a reboot off, that it is not going down. */
async function staysUp(host: CosHost, { clock, sleep, signal }: TaskContext): Promise<boolean> {
  const until = clock.monotonic() + mostDelay;
  const heedless = new AbortController().signal;
  for (;;) {
    const output = await host.command.run(systemctl, ['is-system-running'], quick);
    const state = output.kind === 'Exited' ? output.stdout.trim() : '';
    // To be told to stop now is what a task sees of a machine that goes down.
    if (!upStates.has(state) || signal.aborted) return false;
    if (clock.monotonic() >= until) return true;
    await sleep(1000, heedless);
  }
}
