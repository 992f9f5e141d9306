/**
 * The seam between the lab's machines and what runs on them: a machine boots, has a root folder and a boot id; a simulated
 * host puts an operating system on it. One host per Node of the cluster.
 */
import { z } from 'zod';

/** Where a reboot ends. The lab's machine carries it out; the host only says what it asked for. */
export interface RebootRequest {
  /** Milliseconds between the accepted call and the moment the machine goes down (an inhibitor, a slow shutdown). */
  readonly delayMs: number;
}

/** What a host may know of, and ask from, the machine under it. */
export interface Machine {
  readonly nodeName: string;
  /** Absolute path of the folder that is the host's root file system (what a hostPath `/` shows to a Pod). */
  readonly root: string;
  /** The present boot id, as `/proc/sys/kernel/random/boot_id` shows it. */
  bootID(): string;
  /** Asks for a reboot; returns at once. The machine goes down after `delayMs`, then `host.booting()` decides what comes up. */
  reboot(request: RebootRequest): void;
  /** One line for the lab's log (a file in the lab's folder). */
  log(line: string): void;
}

/** What the kubelet reports about the operating system that came up. */
export interface Identity {
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly containerRuntimeVersion: string;
  readonly architecture: 'amd64' | 'arm64';
}

export interface SimulatedHost {
  /** Puts the root folder in place and starts what listens. Called before the first kubelet start. */
  start(): Promise<void>;
  /** The annotation changed while the host runs: new offers, timings, faults. Never changes the running version. */
  update(description: HostDescription): void;
  /** The machine is down and about to boot: forget what a reboot forgets, switch to what was activated. */
  booting(): Promise<void>;
  /** What runs now. */
  identity(): Identity;
  /** Every reboot call the host accepted so far, oldest first, with the boot id it was made under. */
  rebootCalls(): readonly { readonly at: string; readonly bootID: string }[];
  stop(): Promise<void>;
}

/** How a machine comes back from a reboot (design 7). */
export const rebootVariants = [
  'Fast',
  'NotReadyFirst',
  'UnknownFirst',
  'BootIDBeforeReady',
  'Flapping',
  'NewNodeObject',
  'NeverBack',
] as const;

/** The annotation `lab.containeros.dev/host` on a Node. Each adapter's faults are validated by its own host. */
export const hostDescription = z.strictObject({
  os: z.enum(['Bottlerocket', 'ContainerOptimizedOS']),
  /** Version at the first boot: semver for Bottlerocket, BUILD_ID for COS. */
  version: z.string(),
  variant: z.string().optional(),
  /** What the Node of a Bottlerocket says before the version, where it is a build of somebody's own. */
  brand: z.string().optional(),
  architecture: z.enum(['amd64', 'arm64']).default('amd64'),
  /** Versions that the update server offers this host, in any order. */
  offers: z.array(z.string()).default([]),
  /** An existing folder that is used as the host's root instead of a simulated one: nothing is simulated then but the machine. */
  root: z.string().optional(),
  timings: z
    .strictObject({
      refreshMs: z.number().default(50),
      prepareMs: z.number().default(500),
      activateMs: z.number().default(50),
      /** From going down to the kubelet's next start. */
      bootMs: z.number().default(1000),
      /** For the variants that show NotReady, Unknown or a late Ready: how long. */
      settleMs: z.number().default(2000),
    })
    .prefault({}),
  reboot: z.enum(rebootVariants).default('Fast'),
  /** Whether the container runtime remembers its containers over a reboot or kubelet restart; lost gives `ContainerStatusUnknown`. */
  runtimeState: z.enum(['Kept', 'Lost']).default('Kept'),
  maxPods: z.int().default(110),
  /** What the kubelet may take to end its Pods when the machine goes down; 0: it is not told, as upstream's kubelet by default. */
  shutdownGraceSeconds: z.int().min(0).default(0),
  /** Text of a failing image pull for the operator's image. */
  imagePullError: z.string().optional(),
  /** JavaScript that task Pods run in the place of the operator's program, as on a node that somebody has broken into. */
  taskProgram: z.string().optional(),
  /** Fault switches of the simulated operating system: name -> parameter. See README.md beside this folder. */
  faults: z.record(z.string(), z.unknown()).default({}),
});

export type HostDescription = z.infer<typeof hostDescription>;
