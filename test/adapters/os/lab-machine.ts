/** A simulated host without a kubelet: boots when it is told to, in a folder of its own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from '../../lab/hosts/create-host.ts';
import { hostDescription, type SimulatedHost } from '../../lab/hosts/host.ts';

export interface LabMachine {
  readonly host: SimulatedHost;
  readonly root: string;
  readonly bootID: () => string;
  /** Reboots that the host asked for and that were not carried out yet. */
  readonly wantsReboot: () => boolean;
  /** Carries the reboot out. */
  readonly boot: () => Promise<void>;
  /** Puts other parts of the description in force while the host runs. */
  readonly change: (parts: Readonly<Record<string, unknown>>) => void;
  readonly close: () => Promise<void>;
}

export async function startLabMachine(
  parts: Readonly<Record<string, unknown>>,
  options: { readonly hostTool?: string } = {},
): Promise<LabMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'));
  const root = join(folder, 'root');
  let bootID: string = randomUUID();
  let wanted = false;
  let description = hostDescription.parse(parts);
  const host = createHost(
    description,
    {
      nodeName: 'n1',
      root,
      bootID: () => bootID,
      reboot: () => {
        wanted = true;
      },
      log: () => undefined,
    },
    options,
  );
  await host.start();
  return {
    host,
    root,
    bootID: () => bootID,
    wantsReboot: () => wanted,
    boot: async () => {
      wanted = false;
      bootID = randomUUID();
      await host.booting();
    },
    change: (more) => {
      description = hostDescription.parse({ ...description, ...more });
      host.update(description);
    },
    close: async () => {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
