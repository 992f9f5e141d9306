/** A machine with Container-Optimized OS on it: a root folder whose tools ask here what to do. */
import { join } from 'node:path';
import { createDeferredWork } from '../deferred-work.ts';
import type { HostDescription, Machine, SimulatedHost } from '../host.ts';
import { createRebootCalls, fallbackLimit } from '../reboot-calls.ts';
import { changedFaults, createStrikes } from '../strikes.ts';
import { cosFaults } from './faults.ts';
import { openHostToolServer, type HostToolServer, type ToolCall } from './host-tool-server.ts';
import { createJournal } from './journal.ts';
import { installTools, writeChangeable, writeRoot } from './root-folder.ts';
import { createSlots } from './slots.ts';
import { systemctl } from './systemctl.ts';
import { exits, hangs, type ToolResult } from './tool-result.ts';
import { createUpdateEngine } from './update-engine.ts';
import { updateEngineClient } from './update-engine-client.ts';
import { createUpdateEngineUnit } from './update-engine-unit.ts';

const kernelVersion = '6.6.72+';
const containerRuntimeVersion = 'containerd://2.0.5';
/** Without a version: the build is only in the root folder. */
const osImage = 'Container-Optimized OS from Google';

/** Faults that change what the unit does, and what files of the root say. */
const ofUnit = ['unit', 'secureBoot', 'cmdlineMask'] as const;
const ofRoot = [...ofUnit, 'releaseFile', 'osReleaseQuotes'] as const;

/**
 * It and its `update` throw ZodError for a fault that does not exist; Error without a host tool.
 * `now` in milliseconds since the epoch.
 */
export function createCosHost(
  first: HostDescription,
  machine: Machine,
  now: () => number,
  hostTool: string | undefined,
): SimulatedHost {
  if (hostTool === undefined) throw new Error('A COS host needs the program that stands for its tools');
  let description = first;
  let faults = cosFaults.parse(first.faults);
  const slots = createSlots(first.version);
  const strikes = createStrikes();
  const rebootCalls = createRebootCalls(machine, now);
  const log = (line: string): void => machine.log(line);
  let journal = createJournal(machine.nodeName, now);
  let work = createDeferredWork(log);
  let server: HostToolServer | undefined;

  const unit = createUpdateEngineUnit({
    faults: () => faults,
    work: () => work,
    newEngine: () =>
      createUpdateEngine({
        faults: () => faults,
        offers: () => description.offers,
        timings: () => description.timings,
        slots,
        strikes,
        work,
        now,
        log: (line) => journal.write(line),
        died: () => unit.died(),
      }),
  });
  const reboot = (): ToolResult => {
    const outcome = rebootCalls.call(faults);
    if (outcome.kind === 'Refused') return exits(outcome.exitCode, { stderr: `${outcome.text}\n` });
    if (faults.rebootExitLies === true)
      return exits(1, { stderr: 'Warning! D-Bus connection terminated.\n' });
    return outcome.kind === 'HangUp' ? hangs : exits(0);
  };
  /** While others put the reboot off, systemd does not know of it. */
  const goesDown = (): boolean =>
    faults.rebootIgnored !== true &&
    rebootCalls
      .list()
      .some(
        ({ at, bootID }) =>
          bootID === machine.bootID() && now() >= Date.parse(at) + (faults.rebootDelayMs ?? 0),
      );
  const run = async ({ argv: [tool = '', ...args], env, inChroot }: ToolCall): Promise<ToolResult> => {
    switch (tool) {
      case 'update_engine_client':
        return updateEngineClient(args, {
          faults: () => faults,
          engine: () => unit.engine(),
          slots,
          work: () => work,
          reboot,
        });
      case 'systemctl':
        return systemctl(args, {
          faults: () => faults,
          unit,
          reboot,
          goesDown,
          inChroot,
          ignoresChroot: env['SYSTEMD_IGNORE_CHROOT'] === '1',
        });
      case 'journalctl':
        return journal.journalctl(args);
      default:
        return exits(127, { stderr: `${tool}: not a tool of this host\n` });
    }
  };
  /** update_engine checks by itself from time to time. */
  const checkByItself = (): void => {
    if (faults.selfUpdateMs === undefined) return;
    work.after(faults.selfUpdateMs, () => unit.engine()?.check({ interactive: false, skipApplying: false }));
  };
  const come = async (): Promise<void> => {
    await writeRoot(machine.root, {
      build: slots.running(),
      bootID: machine.bootID(),
      architecture: first.architecture,
      faults,
    });
    journal.write('Starting update_engine');
    unit.stop();
    unit.settle();
    server = await openHostToolServer({ path: join(machine.root, 'run/lab/host.sock'), run, log });
    checkByItself();
  };

  return {
    async start() {
      await installTools(machine.root, hostTool);
      await come();
    },
    update(next) {
      const wanted = cosFaults.parse(next.faults);
      const changed = changedFaults(faults, wanted);
      description = next;
      faults = wanted;
      for (const name of changed) strikes.reset(name);
      if (changed.includes('selfUpdateMs')) checkByItself();
      if (ofUnit.some((name) => changed.includes(name))) unit.settle();
      if (!ofRoot.some((name) => changed.includes(name))) return;
      writeChangeable(machine.root, { build: slots.running(), faults }).catch((error: unknown) => {
        log(`root folder not changed: ${String(error)}`);
      });
    },
    async booting() {
      work.forget();
      await server?.close();
      work = createDeferredWork(log);
      journal = createJournal(machine.nodeName, now);
      slots.boot(() => strikes.strike('bootFallsBack', fallbackLimit(faults)));
      await come();
    },
    identity: () => ({
      osImage,
      kernelVersion,
      containerRuntimeVersion,
      architecture: first.architecture,
    }),
    rebootCalls: () => rebootCalls.list(),
    async stop() {
      work.forget();
      await server?.close();
    },
  };
}
