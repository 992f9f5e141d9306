/** A program of an image, in namespaces of its own with a Pod's user and rights, by what the lab's runtime uses for its Pods. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ensurePrograms } from '../lab/build/ensure-programs.ts';
import { attempt, attemptValue } from '../lab/process/attempt.ts';

export interface ContainerMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
  /** The root of a machine: /proc and /dev below it show a running system where they are empty. */
  readonly hostRoot?: boolean;
}

export interface ContainerSpec {
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: number;
  readonly group: number;
  readonly capabilities: readonly Capability[];
  readonly mounts: readonly ContainerMount[];
  /** What the kernel shows as its boot id. */
  readonly bootID: string;
}

export interface Container {
  /** To the program; one that has ended is left alone. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** What it has written so far. */
  readonly output: () => string;
  /** Milliseconds from its start to its first output; undefined before. */
  readonly firstOutput: () => number | undefined;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** By the kernel's numbers. */
const capabilityNumbers = { SYS_CHROOT: 18 } as const;
export type Capability = keyof typeof capabilityNumbers;
const namespaces = ['--user', '--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc'];

/** Returns once the program runs. @throws Error with what kept it from that. */
export async function startContainer(spec: ContainerSpec): Promise<Container> {
  const { labNode } = await ensurePrograms();
  const work = mkdtempSync(join(tmpdir(), 'container-'));
  mkdirSync(join(work, 'root'));
  const bootIDFile = join(work, 'boot_id');
  writeFileSync(bootIDFile, `${spec.bootID}\n`);
  // Only as ambient ones do rights outlast the way to the program that sets the container up and gives them up.
  const user = [`--map-user=${spec.user}`, `--map-group=${spec.group}`, '--keep-caps'];
  const startedAt = performance.now();
  const child = spawn('unshare', [...namespaces, ...user, labNode, 'container-init'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    rmSync(work, { recursive: true });
    return code ?? signal ?? 'SIGKILL';
  });
  let output = '';
  let firstOutput: number | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      firstOutput ??= performance.now() - startedAt;
      output += part;
    });
  }
  const failure = handOver(child, description(spec, join(work, 'root'), bootIDFile));
  const pid = await untilStarted(child, labNode);
  if (pid === undefined) await ended;
  if (failure() !== '') throw new Error(`The container was not started: ${failure()}`);
  const signal = (name: NodeJS.Signals): void => {
    if (pid !== undefined) attempt('ESRCH', () => process.kill(pid, name));
  };
  return { signal, output: () => output, firstOutput: () => firstOutput, ended };
}

/** Answers why the program could not be started, as far as it was told. The descriptors are those of test/lab/go, package container. */
function handOver(child: ChildProcess, spec: object): () => string {
  const [, , , status, input] = child.stdio;
  let failure = '';
  (status as Readable).setEncoding('utf8').on('data', (part: string) => (failure += part));
  const writer = input as Writable;
  // Whoever cannot read it says why on the other one.
  writer.on('error', () => undefined);
  writer.end(JSON.stringify(spec));
  return () => failure;
}

/** The process that became the program; undefined if it has ended by then. `unshare` itself stays as its parent. */
async function untilStarted(child: ChildProcess, setUp: string): Promise<number | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    const pid = childOf(child);
    const program =
      pid === undefined ? undefined : attemptValue('ENOENT', () => readlinkSync(`/proc/${pid}/exe`));
    if (program !== undefined && program !== setUp && !program.endsWith('/unshare')) return Number(pid);
    await wait(2);
  }
  return undefined;
}

function description(spec: ContainerSpec, scratch: string, bootIDFile: string): object {
  return {
    Scratch: scratch,
    BootIDFile: bootIDFile,
    RootFS: spec.rootfs,
    Mounts: spec.mounts.map(({ source, target, readOnly = false, hostRoot = false }) => ({
      Source: source,
      Target: target,
      ReadOnly: readOnly,
      HostRoot: hostRoot,
    })),
    Args: spec.args,
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    WorkDir: spec.workdir,
    Hostname: 'pod',
    UID: spec.user,
    GID: spec.group,
    Capabilities: spec.capabilities.map((name) => capabilityNumbers[name]),
    NoNewPrivs: true,
    ReadOnlyRoot: true,
  };
}

function childOf({ pid }: ChildProcess): string | undefined {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const [first = ''] = (attemptValue('ENOENT', () => readFileSync(path, 'utf8')) ?? '').split(' ');
  return first === '' ? undefined : first;
}
