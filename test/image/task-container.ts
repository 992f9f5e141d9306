/** The Pod that the operator makes for a task, run from the built image over a simulated host: the manifest says all there is to say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskPodManifest } from '../../src/adapters/kubernetes/task-pod.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import type { OsName } from '../../src/api/os.ts';
import { type TaskAnswer, parseAnswer, taskProtocol } from '../../src/api/task.ts';
import type { LabMachine } from '../adapters/os/lab-machine.ts';
import type { BuiltImage } from './build/ensure-image.ts';
import { type Capability, type ContainerMount, startContainer } from './container.ts';

export interface TaskRun {
  readonly answer: TaskAnswer;
  readonly log: string;
  readonly exitCode: number | NodeJS.Signals;
  /** Milliseconds from the start of the container to its first line, and to its end. */
  readonly startMs: number;
  readonly wholeMs: number;
}

/** The parts of the manifest that say how the program runs. */
interface Manifest {
  readonly spec: {
    readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
    readonly containers: readonly [
      {
        readonly command: readonly [string, ...string[]];
        readonly env: readonly { readonly name: string; readonly value: string }[];
        readonly securityContext: { readonly capabilities: { readonly add?: readonly Capability[] } };
        readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
      },
    ];
    readonly volumes: readonly { readonly name: string; readonly hostPath: { readonly path: string } }[];
  };
}

/** Told by the kernel at the very end; loaded before the program, it costs a few hundred KiB itself. */
const peakProbe = join(import.meta.dirname, 'peak-memory.mjs');
const probeInside = '/run/peak-memory.mjs';

/** Inspect once more, for the most memory that it ever had, in KiB. @throws as `inspectFromImage` */
export async function peakOfInspect(image: BuiltImage, os: OsName, machine: LabMachine): Promise<number> {
  const { log } = await inspectFromImage(image, os, machine, {
    nodeArguments: ['--import', probeInside],
    mounts: [{ source: peakProbe, target: probeInside, readOnly: true }],
  });
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(log) ?? [];
  if (kib === undefined) throw new Error(`The probe said nothing: ${log}`);
  return Number(kib);
}

interface InspectOptions {
  /** Put before the program, behind the name of Node. */
  readonly nodeArguments?: readonly string[];
  readonly mounts?: readonly ContainerMount[];
}

/** Runs Inspect. @throws Error when the container does not start, or leaves no answer. */
export async function inspectFromImage(
  image: BuiltImage,
  os: OsName,
  machine: LabMachine,
  { nodeArguments = [], mounts = [] }: InspectOptions = {},
): Promise<TaskRun> {
  const manifest = inspectPod(os) as Manifest;
  const { containers, securityContext, volumes } = manifest.spec;
  const [{ command, env, securityContext: rights, volumeMounts }] = containers;
  const [program, ...args] = command;
  const work = mkdtempSync(join(tmpdir(), 'task-'));
  const messageFile = join(work, 'message');
  writeFileSync(messageFile, '');
  try {
    const started = performance.now();
    const container = await startContainer({
      rootfs: image.rootfs,
      args: [program, ...nodeArguments, ...args],
      env: { ...environmentOf(image), ...Object.fromEntries(env.map(({ name, value }) => [name, value])) },
      workdir: image.config.WorkingDir ?? '/',
      user: securityContext.runAsUser,
      group: securityContext.runAsGroup,
      capabilities: rights.capabilities.add ?? [],
      mounts: [
        ...volumeMounts.map(({ name, mountPath }) => {
          const path = volumes.find((volume) => volume.name === name)?.hostPath.path ?? '';
          return { source: join(machine.root, path), target: mountPath, hostRoot: path === '/' };
        }),
        { source: messageFile, target: '/dev/termination-log' },
        ...mounts,
      ],
      bootID: machine.bootID(),
    });
    const exitCode = await container.ended;
    const wholeMs = performance.now() - started;
    const parsed = parseAnswer(readFileSync(messageFile, 'utf8'));
    if ('invalid' in parsed) throw new Error(`${parsed.invalid}; it wrote: ${container.output()}`);
    return {
      answer: parsed.answer,
      log: container.output(),
      exitCode,
      startMs: container.firstOutput() ?? wholeMs,
      wholeMs,
    };
  } finally {
    rmSync(work, { recursive: true });
  }
}

export function environmentOf({ config }: BuiltImage): Record<string, string> {
  return Object.fromEntries(
    (config.Env ?? []).map((entry) => {
      const [name = '', ...rest] = entry.split('=');
      return [name, rest.join('=')];
    }),
  );
}

function inspectPod(os: OsName): object {
  const adapter = osAdapters[os];
  const options = os === 'ContainerOptimizedOS' ? { hostCommand: 'Chroot' } : {};
  return taskPodManifest(
    {
      node: 'n1',
      nodeUID: 'u1',
      policyUID: 'p1',
      attempt: undefined,
      task: 'Inspect',
      request: JSON.stringify({ protocol: taskProtocol, task: 'Inspect', os, options }),
      deadlineSeconds: 300,
      asked: undefined,
      needs: adapter.podNeeds('Inspect', options),
    },
    { image: 'built', imagePullPolicy: 'Never', imagePullSecrets: [], limits: {} },
  );
}
