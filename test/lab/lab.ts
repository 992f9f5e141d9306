/** A local cluster that is real but for its machines: control plane, kubelets, and simulated hosts under them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ApiClient } from './api/api-client.ts';
import { writeLabFacts } from './attach.ts';
import { ensurePrograms } from './build/ensure-programs.ts';
import type { Programs } from './build/programs.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import type { LabMachine } from './machine.ts';
import { startFleet } from './machine/fleet.ts';
import type { ImageRootfs } from './machine/machine-files.ts';
import { readNode, readiness } from './machine/node-object.ts';
import { fileLog } from './process/lab-log.ts';
import { processIdentity } from './process/process-identity.ts';
import { until } from './process/until.ts';
import { writeFileAtomically } from './process/write-file-atomically.ts';

export interface LabOptions {
  /** The lab's folder: new, empty, or a former lab's. Without it a temporary one, removed at the end. */
  readonly dir?: string;
  readonly programs?: Programs;
  /** Makes the images that run for real; called with the lab's folder before any node is there. */
  readonly images?: (dir: string) => readonly ImageRootfs[];
  readonly nodeMonitorGracePeriodMs?: number;
  readonly apiServerFlags?: readonly string[];
  /** Sees each line of the lab's log, which is in `<dir>/lab.log` too. */
  readonly onLog?: (line: string) => void;
  /** A program of the control plane ended by itself; the lab is of no use any more. */
  readonly onFailure?: (sentence: string) => void;
  /** Ends a build of the programs. */
  readonly signal?: AbortSignal;
}

export interface Lab {
  readonly dir: string;
  readonly programs: Programs;
  readonly controlPlane: ControlPlane;
  readonly adminKubeconfig: string;
  /** The administrator's client. */
  readonly client: ApiClient;
  /** The real kubectl as administrator; answers standard output. @throws CommandError */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** @throws Error when the lab has no machine of that name. */
  machine(name: string): LabMachine;
  machines(): readonly LabMachine[];
  /** Waits until the nodes are Ready. @throws Error naming the first that is not, after `withinMs` (default 60,000). */
  waitForReady(names: readonly string[], withinMs?: number): Promise<void>;
  /** Ends every process and removes a temporary folder. */
  stop(): Promise<void>;
}

/** By this file the lab knows a folder for its own and dares to empty it. */
const marker = 'container-os-lab';

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const programs =
    options.programs ?? (await ensurePrograms({ ...(options.signal && { signal: options.signal }) }));
  const dir = prepareFolder(options.dir);
  const temporary = options.dir === undefined;
  // For ends that run no `finally`: the kernel then ends the processes, and this removes the files.
  const removeFolder = (): void => {
    if (temporary) rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', removeFolder);
  const log = fileLog(join(dir, 'lab.log'), options.onLog);
  const onFailure = (sentence: string): void => {
    log(sentence);
    options.onFailure?.(sentence);
  };

  try {
    const images = options.images?.(dir) ?? [];
    const controlPlane = await startControlPlane(dir, {
      programs,
      onFailure,
      ...(options.nodeMonitorGracePeriodMs !== undefined && {
        nodeMonitorGracePeriodMs: options.nodeMonitorGracePeriodMs,
      }),
      ...(options.apiServerFlags && { apiServerFlags: options.apiServerFlags }),
    });
    const fleet = startFleet({ controlPlane, dir: join(dir, 'nodes'), images, log });
    const { client, server, adminKubeconfig, auditLog, pki } = controlPlane;
    writeLabFacts(dir, {
      server,
      adminKubeconfig,
      auditLog,
      programs,
      credentials: pki.credentials('admin'),
    });
    return {
      dir,
      programs,
      controlPlane,
      adminKubeconfig,
      client,
      kubectl: controlPlane.kubectl,
      machine: (name) => {
        const machine = fleet.machines.get(name);
        if (machine === undefined) throw new Error(`The lab has no machine called ${name}`);
        return machine;
      },
      machines: () => [...fleet.machines.values()],
      waitForReady: async (names, withinMs = 60_000) => {
        for (const name of names) {
          const isReady = async (): Promise<true | undefined> =>
            readiness(await readNode(client, name)) === 'True' || undefined;
          await until(`node ${name} to be Ready`, isReady, { withinMs });
        }
      },
      stop: async () => {
        await fleet.stop();
        await controlPlane.stop();
        process.removeListener('exit', removeFolder);
        removeFolder();
      },
    };
  } catch (error) {
    process.removeListener('exit', removeFolder);
    removeFolder();
    throw error;
  }
}

function prepareFolder(wanted: string | undefined): string {
  const dir = wanted === undefined ? mkdtempSync(join(tmpdir(), 'container-os-lab-')) : resolve(wanted);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const content = readdirSync(dir);
  if (content.length > 0 && !existsSync(join(dir, marker))) {
    throw new Error(`${dir} is neither empty nor a lab's folder, so the lab does not touch it`);
  }
  if (isRunning(dir)) throw new Error(`${dir} is in use by a lab that is running`);
  for (const name of content) rmSync(join(dir, name), { recursive: true, force: true });
  writeFileAtomically(join(dir, marker), processIdentity(process.pid) ?? '');
  return dir;
}

function isRunning(dir: string): boolean {
  const file = join(dir, marker);
  if (!existsSync(file)) return false;
  const owner = readFileSync(file, 'utf8');
  return owner !== '' && processIdentity(Number(owner.split(' ')[0])) === owner;
}
