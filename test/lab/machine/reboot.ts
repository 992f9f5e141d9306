/** How a machine goes down and comes back: one function for each variant of before and after the boot itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api/api-client.ts';
import { isNotFound } from '../api/api-error.ts';
import type { HostDescription, Identity } from '../hosts/host.ts';
import { until } from '../process/until.ts';
import { nodePath, readNode, readiness, reportNotReady } from './node-object.ts';

export interface Rebooting {
  readonly name: string;
  /** Aborted when the machine is taken away. */
  readonly signal: AbortSignal;
  /** As it is now: it may change in the middle of a reboot. */
  readonly description: () => HostDescription;
  readonly killKubelet: () => Promise<void>;
  readonly startKubelet: () => void;
  /** Switches the host to what comes up and gives the machine a new boot id. */
  readonly boot: () => Promise<{ readonly bootID: string; readonly identity: Identity }>;
  readonly admin: ApiClient;
  /** A client with the node's own certificate. */
  readonly node: ApiClient;
  /** Between these two the lab takes a missing Node object for part of the reboot. */
  readonly beginNewObject: () => void;
  readonly finishNewObject: () => Promise<void>;
  readonly log: (line: string) => void;
}

type Variant = HostDescription['reboot'];
type Goes = (machine: Rebooting) => Promise<void>;
/** `bootID` is the machine's new one. */
type Comes = (machine: Rebooting, bootID: string) => Promise<void>;

/** Milliseconds that no wait of a reboot exceeds; a machine that never comes back waits for its annotation instead. */
const patienceMs = 10 * 60_000;
const nothing: Goes = () => Promise.resolve();

const goingDown: Readonly<Record<Variant, Goes>> = {
  Fast: nothing,
  BootIDBeforeReady: nothing,
  Flapping: nothing,
  NotReadyFirst: async (machine) => {
    await notReady(machine, 'node is shutting down');
    await settle(machine);
  },
  UnknownFirst: async ({ admin, name, signal }) => {
    await until(
      `the node controller to call ${name} Unknown`,
      async () => readiness(await readNode(admin, name)) === 'Unknown' || undefined,
      { withinMs: patienceMs, everyMs: 250, signal },
    );
  },
  NewNodeObject: async ({ admin, name, signal, beginNewObject }) => {
    beginNewObject();
    await admin.remove(nodePath(name)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    await until(`the Node ${name} to be gone`, async () => !(await readNode(admin, name)) || undefined, {
      withinMs: patienceMs,
      signal,
    });
  },
  NeverBack: async ({ description, signal }) => {
    while (description().reboot === 'NeverBack') await sleep(200, undefined, { signal });
  },
};

const comingUp: Readonly<Record<Variant, Comes>> = {
  Fast: nothing,
  NotReadyFirst: nothing,
  UnknownFirst: nothing,
  BootIDBeforeReady: nothing,
  NeverBack: nothing,
  Flapping: async (machine, bootID) => {
    for (let times = 0; times < 2; times++) {
      await becomesReady(machine, bootID);
      await settle(machine, 1 / 4);
      await machine.killKubelet();
      await notReady(machine, 'container runtime is down');
      await settle(machine, 1 / 4);
      machine.startKubelet();
    }
  },
  NewNodeObject: async (machine) => {
    await until(
      `the kubelet to make the Node ${machine.name} anew`,
      () => readNode(machine.admin, machine.name),
      { withinMs: 60_000, signal: machine.signal },
    );
    await machine.finishNewObject();
  },
};

/**
 * Takes the machine down and brings it back as its description says. What the API refuses of a variant's show is logged, and
 * the machine comes back all the same.
 * @throws an AbortError when the machine is taken away meanwhile; whatever the host's boot throws.
 */
export async function reboot(machine: Rebooting): Promise<void> {
  const variant = machine.description().reboot;
  await machine.killKubelet();
  await show(machine, () => goingDown[variant](machine));
  const { bootID, identity } = await machine.boot();
  await sleep(machine.description().timings.bootMs, undefined, { signal: machine.signal });
  if (variant === 'BootIDBeforeReady') {
    const { osImage, kernelVersion, containerRuntimeVersion } = identity;
    const nodeInfo = { bootID, osImage, kernelVersion, containerRuntimeVersion };
    await show(machine, async () => {
      await reportNotReady(machine.node, machine.name, 'CNI plugin not initialized', nodeInfo);
      await settle(machine);
    });
  }
  machine.startKubelet();
  await show(machine, () => comingUp[variant](machine, bootID));
}

async function show(machine: Rebooting, phase: () => Promise<void>): Promise<void> {
  try {
    await phase();
  } catch (error) {
    if (machine.signal.aborted) throw error;
    machine.log(`${machine.name}: ${String(error)}`);
  }
}

async function notReady(machine: Rebooting, message: string): Promise<void> {
  await reportNotReady(machine.node, machine.name, message);
}

async function settle({ description, signal }: Rebooting, part = 1): Promise<void> {
  const began = performance.now();
  const left = (): number => began + description().timings.settleMs * part - performance.now();
  for (let ms = left(); ms > 0; ms = left()) await sleep(Math.min(200, ms), undefined, { signal });
}

/** Ready next to the new boot id: with the old one it only says that nobody has noticed yet. */
async function becomesReady({ admin, name, signal }: Rebooting, bootID: string): Promise<void> {
  const isReady = async (): Promise<true | undefined> => {
    const node = await readNode(admin, name);
    return (node?.status?.nodeInfo?.bootID === bootID && readiness(node) === 'True') || undefined;
  };
  await until(`${name} to be Ready`, isReady, { withinMs: patienceMs, signal });
}
