/** The files by which the lab tells `lab-node` what machine it runs on. The contract is in test/lab/go/README.md. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostDescription, Identity } from '../hosts/host.ts';
import { writeFileAtomically } from '../process/write-file-atomically.ts';

export interface ImageRootfs {
  /** Images whose name begins so run for real, from `rootfs`. All others only seem to run. */
  readonly prefix: string;
  readonly rootfs: string;
}

export interface MachineFacts {
  readonly name: string;
  /** Third octet of the node's addresses. */
  readonly subnet: string;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly images: readonly ImageRootfs[];
}

export interface MachineFolder {
  readonly dir: string;
  readonly root: string;
  readonly kubeconfig: string;
  readonly logDir: string;
  readonly kubeletLog: string;
}

/** Unix socket paths end at 107 bytes on Linux, and the hosts' sockets lie this deep below the root. */
const longestSocket = 'run/lab/host.sock';
const socketPathLimit = 107;

/**
 * Lays out a machine's folder.
 * @throws Error when the path leaves no room for the host's socket.
 */
export function makeMachineFolder(nodes: string, name: string, root: string | undefined): MachineFolder {
  const dir = join(nodes, name);
  const folder = {
    dir,
    root: root ?? join(dir, 'root'),
    kubeconfig: join(dir, 'kubeconfig'),
    logDir: join(dir, 'logs'),
    kubeletLog: join(dir, 'kubelet.log'),
  };
  const socket = join(folder.root, longestSocket);
  if (Buffer.byteLength(socket) > socketPathLimit) {
    throw new Error(`The path ${socket} is too long for a Unix socket: use a shorter --dir`);
  }
  for (const path of [dir, folder.root, folder.logDir]) mkdirSync(path, { recursive: true });
  return folder;
}

/** Read by `lab-node node` once, at its start. */
export function writeMachineFile(
  folder: MachineFolder,
  facts: MachineFacts,
  bootID: string,
  description: HostDescription,
  identity: Identity,
  labels: Readonly<Record<string, string>>,
): void {
  const machine = {
    name: facts.name,
    bootID,
    ...identity,
    os: description.os,
    cpus: 4,
    memoryBytes: 8 * 2 ** 30,
    maxPods: description.maxPods,
    podIPs: facts.subnet,
    nodeIP: `${facts.subnet}.1`,
    apiHost: facts.apiHost,
    apiPort: facts.apiPort,
    kubeconfig: folder.kubeconfig,
    hostRoot: folder.root,
    images: facts.images,
    labels,
    runtimeState: description.runtimeState,
    shutdownGraceSeconds: description.shutdownGraceSeconds,
    logDir: folder.logDir,
  };
  writeFileAtomically(join(folder.dir, 'machine.json'), JSON.stringify(machine, undefined, 2));
}

/** Read by `lab-node node` anew at each pull, and at the start of each task. */
export function writeFaultsFile(folder: MachineFolder, description: HostDescription): void {
  const { imagePullError, taskProgram } = description;
  const faults = {
    ...(imagePullError !== undefined && { imagePullError }),
    ...(taskProgram !== undefined && { taskProgram }),
  };
  writeFileAtomically(join(folder.dir, 'faults.json'), JSON.stringify(faults));
}
