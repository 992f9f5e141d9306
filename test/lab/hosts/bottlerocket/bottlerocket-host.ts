/** A machine with Bottlerocket on it: two banks, settings, and the API server on `/run/api.sock`. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDeferredWork } from '../deferred-work.ts';
import type { HostDescription, Machine, SimulatedHost } from '../host.ts';
import { createRebootCalls, fallbackLimit } from '../reboot-calls.ts';
import { changedFaults, createStrikes } from '../strikes.ts';
import { failure, noContent, type Answer } from './answer.ts';
import { createBanks } from './banks.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { bottlerocketFaults, type UpdateCommand } from './faults.ts';
import { createForeignLock } from './foreign-lock.ts';
import { prettyName } from './os-endpoint.ts';
import { createRepository } from './repository.ts';
import { createRoutes } from './routes.ts';
import { createServerProcess } from './server-process.ts';
import { createSettingsState } from './settings-state.ts';
import { createTimestamps } from './timestamps.ts';
import { runUpdog, type UpdogRun } from './updog.ts';
import { writeRelease } from './release-files.ts';
import type { UpdateImage } from './update-status.ts';

const kernelVersion = '6.1.112';
const containerRuntimeVersion = 'containerd://2.1.4+bottlerocket';
const defaultVariant = 'aws-k8s-1.33';
const idleCloseMs = 4900;

/** It and its `update` throw ZodError for a fault that does not exist. `now` in milliseconds since the epoch. */
export function createBottlerocketHost(
  first: HostDescription,
  machine: Machine,
  now: () => number,
): SimulatedHost {
  let description = first;
  let faults = bottlerocketFaults.parse(first.faults);
  const variant = first.variant ?? defaultVariant;
  const arch = first.architecture === 'arm64' ? 'aarch64' : 'x86_64';
  const image = (version: string): UpdateImage => ({ arch, version, variant });
  const banks = createBanks(first.version);
  const strikes = createStrikes();
  const timestamps = createTimestamps(now);
  const rebootCalls = createRebootCalls(machine, now);
  const foreignLock = createForeignLock(now);
  const settings = createSettingsState({
    nodeName: machine.nodeName,
    variant,
    arch,
    faults: () => faults,
    now,
  });
  const socket = join(machine.root, 'run/api.sock');
  let work = createDeferredWork((line) => machine.log(line));

  const run = (command: UpdateCommand): UpdogRun => {
    const running = banks.running();
    const view = settings.rendered();
    const repository = createRepository({ offers: description.offers, running, faults, now: now() });
    const address = { ...settings.address(), seed: view.seed, running, variant, arch };
    return runUpdog(command, {
      repository,
      address,
      view,
      banks,
      faults,
      strikes,
      timings: description.timings,
    });
  };
  const choose = (list: readonly string[]): string | null | undefined => {
    const running = banks.running();
    const lock = settings.lockForDispatcher(running);
    if (lock === undefined) return undefined;
    const repository = createRepository({ offers: description.offers, running, faults, now: now() });
    return repository.pick(list, running, lock) ?? null;
  };
  /** Another client of the same API, acting behind the first one's back. */
  const finished = (command: UpdateCommand): void => {
    const other = faults.otherClient;
    if (other?.after !== command || !strikes.strike('otherClient', other.times)) return;
    if (other.does === 'commitDefault') {
      settings.datastore.commit('default');
      settings.render(work);
    } else {
      machine.log(`another client: ${other.does} gives ${dispatcher.action(other.does).status}`);
    }
  };
  const reboot = (): Answer => {
    if (faults.rebootCommandMissing === true)
      return failure(500, 'Unable to start shutdown: No such file or directory (os error 2)');
    const outcome = rebootCalls.call(faults);
    if (outcome.kind === 'Refused') {
      const text = outcome.text === '' ? '' : `${outcome.text}\n`;
      return failure(500, `Failed to reboot, exit code: ${outcome.exitCode}, stderr: ${text}`);
    }
    // The server goes down with the machine; `booting` brings it back.
    if (outcome.downInMs !== undefined)
      work.after(outcome.downInMs, () => background('server stop', () => server.stop('Stop')));
    if (outcome.kind === 'HangUp') return { ...noContent, hangUp: true };
    return faults.rebootCallMs === undefined ? noContent : { ...noContent, stallMs: faults.rebootCallMs };
  };
  const newDispatcher = (): Dispatcher =>
    createDispatcher({
      faults: () => faults,
      strikes,
      work,
      image,
      running: () => banks.running(),
      run,
      choose,
      timestamp: () => timestamps(),
      foreignLock: () => foreignLock.held(),
      finished,
    });
  let dispatcher = newDispatcher();
  const handler = () =>
    createRoutes({
      dispatcher,
      datastore: settings.datastore,
      live: () => settings.live(),
      faults: () => faults,
      render: () => settings.render(work),
      runningImage: () => image(banks.running()),
      reboot,
    });
  let handle = handler();
  const server = createServerProcess({
    path: socket,
    idleCloseMs: faults.idleCloseMs ?? idleCloseMs,
    handle: (request) => handle(request),
    log: (line) => machine.log(line),
  });
  const background = (what: string, job: () => Promise<void>): void => {
    job().catch((error: unknown) => machine.log(`${what} failed: ${String(error)}`));
  };
  const restart = (): void => {
    const wanted = faults.serverRestart;
    if (wanted === undefined) return;
    work.after(wanted.afterMs, () => {
      if (wanted.endsCommands) dispatcher.endCommands();
      background('server stop', () => server.stop(wanted.how));
      work.after(wanted.downMs, () => background('server start', () => server.start()));
    });
  };
  const block = async (blocked: boolean): Promise<void> => {
    if (blocked) await server.stop('Stop');
    await server.block(blocked);
    await server.start();
  };
  const come = async (): Promise<void> => {
    await rm(join(machine.root, 'run'), { recursive: true, force: true });
    await mkdir(join(machine.root, 'run'), { recursive: true });
    await writeRelease(machine, image(banks.running()));
    settings.booted(now());
    if (faults.socketIsDirectory === true) await server.block(true);
    await server.start();
  };

  return {
    async start() {
      foreignLock.set(faults);
      await come();
      restart();
    },
    update(next) {
      const wanted = bottlerocketFaults.parse(next.faults);
      const changed = changedFaults(faults, wanted);
      description = next;
      faults = wanted;
      for (const name of changed) strikes.reset(name);
      if (changed.includes('lockHeld') || changed.includes('lockHeldMs')) foreignLock.set(faults);
      if (changed.includes('serverRestart')) restart();
      if (changed.includes('socketIsDirectory'))
        background('socket folder', () => block(faults.socketIsDirectory === true));
    },
    async booting() {
      work.forget();
      await server.stop('Stop');
      banks.boot(() => strikes.strike('bootFallsBack', fallbackLimit(faults)));
      work = createDeferredWork((line) => machine.log(line));
      dispatcher = newDispatcher();
      handle = handler();
      await come();
    },
    identity: () => ({
      osImage: prettyName(image(banks.running()), first.brand),
      kernelVersion,
      containerRuntimeVersion,
      architecture: first.architecture,
    }),
    rebootCalls: () => rebootCalls.list(),
    async stop() {
      work.forget();
      await server.end();
    },
  };
}
