/** A machine for the tests of the simulated hosts: a folder, a boot id, and reboots that do nothing but boot the host. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine, SimulatedHost } from '../lab/hosts/host.ts';

/** How long the fake machine stays down. */
const downMs = 150;

export interface FakeMachine extends Machine {
  /** Lines the host logged. */
  readonly lines: readonly string[];
  /** Delays of the reboots it was asked for. */
  readonly reboots: readonly number[];
  /** From now on a reboot boots this host. */
  carry(host: SimulatedHost): void;
  /** Boots the carried host at once, as after a power cut. */
  powerCycle(): Promise<void>;
  remove(): Promise<void>;
}

export async function createFakeMachine(nodeName = 'n1'): Promise<FakeMachine> {
  const root = await mkdtemp(join(tmpdir(), 'lab-host-'));
  const lines: string[] = [];
  const reboots: number[] = [];
  let boots = 1;
  let host: SimulatedHost | undefined;
  let timer: NodeJS.Timeout | undefined;
  const boot = async (): Promise<void> => {
    boots += 1;
    await host?.booting();
  };
  return {
    nodeName,
    root,
    lines,
    reboots,
    bootID: () => `boot-${boots}`,
    reboot({ delayMs }) {
      reboots.push(delayMs);
      timer ??= setTimeout(() => {
        timer = undefined;
        boot().catch((error: unknown) => lines.push(`boot failed: ${String(error)}`));
      }, delayMs + downMs);
    },
    log: (line) => void lines.push(line),
    carry: (carried) => {
      host = carried;
    },
    powerCycle: boot,
    async remove() {
      clearTimeout(timer);
      await host?.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
